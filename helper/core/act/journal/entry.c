/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A journal entry as JSON. jansson checks the shape; anything that is not known for certain is refused, since the hook
 * obeys as root what it reads here.
 *
 *	{ "version": 2, "loan": ID, "function": ADDRESS (not in a loan's own entry), "state": …, "domain": …, "uuid": …,
 *	  "since": SECONDS, "started": BOOL, "vendor": N, "device": N, "host_driver": …, "why": …,
 *	  "daemon": { "pid": N, "starttime": N }, "hanging": { "pid": N, "starttime": N },
 *	  "steps": [ { "name": …, "state": { … }, "done": BOOL, "ms": N }, … ] }
 */
#include "entry.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"

static const char *const state_names[] = {
	[LEND_LOAN_LENDING] = "lending",       [LEND_LOAN_LENT] = "lent",
	[LEND_LOAN_RETURNING] = "returning",   [LEND_LOAN_STUCK] = "stuck",
	[LEND_LOAN_UNRETURNED] = "unreturned",
};

const char *lend_loan_state_name(enum lend_loan_state state)
{
	return state_names[state];
}

static bool state_from_name(const char *name, enum lend_loan_state *ret)
{
	for (size_t i = 0; i < LEND_ARRAY_SIZE(state_names); i++) {
		if (strcmp(name, state_names[i]) == 0) {
			*ret = (enum lend_loan_state)i;
			return true;
		}
	}
	return false;
}

void lend_records_clear(struct lend_records *records)
{
	for (size_t i = 0; i < records->count; i++)
		json_decref(records->items[i].state);
	free(records->items);
	*records = (struct lend_records){ 0 };
}

int lend_records_add(struct lend_records *records, const char *step, bool done, unsigned ms, json_t *state)
{
	struct lend_record *bigger = reallocarray(records->items, records->count + 1, sizeof(*bigger));

	if (bigger)
		records->items = bigger;
	if (!bigger || !state || strlen(step) >= sizeof(bigger->step)) {
		json_decref(state);
		return -ENOMEM;
	}
	bigger += records->count++;
	*bigger = (struct lend_record){ .done = done, .ms = ms, .state = state };
	memcpy(bigger->step, step, strlen(step) + 1);
	return 0;
}

static json_t *process_as_json(const struct lend_process *process)
{
	return json_pack("{s:i s:I}", "pid", (int)process->pid, "starttime", (json_int_t)process->starttime);
}

static json_t *records_as_json(const struct lend_records *records)
{
	json_t *steps = json_array();

	for (size_t i = 0; steps && i < records->count; i++) {
		const struct lend_record *record = &records->items[i];

		if (json_array_append_new(steps,
					  json_pack("{s:s s:O s:b s:i}", "name", record->step, "state", record->state,
						    "done", record->done, "ms", (int)record->ms)) < 0) {
			json_decref(steps);
			return NULL;
		}
	}
	return steps;
}

int lend_entry_set(json_t *entry, const struct lend_loan *loan, const struct lend_records *records)
{
	/* clang-format off */
	json_t *head = json_pack("{s:i s:s s:s s:s s:s s:I s:b s:s s:o s:o}",
				 "version", LEND_ENTRY_VERSION,
				 "loan", loan->id.text,
				 "state", lend_loan_state_name(loan->state),
				 "domain", loan->domain,
				 "uuid", loan->uuid,
				 "since", (json_int_t)loan->since,
				 "started", loan->started,
				 "why", loan->why,
				 "daemon", process_as_json(&loan->daemon),
				 "hanging", process_as_json(&loan->hanging));
	json_t *function = loan->is_shared ? json_object() :
			   json_pack("{s:s s:i s:i s:s}",
				     "function", lend_address_text(loan->address).text,
				     "vendor", loan->vendor,
				     "device", loan->device,
				     "host_driver", loan->host_driver);
	/* clang-format on */
	int r = head && function ? json_object_update(entry, head) | json_object_update(entry, function) : -1;

	if (r == 0 && records)
		r = json_object_set_new(entry, "steps", records_as_json(records));
	json_decref(head);
	json_decref(function);
	return r == 0 ? 0 : -ENOMEM;
}

/* Copies into a fixed field, and says no when it does not fit: a driver's name is never guessed from its beginning. */
static bool fits(char *field, size_t size, const char *text)
{
	if (strlen(text) >= size)
		return false;
	memcpy(field, text, strlen(text) + 1);
	return true;
}
#define FITS(field, text) fits((field), sizeof(field), (text))

static bool read_process(const json_t *entry, struct lend_process *ret)
{
	json_int_t starttime;
	int pid;

	if (json_unpack((json_t *)entry, "{s:i s:I}", "pid", &pid, "starttime", &starttime) < 0)
		return false;
	*ret = (struct lend_process){ pid, (uint64_t)starttime };
	return true;
}

/* What only a function's entry has. */
static bool read_function(const json_t *entry, struct lend_loan *ret)
{
	const char *function, *host_driver;
	int vendor, device;

	if (json_unpack((json_t *)entry, "{s:s s:i s:i s:s}", "function", &function, "vendor", &vendor, "device",
			&device, "host_driver", &host_driver) < 0 ||
	    vendor < 0 || vendor > UINT16_MAX || device < 0 || device > UINT16_MAX ||
	    lend_address_parse(function, &ret->address, NULL) < 0 || !FITS(ret->host_driver, host_driver))
		return false;
	ret->vendor = (uint16_t)vendor;
	ret->device = (uint16_t)device;
	return true;
}

static bool read_head(const json_t *entry, struct lend_loan *ret)
{
	const char *id, *state, *domain, *uuid, *why;
	json_t *daemon, *hanging;
	json_int_t since;
	int started;

	/* clang-format off */
	if (json_unpack((json_t *)entry, "{s:s s:s s:s s:s s:I s:b s:s s:o s:o}",
			"loan", &id,
			"state", &state,
			"domain", &domain,
			"uuid", &uuid,
			"since", &since,
			"started", &started,
			"why", &why,
			"daemon", &daemon,
			"hanging", &hanging) < 0)
		return false;
	/* clang-format on */
	ret->since = since;
	ret->started = started;
	ret->is_shared = !json_object_get(entry, "function");
	return FITS(ret->id.text, id) && *id && !strchr(id, '/') && state_from_name(state, &ret->state) &&
	       FITS(ret->domain, domain) && FITS(ret->uuid, uuid) && FITS(ret->why, why) &&
	       read_process(daemon, &ret->daemon) && read_process(hanging, &ret->hanging) &&
	       (ret->is_shared || read_function(entry, ret));
}

static bool read_records(const json_t *entry, struct lend_records *ret)
{
	const json_t *steps = json_object_get(entry, "steps"), *step;
	size_t i;

	if (!json_is_array(steps))
		return false;
	json_array_foreach (steps, i, step) {
		const char *name;
		json_t *state;
		int done, ms;

		if (json_unpack((json_t *)step, "{s:s s:o s:b s:i}", "name", &name, "state", &state, "done", &done,
				"ms", &ms) < 0 ||
		    !json_is_object(state) || ms < 0 ||
		    lend_records_add(ret, name, done, (unsigned)ms, json_incref(state)) < 0)
			return false;
	}
	return true;
}

int lend_entry_get(const json_t *entry, struct lend_loan *ret, struct lend_records *ret_records)
{
	_cleanup_(lend_records_clear) struct lend_records records = { 0 };
	struct lend_loan loan = { 0 };
	const json_t *version = json_object_get(entry, "version");

	if (json_is_integer(version) && json_integer_value(version) > LEND_ENTRY_VERSION)
		return -EPROTONOSUPPORT;
	if (json_integer_value(version) != LEND_ENTRY_VERSION || !read_head(entry, &loan) ||
	    !read_records(entry, &records))
		return -EBADMSG;
	*ret = loan;
	if (ret_records) {
		*ret_records = records;
		records = (struct lend_records){ 0 };
	}
	return 0;
}
