/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way home: a loan's steps backwards, verified.
 *
 * Everything here is idempotent, since it runs after any kind of end: a release, a failed lend, a crash at any point of
 * either. What cannot be done now stays in the journal with its reason.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "borrower.h"
#include "engine.h"
#include "lendpci/act/lock.h"
#include "lendpci/act/steps/driver.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/settings.h"
#include "lendpci/know/holders/vfio.h"
#include "times.h"

/* Pauses while a dying QEMU is waited for: doubling from a short one, as most waits are over at once. */
enum { FIRST_PAUSE_MS = 20, LONGEST_PAUSE_MS = 500 };

__attribute__((format(printf, 3, 4))) static void fail(struct lend_member *member, int result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(member->error.text, sizeof(member->error.text), format, arguments);
	va_end(arguments);
	member->error.hint[0] = '\0';
	member->result = result;
	member->is_left = true;
}

/* Intent. A full /run must not keep a card: the entry on file is enough to undo from. */
static void begin(struct lend_engine *engine, struct lend_member *member)
{
	struct lend_error failure = { 0 };

	/* A step that still waits in the kernel holds the device lock: another attempt would only wait behind it. */
	if (!member->hanging.pid)
		member->hanging = member->loan.hanging;
	if (lend_process_is_alive(engine->context->fs, &member->hanging)) {
		member->is_left = true;
		if (member->result == 0)
			fail(member, -EBUSY, "%s: the host driver has still not let go: %s",
			     lend_member_name(member).text, member->loan.why);
		return;
	}
	member->loan.state = LEND_LOAN_RETURNING;
	member->loan.hanging = member->hanging = (struct lend_process){ 0 };
	member->result = 0;
	if (lend_member_write(engine, member, &failure) < 0)
		lend_context_note(engine->context, LEND_NOTE_WARNING, "%s, going on without", failure.text);
}

/* Whether the same card is still there. Another one in its place is nobody's loan, and does not get its settings. */
static int find_card(struct lend_engine *engine, struct lend_member *member)
{
	const struct lend_loan *loan = &member->loan;
	struct lend_function now;
	int r;

	r = lend_function_read(engine->context->fs, loan->address, &now, &member->error);
	member->is_left = r == -ENODEV || (r == 0 && (now.vendor != loan->vendor || now.device != loan->device));
	if (r == -ENODEV)
		lend_context_note(engine->context, LEND_NOTE_WARNING,
				  "%s: %s: it was removed from the host while on loan", lend_loan_borrower(loan),
				  lend_member_name(member).text);
	else if (member->is_left)
		lend_context_note(engine->context, LEND_NOTE_WARNING,
				  "%s: %s: lent was %04x:%04x, but %04x:%04x is there now, which stays as it is",
				  lend_loan_borrower(loan), lend_member_name(member).text, loan->vendor, loan->device,
				  now.vendor, now.device);
	else if (r < 0)
		member->result = r;
	member->is_left |= r < 0;
	return r == 0 && !member->is_left && strcmp(now.driver, LEND_VFIO_DRIVER) == 0 ? now.iommu_group
										       : LEND_NO_GROUP;
}

/*
 * Unbinding vfio-pci waits inside the kernel until the last user is gone, so wait out here, where there is a deadline:
 * one for all. /proc is looked through once; then only at the processes that were found.
 */
static void wait_until_let_go(struct lend_engine *engine, int *groups, struct lend_holder *holders)
{
	const struct lend_context *context = engine->context;
	const struct lend_deadline deadline = lend_deadline_in(context->settings->vfio_release_deadline_ms);
	struct lend_error failure = { 0 };
	int held;

	held = lend_vfio_holders_find(context->fs, groups, engine->count, holders, &failure);
	for (size_t i = 0; held < 0 && i < engine->count; i++) {
		if (groups[i] == LEND_NO_GROUP)
			continue;
		engine->members[i].result = held;
		engine->members[i].error = failure;
		engine->members[i].is_left = true;
	}
	for (unsigned pause = FIRST_PAUSE_MS; held > 0;
	     pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS) {
		held = 0;
		for (size_t i = 0; i < engine->count; i++)
			held += holders[i].pid &&
				lend_vfio_holder_recheck(context->fs, groups[i], holders[i].pid, NULL) != 0;
		if (!held) {
			/* The first one is gone: is there another? */
			for (size_t i = 0; i < engine->count; i++)
				lend_holder_clear(&holders[i]);
			held = lend_vfio_holders_find(context->fs, groups, engine->count, holders, NULL);
		}
		if (held <= 0 || lend_deadline_has_passed(deadline))
			break;
		lend_deadline_pause(deadline, pause);
	}
	for (size_t i = 0; held > 0 && i < engine->count; i++) {
		struct lend_member *member = &engine->members[i];

		if (!holders[i].pid || lend_vfio_holder_recheck(context->fs, groups[i], holders[i].pid, NULL) == 0)
			continue;
		fail(member, -EBUSY, "%s: %s (pid %d) still holds IOMMU group %d after %g s",
		     lend_member_name(member).text, holders[i].command, holders[i].pid, groups[i],
		     context->settings->vfio_release_deadline_ms / 1000.0);
		(void)lend_error_hint(&member->error, -EBUSY, "end that process, then 'lendpci reconcile'");
	}
}

static int wait_for_qemu(struct lend_engine *engine, struct lend_error *error)
{
	struct lend_holder *holders = calloc(engine->count + 1, sizeof(*holders));
	int *groups = calloc(engine->count + 1, sizeof(*groups));
	bool any = false;

	if (!holders || !groups) {
		free(holders);
		free(groups);
		return lend_error_set(error, -ENOMEM, "out of memory for the functions to return");
	}
	for (size_t i = 0; i < engine->count; i++) {
		struct lend_member *member = &engine->members[i];

		groups[i] = member->is_left ? LEND_NO_GROUP : find_card(engine, member);
		any |= groups[i] != LEND_NO_GROUP;
	}
	if (any)
		wait_until_let_go(engine, groups, holders);
	for (size_t i = 0; i < engine->count; i++)
		lend_holder_clear(&holders[i]);
	free(holders);
	free(groups);
	return 0;
}

/* The steps of narrow or of wide scope, backwards, as far as they have all of @flags. */
static void restore(struct lend_engine *engine, bool wide, unsigned flags)
{
	for (size_t step = lend_step_count(); step-- > 0;)
		if ((lend_steps[step]->scope <= LEND_SCOPE_LOAN) == wide && (lend_steps[step]->flags & flags) == flags)
			(void)lend_stage_run(engine, step, LEND_UP, NULL);
}

/* Ends one entry: it is home, or says why not. */
static void finish(struct lend_engine *engine, struct lend_member *member)
{
	const struct lend_context *context = engine->context;

	if (member->result == 0 && !member->loan.is_shared && !member->is_left)
		lend_loan_note(context, &member->loan, "returned to", member->loan.host_driver);
	if (member->result == 0)
		member->result = lend_journal_remove(context->fs, &member->loan, &member->error);
	else if (!member->loan.is_shared)
		(void)lend_error_hint(&member->error, member->result,
				      "when the cause is gone, 'lendpci return %s' brings it home",
				      lend_member_name(member).text);
	if (member->result < 0)
		lend_member_record_failure(engine, member);
}

/* Where the functions of a loan are. */
enum whereabouts {
	HOME, /* all of them */
	LATE, /* the others are stuck, or could not come home */
	AWAY, /* with the borrower, or on the way */
};

static enum whereabouts find_functions(const struct lend_context *context, const struct lend_loan_id *id)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	enum whereabouts found = HOME;

	if (lend_journal_list(context->fs, &addresses, NULL) < 0)
		return AWAY;
	for (size_t i = 0; i < addresses.count; i++) {
		struct lend_loan loan;

		if (lend_journal_read(context->fs, addresses.items[i], &loan, NULL, NULL) < 0 ||
		    strcmp(loan.id.text, id->text) != 0)
			continue;
		if (loan.state != LEND_LOAN_STUCK && loan.state != LEND_LOAN_UNRETURNED)
			return AWAY;
		found = LATE;
	}
	return found;
}

/* What need not wait is undone, and all of it kept for the day when the rest is home. */
static int restore_early(struct lend_engine *engine, struct lend_member *member, struct lend_error *error)
{
	if (member->loan.state == LEND_LOAN_UNRETURNED)
		return 0; /* was done, and is not to be done at each reconcile */
	restore(engine, true, LEND_STEP_EARLY);
	member->loan.state = LEND_LOAN_UNRETURNED;
	(void)snprintf(member->loan.why, sizeof(member->loan.why), "waits for devices that could not come home");
	return lend_member_write(engine, member, error);
}

int lend_loan_end_shared(const struct lend_context *context, const struct lend_loan_id *id, struct lend_error *error)
{
	_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
	_cleanup_(lend_records_clear) struct lend_records records = { 0 };
	_cleanup_(lend_engine_clear) struct lend_engine engine = { .context = context };
	enum whereabouts functions;
	struct lend_member *member;
	struct lend_loan loan;
	int r;

	r = lend_journal_read_shared(context->fs, id, &loan, NULL, NULL);
	if (r == -ENOENT)
		return 0;
	/* One at a time on the host: of two loans that had a unit stopped, one has to see that it is the last. */
	r = lend_lock_loans(context->fs, context->settings->lock_deadline_ms, &locks, error);
	if (r == 0)
		r = lend_journal_read_shared(context->fs, id, &loan, &records, error);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	functions = find_functions(context, id);
	if (functions == AWAY)
		return 0;
	member = lend_engine_add(&engine);
	if (!member)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", id->text);
	member->loan = loan;
	r = lend_member_load(member, &records, error);
	if (r < 0 || functions == LATE)
		return r < 0 ? r : restore_early(&engine, member, error);
	begin(&engine, member);
	restore(&engine, true, 0);
	finish(&engine, member);
	if (member->result < 0)
		*error = member->error;
	return member->result;
}

/* What belonged to the loans of the members, each once. */
static int end_loans(struct lend_engine *engine, struct lend_error *error)
{
	int first = 0;

	for (size_t i = 0; i < engine->count; i++) {
		struct lend_error failure = { 0 };
		bool seen = false;
		int r;

		for (size_t j = 0; j < i; j++)
			seen |= strcmp(engine->members[j].loan.id.text, engine->members[i].loan.id.text) == 0;
		r = seen ? 0 : lend_loan_end_shared(engine->context, &engine->members[i].loan.id, &failure);
		if (r < 0 && first == 0) {
			first = r;
			*error = failure;
		}
	}
	return first;
}

int lend_engine_bring_home(struct lend_engine *engine, struct lend_error *error)
{
	struct lend_error later = { 0 };
	int first = 0, r;

	engine->facts = NULL;
	lend_engine_make_lanes(engine);
	for (size_t i = 0; i < engine->count; i++)
		begin(engine, &engine->members[i]);
	r = wait_for_qemu(engine, error);
	if (r < 0)
		return r;
	restore(engine, false, 0);
	/* An entry of version 1 has the loan's steps too. */
	restore(engine, true, 0);
	lend_loan_note_times(engine, LEND_UP);
	/* The last one lent is the first to be told of. */
	for (size_t i = engine->count; i-- > 0;) {
		struct lend_member *member = &engine->members[i];

		finish(engine, member);
		if (member->result < 0 && first == 0) {
			first = member->result;
			if (error)
				*error = member->error;
		}
	}
	r = end_loans(engine, first < 0 || !error ? &later : error);
	return first < 0 ? first : r;
}
