/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: what undoes a loan, written before the loan changes anything.
 *
 * One JSON file per function, so that a person can read it and that one damaged entry costs one function. jansson
 * checks the shape; anything it does not know for certain is refused, since the hook obeys what it reads here as root.
 */
#include "lendpci/act/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lendpci/act/lock.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"

enum { VERSION = 1, ENTRY_MAX = 64 * 1024 };

#define LOANS LEND_STATE_DIR "/loans"

static const char *const state_names[] = {
	[LEND_LOAN_LENDING] = "lending",       [LEND_LOAN_LENT] = "lent",
	[LEND_LOAN_RETURNING] = "returning",   [LEND_LOAN_STUCK] = "stuck",
	[LEND_LOAN_UNRETURNED] = "unreturned",
};

struct entry_path {
	char text[96];
};

static struct entry_path entry_path(const char *directory, struct lend_address address)
{
	struct entry_path ret;

	(void)snprintf(ret.text, sizeof(ret.text), LEND_STATE_DIR "/%s/%s.json", directory,
		       lend_address_text(address).text);
	return ret;
}

const char *lend_loan_state_name(enum lend_loan_state state)
{
	return state_names[state];
}

static int state_from_name(const char *name, enum lend_loan_state *ret)
{
	for (size_t i = 0; i < LEND_ARRAY_SIZE(state_names); i++) {
		if (strcmp(name, state_names[i]) == 0) {
			*ret = (enum lend_loan_state)i;
			return 0;
		}
	}
	return -EINVAL;
}

int lend_journal_prepare(const struct lend_fs *fs, struct lend_error *error)
{
	static const char *const directories[] = { LOANS, LEND_STATE_DIR "/locks" };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(directories); i++) {
		int r = lend_fs_make_dir(fs, directories[i], error);

		if (r < 0)
			return r;
	}
	return 0;
}

static json_t *process_as_json(const struct lend_process *process)
{
	return json_pack("{s:i s:I}", "pid", (int)process->pid, "starttime", (json_int_t)process->starttime);
}

/* What undoes the loan. */
static json_t *before_as_json(const struct lend_loan *loan)
{
	return json_pack("{s:s s:s s:s s:s s:s s:s s:s s:s}", "driver", loan->before.driver, "driver_override",
			 loan->before.driver_override, "module", loan->module, "power_control", loan->power.control,
			 "d3cold_allowed", loan->power.d3cold_allowed, "reset_method", loan->reset.text, "units",
			 loan->units, "consoles", loan->console.name);
}

static json_t *loan_as_json(const struct lend_loan *loan)
{
	/* clang-format off */
	return json_pack("{s:i s:s s:s s:s s:s s:I s:b s:i s:i s:s s:o s:o s:o}",
			 "version", VERSION,
			 "function", lend_address_text(loan->address).text,
			 "state", lend_loan_state_name(loan->state),
			 "domain", loan->domain,
			 "uuid", loan->uuid,
			 "since", (json_int_t)loan->since,
			 "started", loan->started,
			 "vendor", loan->vendor,
			 "device", loan->device,
			 "why", loan->why,
			 "keeper", process_as_json(&loan->daemon),
			 "before", before_as_json(loan),
			 "hanging", process_as_json(&loan->hanging));
	/* clang-format on */
}

int lend_journal_write(const struct lend_fs *fs, const struct lend_loan *loan, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(loan->address);
	_cleanup_free_ char *text = NULL;
	json_t *entry;
	int r;

	entry = loan_as_json(loan);
	if (entry)
		text = json_dumps(entry, JSON_INDENT(2));
	json_decref(entry);
	if (!text)
		return lend_error_set(error, -ENOMEM, "%s: cannot form a journal entry", name.text);

	r = lend_fs_replace(fs, entry_path("loans", loan->address).text, text, error);
	return r < 0 ? lend_error_wrap(error, r, "%s: cannot write the journal", name.text) : 0;
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

/* A driver's or module's name becomes part of a path. */
static bool is_plain_name(const char *text)
{
	return !strchr(text, '/') && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

static bool read_process(json_t *entry, struct lend_process *ret)
{
	json_int_t starttime;
	int pid;

	if (json_unpack(entry, "{s:i s:I}", "pid", &pid, "starttime", &starttime) < 0)
		return false;
	*ret = (struct lend_process){ pid, (uint64_t)starttime };
	return true;
}

static bool read_before(json_t *entry, struct lend_loan *ret)
{
	const char *driver, *driver_override, *module, *control, *d3cold, *reset, *units;
	const char *consoles = ""; /* entries of an earlier lendpci have none */

	return json_unpack(entry, "{s:s s:s s:s s:s s:s s:s s:s s?s}", "driver", &driver, "driver_override",
			   &driver_override, "module", &module, "power_control", &control, "d3cold_allowed", &d3cold,
			   "reset_method", &reset, "units", &units, "consoles", &consoles) == 0 &&
	       is_plain_name(driver) && is_plain_name(module) && is_plain_name(driver_override) &&
	       FITS(ret->before.driver, driver) && FITS(ret->before.driver_override, driver_override) &&
	       FITS(ret->module, module) && FITS(ret->power.control, control) &&
	       FITS(ret->power.d3cold_allowed, d3cold) && FITS(ret->reset.text, reset) && FITS(ret->units, units) &&
	       FITS(ret->console.name, consoles);
}

static bool read_loan(json_t *entry, struct lend_loan *ret)
{
	const char *function, *state, *domain, *uuid, *why;
	json_t *daemon, *before, *hanging;
	int version, started, vendor, device;
	struct lend_loan loan = { 0 };
	json_int_t since;

	/* clang-format off */
	if (json_unpack(entry, "{s:i s:s s:s s:s s:s s:I s:b s:i s:i s:s s:o s:o s:o}",
			"version", &version,
			"function", &function,
			"state", &state,
			"domain", &domain,
			"uuid", &uuid,
			"since", &since,
			"started", &started,
			"vendor", &vendor,
			"device", &device,
			"why", &why,
			"keeper", &daemon,
			"before", &before,
			"hanging", &hanging) < 0)
		return false;
	/* clang-format on */
	if (version != VERSION || vendor < 0 || vendor > UINT16_MAX || device < 0 || device > UINT16_MAX ||
	    state_from_name(state, &loan.state) < 0 || lend_address_parse(function, &loan.address, NULL) < 0 ||
	    !FITS(loan.domain, domain) || !FITS(loan.uuid, uuid) || !FITS(loan.why, why) ||
	    !read_process(daemon, &loan.daemon) || !read_before(before, &loan) || !read_process(hanging, &loan.hanging))
		return false;
	loan.since = since;
	loan.started = started;
	loan.vendor = (uint16_t)vendor;
	loan.device = (uint16_t)device;
	*ret = loan;
	return true;
}

int lend_journal_read(const struct lend_fs *fs, struct lend_address address, struct lend_loan *ret,
		      struct lend_error *error)
{
	const struct entry_path path = entry_path("loans", address);
	_cleanup_free_ char *text = NULL;
	struct lend_loan loan;
	json_t *entry;
	size_t size;
	bool good;
	int r;

	r = lend_fs_read_all(fs, path.text, ENTRY_MAX, &text, &size, NULL);
	if (r == -ENOENT)
		return r;
	if (r < 0)
		return lend_error_set(error, r, "%s: cannot read its journal entry /%s: %s",
				      lend_address_text(address).text, path.text, strerror(-r));

	entry = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	good = entry && read_loan(entry, &loan) && lend_address_equal(loan.address, address);
	json_decref(entry);
	if (!good)
		return lend_error_set(error, -EBADMSG, "%s: its journal entry /%s is damaged or of another version",
				      lend_address_text(address).text, path.text);
	*ret = loan;
	return 0;
}

int lend_journal_remove(const struct lend_fs *fs, struct lend_address address, struct lend_error *error)
{
	return lend_fs_remove(fs, entry_path("loans", address).text, error);
}

int lend_journal_set_aside(const struct lend_fs *fs, struct lend_address address, struct lend_error *error)
{
	char to[128];
	int r;

	r = lend_fs_make_dir(fs, LEND_STATE_DIR "/set-aside", error);
	if (r < 0)
		return r;
	(void)snprintf(to, sizeof(to), "%s.%" PRId64, entry_path("set-aside", address).text, (int64_t)time(NULL));
	return lend_fs_rename(fs, entry_path("loans", address).text, to, error);
}

/* The address in @prefix ADDRESS @suffix. */
static bool address_from_name(const char *name, const char *prefix, const char *suffix, struct lend_address *ret)
{
	size_t length = strlen(name), before = strlen(prefix), behind = strlen(suffix);
	char text[64];

	if (length <= before + behind || length - before - behind >= sizeof(text) ||
	    strncmp(name, prefix, before) != 0 || strcmp(name + length - behind, suffix) != 0)
		return false;
	(void)snprintf(text, sizeof(text), "%.*s", (int)(length - before - behind), name + before);
	return lend_address_parse(text, ret, NULL) == 0;
}

int lend_journal_sweep(const struct lend_fs *fs, struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r;

	r = lend_fs_list(fs, LOANS, &names, NULL, error);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (char **name = names; *name; name++) {
		_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
		struct lend_address address;
		char path[320];

		if (!address_from_name(*name, ".", ".json" LEND_UNFINISHED, &address) ||
		    lend_lock_function(fs, address, 0, &locks, NULL) < 0)
			continue;
		(void)snprintf(path, sizeof(path), LOANS "/%s", *name);
		r = lend_fs_remove(fs, path, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int lend_journal_list(const struct lend_fs *fs, struct lend_addresses *ret, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r;

	r = lend_fs_list(fs, LOANS, &names, NULL, error);
	if (r < 0 && r != -ENOENT)
		return r;
	for (char **name = names; name && *name; name++) {
		struct lend_address address;

		/* Anything else is a killed writer's rest, or foreign. */
		if (!address_from_name(*name, "", ".json", &address))
			continue;
		if (lend_addresses_add(&addresses, address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the journal");
	}
	*ret = addresses;
	addresses = (struct lend_addresses){ 0 };
	return 0;
}
