/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Returning what is on loan: a domain's devices when it stops, or some by hand. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "borrower.h"
#include "engine.h"
#include "is_over.h"
#include "lendpci/act/loan/loan.h"
#include "lendpci/act/lock.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/settings.h"
#include "lendpci/know/holders/vfio.h"
#include "rescue.h"

/* Goes on after a failure; the first one is what the caller hears of. */
struct outcome {
	int first;
	struct lend_error *error;
};

static void note_failure(struct outcome *outcome, int result, const struct lend_error *failure)
{
	if (result >= 0 || outcome->first < 0)
		return;
	outcome->first = result;
	if (outcome->error)
		*outcome->error = *failure;
}

/* Locks @address and reads its entry: what is true is known only under the lock. */
static int lock_and_read(const struct lend_context *context, struct lend_address address, struct lend_locks *locks,
			 struct lend_loan *ret, struct lend_records *ret_records, struct lend_error *error)
{
	int r;

	r = lend_lock_function(context->fs, address, context->settings->lock_deadline_ms, locks, error);
	return r < 0 ? r : lend_journal_read(context->fs, address, ret, ret_records, error);
}

/* Adds a member with what is in the journal. */
static int add_member(struct lend_engine *engine, const struct lend_loan *loan, const struct lend_records *records,
		      struct lend_error *error)
{
	struct lend_member *member = lend_engine_add(engine);
	int r;

	if (!member || lend_addresses_add(&member->functions, loan->address) < 0)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", lend_address_text(loan->address).text);
	member->loan = *loan;
	r = lend_member_load(member, records, error);
	if (r < 0) {
		lend_addresses_clear(&member->functions);
		engine->count--;
	}
	return r;
}

/* One function of @uuid, if @address is; what cannot be read is noted, since it may be anybody's. */
static int add_if_of_domain(struct lend_engine *engine, struct lend_address address, const char *uuid,
			    struct lend_locks *locks, struct lend_error *error)
{
	const struct lend_context *context = engine->context;
	_cleanup_(lend_records_clear) struct lend_records records = { 0 };
	struct lend_loan loan;
	int r;

	/* Without the lock first: other domains' loans are not to be waited for. */
	r = lend_journal_read(context->fs, address, &loan, NULL, error);
	if (r == 0 && strcmp(loan.uuid, uuid) != 0)
		return 0;
	if (r == 0)
		r = lock_and_read(context, address, locks, &loan, &records, error);
	if (r == 0 && strcmp(loan.uuid, uuid) == 0)
		return add_member(engine, &loan, &records, error);
	if (r == -EBADMSG || r == -EPROTONOSUPPORT) {
		lend_context_note(context, LEND_NOTE_ERROR, "%s", error->text);
		return 0;
	}
	return r == -ENOENT ? 0 : r;
}

int lend_loan_return_domain(const struct lend_context *context, const char *uuid, struct lend_error *error)
{
	const struct lend_loan_id id = lend_loan_id_of(uuid, (struct lend_address){ 0 });
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	_cleanup_(lend_engine_clear) struct lend_engine engine = { .context = context };
	_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
	struct outcome outcome = { .error = error };
	struct lend_error failure = { 0 };
	int r;

	r = lend_journal_list(context->fs, &addresses, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < addresses.count; i++) {
		r = add_if_of_domain(&engine, addresses.items[i], uuid, &locks, &failure);
		note_failure(&outcome, r, &failure);
	}
	if (engine.count)
		r = lend_engine_bring_home(&engine, &failure);
	else /* a crash may have left it behind its functions */
		r = lend_loan_end_shared(context, &id, &failure);
	note_failure(&outcome, r, &failure);
	return outcome.first;
}

/* Changes the heads of @uuid's entries, each under its lock. */
static int for_each_of_domain(const struct lend_context *context, const char *uuid,
			      bool (*change)(struct lend_loan *loan, const void *argument), const void *argument,
			      struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	struct outcome outcome = { .error = error };
	int r;

	r = lend_journal_list(context->fs, &addresses, error);
	if (r < 0)
		return r;
	for (size_t i = addresses.count; i-- > 0;) {
		_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
		struct lend_error failure = { 0 };
		struct lend_loan loan;

		r = lend_journal_read(context->fs, addresses.items[i], &loan, NULL, &failure);
		if (r == 0 && strcmp(loan.uuid, uuid) != 0)
			continue;
		if (r == 0)
			r = lock_and_read(context, addresses.items[i], &locks, &loan, NULL, &failure);
		if (r == 0 && strcmp(loan.uuid, uuid) == 0 && change(&loan, argument))
			r = lend_journal_write(context->fs, &loan, NULL, &failure);
		if (r == -EBADMSG || r == -EPROTONOSUPPORT)
			lend_context_note(context, LEND_NOTE_ERROR, "%s", failure.text);
		else if (r != -ENOENT)
			note_failure(&outcome, r, &failure);
	}
	return outcome.first;
}

static bool mark_started(struct lend_loan *loan, const void *argument)
{
	(void)argument;
	if (loan->started)
		return false;
	loan->started = true;
	return true;
}

int lend_loan_mark_started(const struct lend_context *context, const char *uuid, struct lend_error *error)
{
	return for_each_of_domain(context, uuid, mark_started, NULL, error);
}

static bool rebind(struct lend_loan *loan, const void *argument)
{
	loan->daemon = *(const struct lend_process *)argument;
	return true;
}

int lend_loan_rebind_daemon(const struct lend_context *context, const char *uuid, struct lend_process daemon,
			    struct lend_error *error)
{
	return for_each_of_domain(context, uuid, rebind, &daemon, error);
}

/* QEMU may be gone, but libvirt has yet to see that: lend_domain_status_find() says what it does then. */
static int refuse_while_live(const struct lend_context *context, const struct lend_loan *loan, struct lend_error *error)
{
	struct lend_domain_status live;
	int r;

	r = lend_loan_find_live(context, loan, &live, error);
	if (r <= 0)
		return r;
	lend_error_set(error, -EBUSY, "%s: %s has it, and libvirt believes that VM to be running",
		       lend_address_text(loan->address).text, live.name);
	return lend_error_hint(
		error, -EBUSY,
		"shut the VM down first; if its QEMU has died, libvirt's daemon ends it as soon as it runs; if 'virsh list' has not got it, remove /" LEND_DOMAIN_STATUS_DIR
		"/%s.xml",
		live.name);
}

/* Not while a VM has it, whoever lent it: a loan by hand may have been given on to one. */
static int refuse_while_in_use(const struct lend_context *context, const struct lend_loan *loan,
			       struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(loan->address);
	_cleanup_(lend_holder_clear) struct lend_holder holder = { 0 };
	struct lend_function function;
	int r;

	if (lend_function_read(context->fs, loan->address, &function, NULL) < 0)
		return 0;
	if (loan->state != LEND_LOAN_LENT)
		return refuse_while_live(context, loan, error);
	r = lend_vfio_holders_find(context->fs, &function.iommu_group, 1, &holder, error);
	if (r < 0)
		return r;
	if (r > 0) {
		lend_error_set(error, -EBUSY, "%s: on loan to %s, and in use by %s (pid %d)", name.text,
			       lend_loan_borrower(loan), holder.command, holder.pid);
		return lend_error_hint(error, -EBUSY, "shut the VM down first");
	}
	r = refuse_while_live(context, loan, error);
	if (r < 0 || !*loan->uuid || lend_loan_is_over(context, loan))
		return r;
	lend_error_set(error, -EBUSY, "%s: on loan to %s, which is starting", name.text, lend_loan_borrower(loan));
	return lend_error_hint(error, -EBUSY, "shut the VM down first");
}

/* Adds one function that is to come home by hand. Returns 1, or 0 when it is home already. */
static int add_by_hand(struct lend_engine *engine, struct lend_address address, struct lend_locks *locks,
		       struct lend_error *error)
{
	const struct lend_context *context = engine->context;
	_cleanup_(lend_records_clear) struct lend_records records = { 0 };
	struct lend_loan loan;
	int r;

	r = lend_journal_read(context->fs, address, &loan, NULL, error);
	if (r == -ENOENT)
		return r;
	r = lock_and_read(context, address, locks, &loan, &records, error);
	if (r == -EBADMSG)
		return lend_rescue(context, address, error);
	if (r < 0)
		return r == -ENOENT ? 0 : r; /* it came home while the lock was waited for */
	r = refuse_while_in_use(context, &loan, error);
	if (r == 0)
		r = add_member(engine, &loan, &records, error);
	return r == -EBADMSG ? lend_rescue(context, address, error) : r;
}

int lend_loan_return(const struct lend_context *context, const struct lend_addresses *functions,
		     struct lend_error *error)
{
	_cleanup_(lend_engine_clear) struct lend_engine engine = { .context = context };
	_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
	struct outcome outcome = { .error = error };
	struct lend_error failure = { 0 };
	size_t on_loan = 0;
	int r;

	for (size_t i = 0; i < functions->count; i++) {
		r = add_by_hand(&engine, functions->items[i], &locks, &failure);
		on_loan += r != -ENOENT;
		if (r != -ENOENT)
			note_failure(&outcome, r, &failure);
	}
	if (!on_loan && functions->count) {
		lend_error_set(error, -ENOENT, "%s: it is not on loan", lend_address_text(functions->items[0]).text);
		return lend_error_hint(error, -ENOENT, "'lendpci status' tells what is");
	}
	if (engine.count) {
		r = lend_engine_bring_home(&engine, &failure);
		note_failure(&outcome, r, &failure);
	}
	return outcome.first;
}
