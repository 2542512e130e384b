/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which loans are over though nobody said so.
 *
 * libvirt calls no hook when it is killed during a start, and anything can be killed. What is left is the journal and
 * the kernel: who holds the VFIO group, whether the domain's QEMU runs, whether the daemon that would call release
 * lives, and whether there is a domain for which it would, now or when it is started again.
 */
#include "is_over.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lendpci/act/context.h"
#include "lendpci/act/journal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/settings.h"
#include "lendpci/know/holders/vfio.h"
#include "lendpci/know/pci/function.h"

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

/* Without looking into any process but those that the loan itself names. */
static bool may_be_over(const struct lend_context *context, const struct lend_loan *loan)
{
	switch (loan->state) {
	case LEND_LOAN_STUCK:
		return !lend_process_is_alive(context->fs, &loan->hanging);
	case LEND_LOAN_LENT:
		return *loan->uuid && !may_be_starting(context, loan);
	case LEND_LOAN_LENDING:
	case LEND_LOAN_RETURNING:
	case LEND_LOAN_UNRETURNED:
		break;
	}
	return true;
}

/* Clears @over for loans whose function somebody uses through VFIO. When that cannot be told, assume so: a loan is
 * ended on facts only. */
static void except_held(const struct lend_context *context, const struct lend_loan *loans, size_t count, bool *over)
{
	struct lend_holder *holders = calloc(count + 1, sizeof(*holders));
	int *groups = calloc(count + 1, sizeof(*groups));
	bool any = false;
	int r = -1;

	for (size_t i = 0; groups && i < count; i++) {
		struct lend_function function;

		groups[i] = LEND_NO_GROUP;
		if (over[i] && loans[i].state != LEND_LOAN_STUCK &&
		    lend_function_read(context->fs, loans[i].address, &function, NULL) == 0)
			groups[i] = function.iommu_group;
		any |= groups[i] != LEND_NO_GROUP;
	}
	if (groups && holders)
		r = any ? lend_vfio_holders_find(context->fs, groups, count, holders, NULL) : 0;
	for (size_t i = 0; i < count; i++) {
		over[i] = over[i] && r >= 0 && (groups[i] == LEND_NO_GROUP || !holders[i].pid);
		if (holders)
			lend_holder_clear(&holders[i]);
	}
	free(holders);
	free(groups);
}

static bool is_same_domain(const struct lend_loan *a, const struct lend_loan *b)
{
	return a->state == LEND_LOAN_LENT && b->state == LEND_LOAN_LENT && strcmp(a->uuid, b->uuid) == 0;
}

/*
 * A QEMU that was forked and has not yet opened its groups. Each domain's is looked for once. One whose guest runs has
 * opened them, and what it does not hold any more was taken from the guest.
 */
static void except_running(const struct lend_context *context, const struct lend_loan *loans, size_t count, bool *over)
{
	for (size_t i = 0; i < count; i++) {
		bool known = loans[i].started;

		for (size_t j = 0; j < i; j++)
			known |= over[j] && is_same_domain(&loans[j], &loans[i]);
		if (known || !over[i] || loans[i].state != LEND_LOAN_LENT ||
		    !lend_process_find_qemu(context->fs, loans[i].uuid))
			continue;
		for (size_t j = i; j < count; j++)
			over[j] = over[j] && (loans[j].started || !is_same_domain(&loans[i], &loans[j]));
	}
}

void lend_loans_are_over(const struct lend_context *context, const struct lend_loan *loans, size_t count, bool *ret)
{
	for (size_t i = 0; i < count; i++)
		ret[i] = may_be_over(context, &loans[i]);
	except_held(context, loans, count, ret);
	except_running(context, loans, count, ret);
	/* Last: only what seems to be over is worth reading a file of each running domain. */
	for (size_t i = 0; i < count; i++) {
		struct lend_domain_status live;

		ret[i] = ret[i] && lend_loan_find_live(context, &loans[i], &live, NULL) == 0;
	}
}

bool lend_loan_is_over(const struct lend_context *context, const struct lend_loan *loan)
{
	bool over;

	lend_loans_are_over(context, loan, 1, &over);
	return over;
}
