/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reconcile: which loans are over though nobody said so.
 *
 * libvirt calls no hook when it is killed during a start, and anything can be killed. What is left is the journal and
 * the kernel: who holds the VFIO group, whether the domain's QEMU runs, whether the daemon that would call release
 * lives, and whether there is a domain for which it would, now or when it is started again.
 */
#include <errno.h>
#include <time.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"
#include "lendpci/know/holders/holders.h"

/* Whether anybody uses the function through VFIO. When that cannot be read, assume so: a loan is ended on facts only.
 */
static bool is_held(const struct lend_context *context, struct lend_address address)
{
	_cleanup_(lend_holder_clear) struct lend_holder holder = { 0 };
	struct lend_function function;

	if (lend_function_read(context->fs, address, &function, NULL) < 0)
		return false;
	return lend_vfio_holder_find(context->fs, function.iommu_group, &holder, NULL) != 0;
}

/*
 * Between prepare and the moment when QEMU opens the group nobody holds anything, and the daemon's life is the only
 * sign of the start. If that daemon lives, the start ends in release or in a QEMU; a start that never got to run and is
 * older than any start takes is over too, since its release was lost.
 */
static bool may_be_starting(const struct lend_context *context, const struct lend_loan *loan)
{
	int64_t age = (int64_t)time(NULL) - loan->since;

	return !loan->started && lend_process_is_alive(context->fs, &loan->daemon) && age >= 0 &&
	       age < (int64_t)context->settings->start_deadline_ms / 1000;
}

int lend_loan_find_live(const struct lend_context *context, const struct lend_loan *loan,
			struct lend_domain_status *ret, struct lend_error *error)
{
	int r = lend_domain_status_find(context->fs, loan->address, ret, error);

	return r <= 0 ? r : ret->is_found_again || lend_process_is_alive(context->fs, &loan->daemon);
}

/* As far as the journal and the kernel tell. */
static bool is_over(const struct lend_context *context, const struct lend_loan *loan)
{
	switch (loan->state) {
	case LEND_LOAN_LENDING:
	case LEND_LOAN_RETURNING:
	case LEND_LOAN_UNRETURNED:
		return !is_held(context, loan->address);
	case LEND_LOAN_STUCK:
		return !lend_process_is_alive(context->fs, &loan->hanging);
	case LEND_LOAN_LENT:
		break;
	}
	if (!*loan->uuid)
		return false;
	return !may_be_starting(context, loan) && !is_held(context, loan->address) &&
	       !lend_process_find_qemu(context->fs, loan->uuid);
}

bool lend_loan_is_stale(const struct lend_context *context, const struct lend_loan *loan)
{
	struct lend_domain_status live;

	/* In this order: only what seems to be over is worth reading a file of each running domain. */
	return is_over(context, loan) && lend_loan_find_live(context, loan, &live, NULL) == 0;
}

/* Returns 1 when the function came home, 0 when its loan stands, -errno when it should be home and is not. */
static int reconcile_one(const struct lend_context *context, struct lend_address address, struct lend_error *error)
{
	_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
	struct lend_loan loan;
	int r;

	/* Somebody is at work on it: whatever comes of it, it is not ours to judge now. */
	if (lend_lock_function(context->fs, address, 0, &locks, NULL) == -EBUSY)
		return 0;
	r = lend_journal_read(context->fs, address, &loan, error);
	if (r == -ENOENT)
		return 0;
	if (r == -EBADMSG)
		return lend_error_hint(error, r,
				       "'lendpci return %s' sets it aside and lets the kernel choose the driver",
				       lend_address_text(address).text);
	if (r < 0)
		return r;
	if (!lend_loan_is_stale(context, &loan))
		return 0;
	r = lend_loan_bring_home(context, &loan, error);
	return r < 0 ? r : 1;
}

int lend_loan_reconcile(const struct lend_context *context, struct lend_reconciled *ret, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	struct lend_reconciled reconciled = { 0 };
	int first = 0, r;

	r = lend_journal_sweep(context->fs, error);
	if (r < 0)
		return r;
	r = lend_journal_list(context->fs, &addresses, error);
	if (r < 0)
		return r;
	for (size_t i = addresses.count; i-- > 0;) {
		struct lend_error failure = { 0 };

		r = reconcile_one(context, addresses.items[i], &failure);
		if (r >= 0) {
			*(r ? &reconciled.returned : &reconciled.kept) += 1;
			continue;
		}
		reconciled.failed++;
		if (first == 0) {
			first = r;
			if (error)
				*error = failure;
		}
	}
	*ret = reconciled;
	return first;
}
