/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lending: all functions of a plan, or none.
 *
 * Invariant: before a function changes, its journal entry says how it was. So whatever ends this process, reconcile can
 * undo it, and undoing what never happened does nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"
#include "lendpci/act/module.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"

struct transaction {
	struct lend_locks locks;
	struct lend_addresses functions; /* of the plan */
	struct lend_loan *loans;
	size_t count;
};

static void transaction_clear(struct transaction *transaction)
{
	lend_locks_release(&transaction->locks);
	lend_addresses_clear(&transaction->functions);
	free(transaction->loans);
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
static int check_and_lock(const struct lend_context *context, const struct lend_request *request,
			  struct lend_locks *locks, struct lend_plan *ret, struct lend_error *error)
{
	_cleanup_(lend_plan_clear) struct lend_plan before = { 0 };
	int r;

	r = lend_loan_plan(context, request, &before, error);
	if (r < 0)
		return r;
	r = lend_journal_prepare(context->fs, error);
	if (r < 0)
		return r;
	r = lock_all(context, request, &before, locks, error);
	if (r < 0)
		return r;
	r = lend_loan_plan(context, request, ret, error);
	if (r < 0)
		return r;
	if (!same_functions(&before, ret))
		return lend_error_set(error, -EAGAIN, "%s: PCI devices came or went while they were checked: try again",
				      lend_address_text(request->wanted[0]).text);
	return 0;
}

/* A domain's name is any text; cut it where a UTF-8 character begins. */
static void copy_name(char *field, size_t size, const char *name)
{
	size_t length = strnlen(name, size - 1);

	while (length && name[length] && ((unsigned char)name[length] & 0xc0) == 0x80)
		length--;
	memcpy(field, name, length);
	field[length] = '\0';
}

static int read_original(const struct lend_context *context, const struct lend_function *facts, struct lend_loan *loan,
			 struct lend_error *error)
{
	char link[160];
	int r;

	loan->address = facts->address;
	loan->vendor = facts->vendor;
	loan->device = facts->device;
	r = lend_bind_read(context->fs, facts->address, context->settings->unbind_deadline_ms, &loan->before, error);
	if (r < 0)
		return r;
	r = lend_power_read(context->fs, facts->address, &loan->power, error);
	if (r < 0)
		return r;
	r = lend_reset_method_read(context->fs, facts->address, &loan->reset, error);
	if (r < 0 || !*loan->before.driver)
		return r;

	/* A driver that is built in has no module to load again. */
	(void)snprintf(link, sizeof(link), "sys/bus/pci/drivers/%s/module", loan->before.driver);
	r = lend_fs_link_name(context->fs, link, loan->module, sizeof(loan->module), error);
	return r == -ENOENT ? 0 : r;
}

/*
 * Makes @loan from what is there: the entry of an earlier loan keeps what the host had. Returns 1 when the function is
 * to be lent, 0 when it is to stay as it is.
 */
static int make_loan(const struct lend_context *context, const struct lend_request *request,
		     const struct lend_function *facts, struct lend_loan *loan, struct lend_error *error)
{
	int r;

	r = lend_journal_read(context->fs, facts->address, loan, error);
	if (r == 0 && request->uuid && !*loan->uuid && !lend_loan_is_stale(context, loan))
		return 0; /* lent by hand, and by hand it will return */
	if (r == -ENOENT) {
		if (strcmp(facts->driver, LEND_VFIO_DRIVER) == 0)
			return 0;
		*loan = (struct lend_loan){ 0 };
		r = read_original(context, facts, loan, error);
	}
	if (r < 0)
		return r;

	loan->state = LEND_LOAN_LENDING;
	loan->since = (int64_t)time(NULL);
	loan->started = false;
	loan->daemon = request->daemon;
	loan->hanging = (struct lend_process){ 0 };
	loan->why[0] = '\0';
	copy_name(loan->uuid, sizeof(loan->uuid), request->uuid ? request->uuid : "");
	copy_name(loan->domain, sizeof(loan->domain), request->domain ? request->domain : "");
	return 1;
}

static int make_transaction(const struct lend_context *context, const struct lend_request *request,
			    const struct lend_plan *plan, struct transaction *transaction, struct lend_error *error)
{
	transaction->loans = calloc(plan->count, sizeof(*transaction->loans));
	if (!transaction->loans)
		return lend_error_set(error, -ENOMEM, "out of memory for %zu loans", plan->count);

	for (size_t i = 0; i < plan->count; i++) {
		const struct lend_function *facts = &plan->functions[i].facts;
		int r;

		if (lend_addresses_add(&transaction->functions, facts->address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for %zu functions", plan->count);
		r = make_loan(context, request, facts, &transaction->loans[transaction->count], error);
		if (r < 0)
			return r;
		transaction->count += (size_t)r;
	}
	return 0;
}

/*
 * Consoles that are on screens of this loan alone go into the entry of the first function that has one, as that comes
 * home last. Where another screen stays, the kernel by itself sees to the one that its driver drops.
 */
static int record_console(const struct lend_context *context, struct transaction *transaction, struct lend_error *error)
{
	if (!lend_console_is_only_of(context->fs, &transaction->functions))
		return 0;
	for (size_t i = 0; i < transaction->count; i++)
		if (*transaction->loans[i].console.name)
			return 0; /* by a loan that did not end */
	for (size_t i = 0; i < transaction->count; i++) {
		struct lend_loan *loan = &transaction->loans[i];
		int r = lend_console_read(context->fs, loan->address, context->settings->unbind_deadline_ms,
					  &loan->console, error);

		if (r < 0 || *loan->console.name)
			return r;
	}
	return 0;
}

static int ensure_vfio(const struct lend_context *context, struct lend_error *error)
{
	int r;

	if (lend_fs_exists(context->fs, "sys/bus/pci/drivers/" LEND_VFIO_DRIVER))
		return 0;
	r = lend_module_load(context->fs, LEND_VFIO_DRIVER, error);
	return r < 0 ? lend_error_wrap(error, r, "the driver that lends devices is not available") : 0;
}

static int release_console(const struct lend_context *context, const struct lend_addresses *functions,
			   const struct lend_loan *loan, pid_t *ret_hanging, struct lend_error *error)
{
	int r;

	/* Another screen may have come since. */
	if (!*loan->console.name || !lend_console_is_only_of(context->fs, functions))
		return 0;
	r = lend_console_apply(context->fs, loan->address, context->settings->unbind_deadline_ms, &loan->console, false,
			       ret_hanging, error);
	if (r > 0)
		lend_context_note(context, LEND_NOTE_INFO, "%s: %s: took the text consoles off its screen",
				  lend_loan_borrower(loan), lend_address_text(loan->address).text);
	return r;
}

static int lend_one(const struct lend_context *context, const struct lend_addresses *functions, struct lend_loan *loan,
		    pid_t *ret_hanging, struct lend_error *error)
{
	const struct lend_binding vfio = { .driver = LEND_VFIO_DRIVER, .driver_override = LEND_VFIO_DRIVER };
	int r;

	*ret_hanging = 0;
	r = lend_power_apply(context->fs, loan->address, context->settings->unbind_deadline_ms, &lend_power_awake,
			     error);
	if (r < 0)
		return r;
	r = release_console(context, functions, loan, ret_hanging, error);
	if (r < 0)
		return r;
	r = lend_bind_apply(context->fs, loan->address, context->settings->unbind_deadline_ms, &vfio, ret_hanging,
			    error);
	if (r < 0)
		return r;
	lend_loan_note(context, loan, "lent to " LEND_VFIO_DRIVER ", taken from", loan->before.driver);
	return 0;
}

/* Brings home the first @count loans, the last one first. A failure is in the journal and in a note; the cause is told.
 */
static void undo(const struct lend_context *context, struct transaction *transaction, size_t count)
{
	while (count--) {
		struct lend_error failure = { 0 };

		if (transaction->loans[count].state == LEND_LOAN_STUCK)
			continue;
		if (lend_loan_bring_home(context, &transaction->loans[count], &failure) < 0)
			lend_context_note(context, LEND_NOTE_ERROR, "%s", failure.text);
	}
}

static int act(const struct lend_context *context, const struct lend_plan *plan, struct transaction *transaction,
	       struct lend_error *error)
{
	int r;

	for (size_t i = 0; i < transaction->count; i++) {
		r = lend_journal_write(context->fs, &transaction->loans[i], error);
		if (r < 0) {
			undo(context, transaction, i + 1);
			return r;
		}
	}
	r = lend_loan_stop_units(context, plan, transaction->loans, transaction->count, error);
	if (r < 0) {
		undo(context, transaction, transaction->count);
		return r;
	}
	for (size_t i = 0; i < transaction->count; i++) {
		struct lend_loan *loan = &transaction->loans[i];
		pid_t hanging;

		r = lend_one(context, &transaction->functions, loan, &hanging, error);
		if (r < 0 && hanging)
			lend_loan_record_failure(context, loan, hanging, error);
		if (r >= 0) {
			loan->state = LEND_LOAN_LENT;
			r = lend_journal_write(context->fs, loan, error);
		}
		if (r < 0) {
			undo(context, transaction, transaction->count);
			return r;
		}
	}
	return 0;
}

int lend_loan_take(const struct lend_context *context, const struct lend_request *request, struct lend_error *error)
{
	_cleanup_(transaction_clear) struct transaction transaction = { 0 };
	_cleanup_(lend_plan_clear) struct lend_plan plan = { 0 };
	int r;

	r = check_and_lock(context, request, &transaction.locks, &plan, error);
	if (r < 0)
		return r;
	r = ensure_vfio(context, error);
	if (r < 0)
		return r;
	r = make_transaction(context, request, &plan, &transaction, error);
	if (r < 0)
		return r;
	r = lend_loan_await_users(context, request, &plan, transaction.loans, transaction.count, error);
	if (r < 0)
		return r;
	r = record_console(context, &transaction, error);
	if (r < 0)
		return r;
	return act(context, &plan, &transaction, error);
}
