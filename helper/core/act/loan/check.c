/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything that is checked before a loan changes anything. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "borrower.h"
#include "check.h"
#include "is_over.h"
#include "judge.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/holders/vfio.h"
#include "lendpci/know/pci/iommu_group.h"
#include "preview.h"
#include "users.h"

static int refuse_without_iommu(const struct lend_request *request, struct lend_error *error)
{
	lend_error_set(error, -ENOTSUP, "%s: cannot be lent: the host's IOMMU is off",
		       lend_address_text(request->wanted[0]).text);
	return lend_error_hint(error, -ENOTSUP,
			       "switch on VT-d or AMD-Vi in the firmware and, on Intel, boot with intel_iommu=on");
}

static int refuse_on_loan(const struct lend_context *context, const struct lend_function *function,
			  const struct lend_loan *loan, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(loan->address);
	_cleanup_(lend_holder_clear) struct lend_holder holder = { 0 };

	if (loan->state == LEND_LOAN_STUCK) {
		lend_error_set(error, -EBUSY, "%s: its host driver does not let go: %s", name.text, loan->why);
		return lend_error_hint(error, -EBUSY, "close what uses the device, then 'lendpci reconcile'");
	}
	if (lend_vfio_holders_find(context->fs, &function->iommu_group, 1, &holder, NULL) > 0)
		lend_error_set(error, -EBUSY, "%s: on loan to %s (pid %d)", name.text, lend_loan_borrower(loan),
			       holder.pid);
	else
		lend_error_set(error, -EBUSY, "%s: on loan to %s", name.text, lend_loan_borrower(loan));
	return lend_error_hint(error, -EBUSY, "shut that VM down first; 'lendpci status' tells who has what");
}

/* Nobody else's loan: none, one's own, one by hand, or one whose borrower is gone. */
static int check_loan(const struct lend_context *context, const struct lend_request *request,
		      const struct lend_function *function, struct lend_error *error)
{
	struct lend_loan loan;
	int r;

	r = lend_journal_read(context->fs, function->address, &loan, NULL, error);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	/* The card that was lent is gone: its entry says nothing of this one. */
	if (loan.vendor != function->vendor || loan.device != function->device)
		return 0;
	if (loan.state == LEND_LOAN_STUCK && lend_process_is_alive(context->fs, &loan.hanging))
		return refuse_on_loan(context, function, &loan, error);
	if (request->uuid && strcmp(loan.uuid, request->uuid) == 0)
		return 0;
	if (!*loan.uuid && request->uuid)
		return 0;
	return lend_loan_is_over(context, &loan) ? 0 : refuse_on_loan(context, function, &loan, error);
}

int lend_loan_plan(const struct lend_context *context, const struct lend_request *request, struct lend_plan *ret,
		   struct lend_error *error)
{
	_cleanup_(lend_group_members_clear) struct lend_group_members members = { 0 };
	_cleanup_(lend_plan_clear) struct lend_plan plan = { 0 };
	struct lend_plan_input input = {
		.wanted = request->wanted,
		.wanted_count = request->wanted_count,
		.take_group = request->take_group,
	};
	int r;

	r = lend_group_members_read(context->fs, request->wanted, request->wanted_count, &members, error);
	if (r < 0)
		return r;
	if (!lend_host_has_iommu(context->fs))
		return refuse_without_iommu(request, error);
	input.functions = members.items;
	input.function_count = members.count;
	r = lend_plan_make(&input, &plan, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < plan.count; i++) {
		r = check_loan(context, request, &plan.functions[i].facts, error);
		if (r < 0)
			return r;
	}
	*ret = plan;
	plan = (struct lend_plan){ 0 };
	return 0;
}

int lend_loan_check(const struct lend_context *context, const struct lend_request *request, struct lend_plan *ret,
		    struct lend_preview *ret_preview, struct lend_error *error)
{
	_cleanup_(lend_plan_clear) struct lend_plan plan = { 0 };
	struct lend_to_stop to_stop;
	int r;

	r = lend_loan_plan(context, request, &plan, error);
	if (r < 0)
		return r;
	r = lend_loan_judge(context, &plan, error);
	if (r >= 0)
		r = lend_loan_check_users(context, request, &plan, &to_stop, error);
	if (r >= 0 && ret_preview)
		r = lend_preview_make(context, request, &plan, &to_stop, ret_preview, error);
	if (r < 0)
		return r;
	if (ret) {
		*ret = plan;
		plan = (struct lend_plan){ 0 };
	}
	return 0;
}
