/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lending: all functions of a plan, or none.
 *
 * Invariant: before anything changes, the journal says how it was. So whatever ends this process, reconcile can undo
 * it, and undoing what never happened does nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "borrower.h"
#include "check.h"
#include "engine.h"
#include "judge.h"
#include "lendpci/act/lock.h"
#include "lendpci/act/steps/driver.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/settings.h"
#include "members.h"
#include "times.h"
#include "users.h"

struct transaction {
	const struct lend_request *request;
	struct lend_locks locks;
	struct lend_plan plan;
	struct lend_to_stop to_stop;
	struct lend_function *functions; /* the facts of those that go */
	struct lend_loan_facts facts;
	struct lend_loan_ids earlier; /* loans whose functions this one takes over */
	struct lend_engine engine;    /* the functions, and last the loan as a whole */
};

static void transaction_clear(struct transaction *transaction)
{
	lend_engine_clear(&transaction->engine);
	lend_loan_ids_clear(&transaction->earlier);
	free(transaction->functions);
	lend_plan_clear(&transaction->plan);
	lend_locks_release(&transaction->locks);
}

static int lock_all(const struct lend_context *context, const struct lend_request *request,
		    const struct lend_plan *plan, struct lend_locks *locks, struct lend_error *error)
{
	int r;

	if (request->uuid) {
		r = lend_lock_domain(context->fs, request->uuid, context->settings->lock_deadline_ms, locks, error);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < plan->count; i++) {
		r = lend_lock_function(context->fs, plan->functions[i].facts.address,
				       context->settings->lock_deadline_ms, locks, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool same_functions(const struct lend_plan *a, const struct lend_plan *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!lend_address_equal(a->functions[i].facts.address, b->functions[i].facts.address))
			return false;
	return true;
}

/*
 * Which functions to lock is known only after a first look; what is true is known only under the locks. So check, lock,
 * check again.
 */
static int check_and_lock(struct transaction *transaction, struct lend_error *error)
{
	_cleanup_(lend_plan_clear) struct lend_plan before = { 0 };
	const struct lend_context *context = transaction->engine.context;
	const struct lend_request *request = transaction->request;
	int r;

	r = lend_loan_plan(context, request, &before, error);
	if (r < 0)
		return r;
	r = lend_journal_prepare(context->fs, error);
	if (r < 0)
		return r;
	r = lock_all(context, request, &before, &transaction->locks, error);
	if (r < 0)
		return r;
	r = lend_loan_plan(context, request, &transaction->plan, error);
	if (r >= 0)
		r = lend_loan_judge(context, &transaction->plan, error);
	if (r < 0)
		return r;
	if (!same_functions(&before, &transaction->plan))
		return lend_error_set(error, -EAGAIN, "%s: PCI devices came or went while they were checked: try again",
				      lend_address_text(request->wanted[0]).text);
	return 0;
}

/* Read anew: whoever used the functions may have been waited for, and have taken their driver with them. */
static int read_facts(struct transaction *transaction, struct lend_error *error)
{
	const struct lend_fs *fs = transaction->engine.context->fs;
	struct lend_plan *plan = &transaction->plan;

	transaction->functions = calloc(plan->count, sizeof(*transaction->functions));
	if (!transaction->functions)
		return lend_error_set(error, -ENOMEM, "out of memory for the functions to lend");
	for (size_t i = 0; i < plan->count; i++) {
		int r = lend_function_read(fs, plan->functions[i].facts.address, &plan->functions[i].facts, error);

		if (r < 0)
			return r;
		transaction->functions[i] = plan->functions[i].facts;
	}
	transaction->facts = (struct lend_loan_facts){
		.functions = transaction->functions,
		.count = plan->count,
		.units = transaction->to_stop.units,
		.sessions = transaction->to_stop.sessions,
		.release = transaction->to_stop.release,
		.wishes = transaction->request->wishes,
		.wish_count = transaction->request->wish_count,
	};
	transaction->engine.facts = &transaction->facts;
	return 0;
}

/* A read that hangs is to be known of: the next attempt would only wait behind it. */
static void remember_hanging(struct lend_engine *engine)
{
	for (size_t i = 0; i < engine->count; i++)
		if (engine->members[i].hanging.pid)
			lend_member_record_failure(engine, &engine->members[i]);
}

/* Writes the intent: from here on the loan can be undone. */
static int write_intent(struct transaction *transaction, struct lend_error *error)
{
	struct lend_engine *engine = &transaction->engine;

	for (size_t i = 0; i < engine->count; i++) {
		int r = lend_member_write(engine, &engine->members[i], error);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Whether the loan as a whole has anything to do, so that it needs an entry. */
static bool has_work(const struct lend_member *member)
{
	for (size_t i = 0; lend_steps[i]; i++)
		if (member->tasks[i].wanted)
			return true;
	return false;
}

/*
 * The loan's own entry, under a lock that all loans have in common: a return that is about to end an earlier loan of
 * this id either sees this one's functions, or is done before.
 */
static int open_loan(struct transaction *transaction, struct lend_error *error)
{
	struct lend_engine *engine = &transaction->engine;
	struct lend_engine shared = { .context = engine->context, .facts = engine->facts };
	_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
	int r;

	r = lend_lock_loans(engine->context->fs, engine->context->settings->lock_deadline_ms, &locks, error);
	if (r == 0)
		r = write_intent(transaction, error);
	if (r == 0)
		r = lend_members_of_loan(engine, transaction->request, &transaction->plan, &transaction->earlier,
					 error);
	if (r < 0)
		return r;
	shared.members = &engine->members[engine->count - 1];
	shared.count = 1;
	r = lend_engine_read(&shared, error);
	if (r == 0 && has_work(shared.members))
		r = lend_member_write(engine, shared.members, error);
	for (size_t i = 0; r == 0 && i < transaction->earlier.count; i++) {
		const struct lend_loan old = { .is_shared = true, .id = transaction->earlier.items[i] };

		if (strcmp(old.id.text, shared.members->loan.id.text) != 0)
			r = lend_journal_remove(engine->context->fs, &old, error);
	}
	return r;
}

static int apply(struct transaction *transaction, struct lend_error *error)
{
	struct lend_engine *engine = &transaction->engine;
	const struct lend_to_stop *to_stop = &transaction->to_stop;
	bool checked = !*to_stop->units && !*to_stop->sessions && !to_stop->release;

	for (size_t step = 0; lend_steps[step]; step++) {
		int r = 0;

		/* Between what is done for the whole loan and the first change of a function. */
		if (!checked && lend_steps[step]->scope > LEND_SCOPE_LOAN) {
			checked = true;
			r = lend_loan_check_unused(engine->context, &transaction->plan, to_stop, error);
		}
		if (r == 0)
			r = lend_stage_run(engine, step, LEND_DOWN, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int mark_lent(struct transaction *transaction, struct lend_error *error)
{
	struct lend_engine *engine = &transaction->engine;

	for (size_t i = 0; i < engine->count; i++) {
		struct lend_member *member = &engine->members[i];
		int r;

		member->loan.state = LEND_LOAN_LENT;
		if (member->loan.is_shared && !has_work(member))
			continue;
		r = lend_member_write(engine, member, error);
		if (r < 0)
			return r;
		if (!member->loan.is_shared)
			lend_loan_note(engine->context, &member->loan, "lent to " LEND_VFIO_DRIVER ", taken from",
				       member->loan.host_driver);
	}
	lend_loan_note_times(engine, LEND_DOWN);
	return 0;
}

/* What is stuck stays so, with its reason; all others go home. */
static void undo(struct transaction *transaction)
{
	struct lend_engine *engine = &transaction->engine;
	struct lend_member *last = engine->count ? &engine->members[engine->count - 1] : NULL;
	struct lend_error failure = { 0 };

	/* The loan as a whole is undone by its entry, after its functions. */
	if (last && last->loan.is_shared) {
		if (last->hanging.pid)
			lend_member_record_failure(engine, last);
		lend_addresses_clear(&last->functions);
		engine->count--;
	}
	if (lend_engine_bring_home(engine, &failure) < 0)
		lend_context_note(engine->context, LEND_NOTE_ERROR, "%s", failure.text);
}

int lend_loan_take(const struct lend_context *context, const struct lend_request *request, struct lend_error *error)
{
	_cleanup_(transaction_clear) struct transaction transaction = { .request = request,
									.engine = { .context = context } };
	int r;

	r = check_and_lock(&transaction, error);
	if (r == 0)
		r = lend_loan_await_users(context, request, &transaction.plan, &transaction.to_stop, error);
	if (r == 0)
		r = read_facts(&transaction, error);
	if (r == 0)
		r = lend_members_of_functions(&transaction.engine, request, &transaction.plan, &transaction.earlier,
					      error);
	if (r < 0 || !transaction.engine.count)
		return r;
	r = lend_engine_read(&transaction.engine, error);
	if (r < 0) {
		remember_hanging(&transaction.engine);
		return r;
	}
	lend_engine_make_lanes(&transaction.engine);
	r = open_loan(&transaction, error);
	if (r == 0)
		r = apply(&transaction, error);
	if (r == 0)
		r = mark_lent(&transaction, error);
	if (r < 0)
		undo(&transaction);
	return r;
}
