/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Step "units": stops the systemd units that use the functions, and starts them again when those are home.
 *
 * Only units that the host's configuration names are ever stopped. A domain's policy, which its owner writes, can ask
 * for the stopping but cannot name what is stopped. A unit that two loans had stopped starts with the last of them.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/journal.h"
#include "lendpci/act/steps/step.h"
#include "lendpci/act/systemd.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/settings.h"
#include "lendpci/base/text.h"

static bool units_applies(const struct lend_target *target)
{
	return target->facts->units && *target->facts->units;
}

/* Adds to what an earlier loan stopped and nobody has started yet. */
static int units_read(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct lend_names *units = state;

	if (lend_text_add_words(units->text, sizeof(units->text), call->target->facts->units) < 0)
		return lend_error_set(error, -E2BIG, "%s: too many units use it",
				      lend_address_text(call->target->address).text);
	return *units->text != '\0';
}

static int units_apply(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct lend_names units = *(const struct lend_names *)state;
	char *save = NULL;

	for (char *name = strtok_r(units.text, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		int r = lend_systemd_stop(call->fs, name, call->settings->unbind_deadline_ms, error);

		if (r < 0)
			return lend_error_wrap(error, r, "%s", lend_address_text(call->target->address).text);
	}
	lend_progress_note(call->progress, "%s: stopped %.160s, which used it",
			   lend_address_text(call->target->address).text, ((const struct lend_names *)state)->text);
	return 0;
}

/* Whether a loan other than the one that is being undone had @unit stopped too. */
static bool is_kept_down(const struct lend_step_call *call, const char *unit)
{
	_cleanup_(lend_loan_ids_clear) struct lend_loan_ids ids = { 0 };

	if (lend_journal_list_shared(call->fs, &ids, NULL) < 0)
		return false;
	for (size_t i = 0; i < ids.count; i++) {
		_cleanup_(lend_records_clear) struct lend_records records = { 0 };
		struct lend_loan loan;

		if (strcmp(ids.items[i].text, call->target->id) == 0 ||
		    lend_journal_read_shared(call->fs, &ids.items[i], &loan, &records, NULL) < 0)
			continue;
		/* It has started its units, and waits for a device that could not come home. */
		if (loan.state == LEND_LOAN_UNRETURNED)
			continue;
		for (size_t j = 0; j < records.count; j++) {
			const char *names = json_string_value(json_object_get(records.items[j].state, "units"));

			if (strcmp(records.items[j].step, "units") == 0 && names && lend_text_has_word(names, unit))
				return true;
		}
	}
	return false;
}

/* Goes on after a failure and reports the first one. */
static int units_restore(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct lend_names units = *(const struct lend_names *)state;
	char *save = NULL;
	int first = 0;

	for (char *name = strtok_r(units.text, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		struct lend_error failure = { 0 };
		int r = is_kept_down(call, name) ? 0 : lend_systemd_start(call->fs, name, &failure);

		if (r < 0 && first == 0) {
			first = r;
			*error = failure;
		}
	}
	return first;
}

static json_t *units_to_json(const void *state)
{
	return lend_names_to_json("units", state);
}

static bool units_from_json(const json_t *json, void *state)
{
	return lend_names_from_json(json, "units", state);
}

static void units_describe(const void *state, enum lend_direction direction, char *ret, size_t size)
{
	const struct lend_names *units = state;

	(void)snprintf(ret, size, "%s %s", direction == LEND_DOWN ? "stop" : "start", units->text);
}

const struct lend_step lend_step_units = {
	.name = "units",
	.scope = LEND_SCOPE_LOAN,
	.flags = LEND_STEP_IN_PARENT | LEND_STEP_TOLERANT | LEND_STEP_ADDS | LEND_STEP_EARLY,
	.state_size = sizeof(struct lend_names),
	.deadline_ms = lend_step_unbind_deadline,
	.applies = units_applies,
	.read = units_read,
	.apply = units_apply,
	.restore = units_restore,
	.to_json = units_to_json,
	.from_json = units_from_json,
	.describe = units_describe,
};
