/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reconcile: brings home what is on loan to a VM that is gone, all of it at once.
 *
 * Whether a loan is over is judged for all of them with one look at the host; then they come home side by side.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "is_over.h"
#include "lendpci/act/loan/loan.h"
#include "lendpci/act/lock.h"
#include "lendpci/act/restore_guard.h"
#include "lendpci/base/cleanup.h"

struct work {
	const struct lend_context *context;
	struct lend_locks locks;
	struct lend_loan *loans; /* under their locks */
	size_t count;
	struct lend_reconciled found;
	int first;
	struct lend_error *error;
};

static void work_clear(struct work *work)
{
	lend_locks_release(&work->locks);
	free(work->loans);
}

static void note_failure(struct work *work, int result, const struct lend_error *failure)
{
	if (work->first < 0)
		return;
	work->first = result;
	if (work->error)
		*work->error = *failure;
}

/* Locks and reads all entries that nobody is at work on. */
static int collect(struct work *work, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	int r;

	r = lend_journal_list(work->context->fs, &addresses, error);
	if (r < 0)
		return r;
	work->loans = calloc(addresses.count + 1, sizeof(*work->loans));
	if (!work->loans)
		return lend_error_set(error, -ENOMEM, "out of memory for %zu loans", addresses.count);
	for (size_t i = 0; i < addresses.count; i++) {
		struct lend_error failure = { 0 };

		/* Whatever comes of somebody's work on it, it is not ours to judge now. */
		r = lend_lock_function(work->context->fs, addresses.items[i], 0, &work->locks, NULL);
		if (r == 0)
			r = lend_journal_read(work->context->fs, addresses.items[i], &work->loans[work->count], NULL,
					      &failure);
		else if (r == -EBUSY)
			work->found.kept++;
		if (r == 0)
			work->count++;
		if (r == 0 || r == -EBUSY || r == -ENOENT)
			continue;
		work->found.failed++;
		note_failure(work, r, &failure);
	}
	return 0;
}

static int add_member(struct work *work, struct lend_engine *engine, const struct lend_loan *loan,
		      struct lend_error *error)
{
	_cleanup_(lend_records_clear) struct lend_records records = { 0 };
	struct lend_member *member = lend_engine_add(engine);
	int r;

	if (!member || lend_addresses_add(&member->functions, loan->address) < 0)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", lend_address_text(loan->address).text);
	r = lend_journal_read(work->context->fs, loan->address, &member->loan, &records, error);
	if (r == 0)
		r = lend_member_load(member, &records, error);
	if (r < 0) {
		lend_addresses_clear(&member->functions);
		engine->count--;
	}
	return r;
}

static void bring_home(struct work *work, const bool *over)
{
	_cleanup_(lend_engine_clear) struct lend_engine engine = { .context = work->context };
	struct lend_error failure = { 0 };
	int r;

	for (size_t i = 0; i < work->count; i++) {
		if (!over[i]) {
			work->found.kept++;
			continue;
		}
		r = add_member(work, &engine, &work->loans[i], &failure);
		if (r < 0) {
			work->found.failed++;
			note_failure(work, r, &failure);
		}
	}
	if (!engine.count)
		return;
	r = lend_engine_bring_home(&engine, &failure);
	if (r < 0)
		note_failure(work, r, &failure);
	for (size_t i = 0; i < engine.count; i++)
		*(engine.members[i].result < 0 ? &work->found.failed : &work->found.returned) += 1;
}

/* Loans of which only what they have in common is left. */
static int end_loans(struct work *work, struct lend_error *error)
{
	_cleanup_(lend_loan_ids_clear) struct lend_loan_ids ids = { 0 };
	int r;

	r = lend_journal_list_shared(work->context->fs, &ids, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ids.count; i++) {
		struct lend_error failure = { 0 };

		r = lend_loan_end_shared(work->context, &ids.items[i], &failure);
		if (r < 0)
			note_failure(work, r, &failure);
	}
	return 0;
}

/* What writers that were killed, and domains that are gone, have left in the journal's directory. */
static int sweep(const struct lend_fs *fs, struct lend_error *error)
{
	int r = lend_journal_sweep(fs, error);

	if (r == 0)
		r = lend_restore_guard_sweep(fs, error);
	return r == 0 ? lend_locks_sweep(fs, error) : r;
}

int lend_loan_reconcile(const struct lend_context *context, struct lend_reconciled *ret, struct lend_error *error)
{
	_cleanup_(work_clear) struct work work = { .context = context, .error = error };
	_cleanup_free_ bool *over = NULL;
	int r;

	r = sweep(context->fs, error);
	if (r == 0)
		r = collect(&work, error);
	if (r < 0)
		return r;
	over = calloc(work.count + 1, sizeof(*over));
	if (!over)
		return lend_error_set(error, -ENOMEM, "out of memory for %zu loans", work.count);
	lend_loans_are_over(context, work.loans, work.count, over);
	bring_home(&work, over);
	r = end_loans(&work, error);
	*ret = work.found;
	return work.first < 0 ? work.first : r;
}

bool lend_loan_is_unsettled(const struct lend_context *context, const char *uuid)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	_cleanup_(lend_loan_ids_clear) struct lend_loan_ids ids = { 0 };

	if (lend_journal_list(context->fs, &addresses, NULL) < 0 ||
	    lend_journal_list_shared(context->fs, &ids, NULL) < 0)
		return true;
	for (size_t i = 0; i < addresses.count; i++) {
		struct lend_loan loan;

		if (lend_journal_read(context->fs, addresses.items[i], &loan, NULL, NULL) < 0 ||
		    loan.state != LEND_LOAN_LENT || strcmp(loan.uuid, uuid) == 0)
			return true;
	}
	for (size_t i = 0; i < ids.count; i++) {
		struct lend_loan loan;

		if (lend_journal_read_shared(context->fs, &ids.items[i], &loan, NULL, NULL) < 0 ||
		    loan.state != LEND_LOAN_LENT || strcmp(loan.uuid, uuid) == 0)
			return true;
	}
	return false;
}
