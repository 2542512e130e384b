/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status: who has what. Reads the journal and changes nothing, damaged entries included. What a guest made of its
 * devices is told by guest_check.c.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/json.h"
#include "cli/message.h"
#include "cli/program.h"
#include "guest/bar_check.h"
#include "lendpci/act/journal.h"
#include "lendpci/act/loan/loan.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "verbs/table.h"

/* ISO 8601 in UTC: sorts, and means the same to every reader. */
struct time_text {
	char text[32];
};

static struct time_text time_text(int64_t seconds)
{
	struct time_text ret = { "" };
	time_t at = (time_t)seconds;
	struct tm utc;

	if (gmtime_r(&at, &utc))
		(void)strftime(ret.text, sizeof(ret.text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return ret;
}

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

/* What will be undone, in that order; NULL without memory. */
static json_t *steps_as_json(const struct lend_records *records)
{
	_cleanup_(lend_preview_clear) struct lend_preview steps = { 0 };
	json_t *array = json_array();

	if (lend_loan_undo_steps(records, &steps, NULL) < 0)
		return array;
	for (size_t i = 0; i < steps.count; i++)
		(void)json_array_append_new(array, json_pack("{s:s s:s s:O}", "step", steps.items[i].step, "text",
							     steps.items[i].text, "state", steps.items[i].state));
	return array;
}

/* @records is NULL where the steps are not asked for. */
static json_t *loan_as_json(const struct lend_loan *loan, const struct lend_records *records, const char *state)
{
	return json_pack("{s:s s:o s:o s:o s:s s:o s:o s:o*}", "address", lend_address_text(loan->address).text,
			 "domain", text_or_null(loan->domain), "uuid", text_or_null(loan->uuid), "host_driver",
			 text_or_null(loan->host_driver), "state", state, "since",
			 text_or_null(loan->since ? time_text(loan->since).text : ""), "why", text_or_null(loan->why),
			 "steps", records ? steps_as_json(records) : NULL);
}

static void print_loan(const struct lend_loan *loan, const char *state)
{
	lend_say("%-13s  %-20s  %-10s  %-16s  %s", lend_address_text(loan->address).text,
		 loan->since ? time_text(loan->since).text : "?", state, *loan->host_driver ? loan->host_driver : "-",
		 *loan->domain ? loan->domain : "-");
	if (*loan->why)
		lend_say("%-13s  %s", "", loan->why);
}

/* What will be undone, in that order. */
static void print_steps(const struct lend_records *records)
{
	_cleanup_(lend_preview_clear) struct lend_preview steps = { 0 };
	struct lend_error failure = { 0 };

	if (lend_loan_undo_steps(records, &steps, &failure) < 0)
		lend_say("%-13s  %s", "", failure.text);
	for (size_t i = 0; i < steps.count; i++)
		lend_say("%-13s  then: %s", "", steps.items[i].text);
}

/* Reads an entry for showing: one that is damaged is shown as such, with the reason. Returns its state's name. */
static const char *read_loan(const struct lend_fs *fs, struct lend_address address, struct lend_loan *ret,
			     struct lend_records *ret_records)
{
	struct lend_error failure = { 0 };
	int r;

	r = lend_journal_read(fs, address, ret, ret_records, &failure);
	if (r == 0)
		return lend_loan_state_name(ret->state);
	*ret = (struct lend_loan){ .address = address };
	(void)snprintf(ret->why, sizeof(ret->why), "%.*s", (int)sizeof(ret->why) - 1, failure.text);
	return r == -ENOENT ? NULL : r == -EPROTONOSUPPORT ? "newer" : "damaged";
}

static int print_json(const struct lend_fs *fs, const struct lend_addresses *addresses, bool verbose,
		      struct lend_error *error)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < addresses->count; i++) {
		_cleanup_(lend_records_clear) struct lend_records records = { 0 };
		struct lend_loan loan;
		const char *state = read_loan(fs, addresses->items[i], &loan, &records);

		if (state && json_array_append_new(array, loan_as_json(&loan, verbose ? &records : NULL, state)) < 0)
			return lend_error_set(error, -ENOMEM, "status: cannot form the JSON of %s",
					      lend_address_text(loan.address).text);
	}
	return lend_print_json(array) < 0 ? lend_error_set(error, -ENOMEM, "status: out of memory") : 0;
}

/* What belongs to loans as a whole, such as units that start again with the last function. */
static void print_shared(const struct lend_fs *fs)
{
	_cleanup_(lend_loan_ids_clear) struct lend_loan_ids ids = { 0 };

	if (lend_journal_list_shared(fs, &ids, NULL) < 0)
		return;
	for (size_t i = 0; i < ids.count; i++) {
		_cleanup_(lend_records_clear) struct lend_records records = { 0 };
		struct lend_loan loan;

		if (lend_journal_read_shared(fs, &ids.items[i], &loan, &records, NULL) < 0)
			continue;
		lend_say("when all that %s has is home:", *loan.domain ? loan.domain : ids.items[i].text);
		print_steps(&records);
	}
}

static void print_text(const struct lend_fs *fs, const struct lend_addresses *addresses, bool verbose)
{
	if (!addresses->count) {
		(void)puts("nothing is on loan");
		return;
	}
	lend_say("%-13s  %-20s  %-10s  %-16s  %s", "FUNCTION", "SINCE", "STATE", "HOST DRIVER", "DOMAIN");
	for (size_t i = 0; i < addresses->count; i++) {
		_cleanup_(lend_records_clear) struct lend_records records = { 0 };
		struct lend_loan loan;
		const char *state = read_loan(fs, addresses->items[i], &loan, &records);

		if (state)
			print_loan(&loan, state);
		if (state && verbose)
			print_steps(&records);
	}
	if (verbose)
		print_shared(fs);
}

static int check_options(const struct lend_call *call, struct lend_error *error)
{
	if (call->guest && strcmp(call->sysroot, "/") != 0)
		lend_error_set(error, LEND_EXIT_USAGE, "--sysroot: no guest runs on a recorded machine");
	else if (!call->guest && call->connect)
		lend_error_set(error, LEND_EXIT_USAGE, "--connect: libvirt is asked only with --guest");
	else
		return 0;
	return lend_error_hint(error, LEND_EXIT_USAGE, "'lendpci status --help' shows how");
}

int lend_verb_status(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	_cleanup_(lend_program_close) struct lend_program program = { 0 };
	int r;

	r = check_options(call, error);
	if (r != 0)
		return r;
	if (call->guest)
		return lend_guest_bar_check(call, error);
	r = lend_program_open(call, true, &program, error);
	if (r < 0)
		return r;
	r = lend_journal_list(program.fs, &addresses, error);
	if (r < 0)
		return r;
	if (call->json)
		return print_json(program.fs, &addresses, call->verbose, error);
	print_text(program.fs, &addresses, call->verbose);
	return 0;
}
