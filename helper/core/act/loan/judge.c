/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What survey says against a function is said against its loan: the same rules, the same sentences.
 *
 * The kernel wakes a card that sleeps before it reads its configuration space, and its driver may hang in that: so this
 * is done in a child.
 */
#include "judge.h"

#include <errno.h>
#include <string.h>

#include "lendpci/act/context.h"
#include "lendpci/act/isolate.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/decide/plan.h"
#include "lendpci/decide/verdict.h"
#include "lendpci/know/holders/list.h"
#include "lendpci/know/pci/device.h"
#include "lendpci/know/pci/inventory.h"

/* The group is the plan's business, which knows whether all of it was asked for. */
static bool is_decided_elsewhere(const struct lend_reason *reason)
{
	return reason->severity != LEND_SEVERITY_ERROR || strcmp(reason->code, "group-shared") == 0;
}

static int judge_one(const struct lend_fs *fs, const struct lend_inventory *inventory, struct lend_address address,
		     struct lend_error *error)
{
	static const struct lend_holders nobody = { 0 };
	_cleanup_(lend_device_clear) struct lend_device device = { 0 };
	struct lend_verdict verdict;
	int r;

	r = lend_device_read(fs, inventory, address, &device, error);
	if (r < 0)
		return r;
	lend_verdict_evaluate(&device, inventory, &nobody, &verdict);
	for (size_t i = 0; i < verdict.count; i++) {
		const struct lend_reason *reason = &verdict.reasons[i];

		if (is_decided_elsewhere(reason))
			continue;
		r = reason->passing ? -EBUSY : -ENOTSUP;
		lend_error_set(error, r, "%s: %s", lend_address_text(address).text, reason->text);
		return lend_error_hint(error, r, "%s", reason->hint);
	}
	return 0;
}

static int judge_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			  struct lend_error *error)
{
	_cleanup_(lend_inventory_clear) struct lend_inventory inventory = { 0 };
	const struct lend_addresses *functions = input;
	int r;

	(void)output;
	lend_progress_doing(progress, "reading its configuration space");
	r = lend_inventory_read_around(fs, functions->items, functions->count, &inventory, error);
	for (size_t i = 0; r == 0 && i < functions->count; i++)
		r = judge_one(fs, &inventory, functions->items[i], error);
	return r;
}

int lend_loan_judge(const struct lend_context *context, const struct lend_plan *plan, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses functions = { 0 };

	for (size_t i = 0; i < plan->count; i++)
		if (lend_addresses_add(&functions, plan->functions[i].facts.address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the functions to judge");
	if (!functions.count)
		return 0;
	return lend_isolate(context->fs, lend_address_text(functions.items[0]).text, LEND_WAKE_MS, judge_in_child,
			    &functions, NULL, 0, NULL, error);
}
