/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which functions a loan takes. The unit of isolation is the IOMMU group, the unit of a card is the slot. */
#include "lendpci/decide/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/error.h"

void lend_plan_clear(struct lend_plan *plan)
{
	free(plan->functions);
	*plan = (struct lend_plan){ 0 };
}

static bool is_wanted(const struct lend_plan_input *input, struct lend_address address)
{
	for (size_t i = 0; i < input->wanted_count; i++)
		if (lend_address_equal(input->wanted[i], address))
			return true;
	return false;
}

static const struct lend_function *facts_of(const struct lend_plan_input *input, struct lend_address address)
{
	for (size_t i = 0; i < input->function_count; i++)
		if (lend_address_equal(input->functions[i].address, address))
			return &input->functions[i];
	return NULL;
}

static int check_wanted(const struct lend_function *function, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(function->address);

	if (function->iommu_group == LEND_NO_GROUP) {
		lend_error_set(error, -ENOTSUP,
			       "%s: it is in no IOMMU group: a VM with it could write to all of the host's memory",
			       name.text);
		return lend_error_hint(
			error, -ENOTSUP,
			"switch on VT-d or AMD-Vi in the firmware and, on Intel, boot with intel_iommu=on");
	}
	if (lend_function_is_bridge(function))
		return lend_error_set(error, -ENOTSUP,
				      "%s: a bridge (class %06x) cannot be lent, only what is behind it", name.text,
				      function->class);
	return 0;
}

/* Whether @member has to go with @wanted, which shares its group. Returns 1, 0, or the refusal. */
static int goes_along(const struct lend_plan_input *input, const struct lend_function *wanted,
		      const struct lend_function *member, struct lend_error *error)
{
	if (lend_function_is_bridge(member))
		return 0;
	if (lend_address_same_slot(member->address, wanted->address))
		return 1;
	/* vfio-pci holds a member for a VM as safely as no driver does. */
	if (!*member->driver || strcmp(member->driver, "vfio-pci") == 0)
		return 0;
	if (input->take_group)
		return 1;

	lend_error_set(error, -EBUSY, "%s: its IOMMU group %d also holds %s, which the host uses through %s",
		       lend_address_text(wanted->address).text, wanted->iommu_group,
		       lend_address_text(member->address).text, member->driver);
	return lend_error_hint(
		error, -EBUSY,
		"plug the card into a slot with a group of its own, or take the whole group with 'lendpci assign --take-group'");
}

/* Whether @function goes: 1 when it was asked for, 2 as a companion, 0 when it stays, or the refusal. */
static int decide_one(const struct lend_plan_input *input, const struct lend_function *function,
		      struct lend_error *error)
{
	int decision = 0;

	if (is_wanted(input, function->address)) {
		int r = check_wanted(function, error);

		return r < 0 ? r : 1;
	}
	for (size_t i = 0; i < input->wanted_count; i++) {
		const struct lend_function *wanted = facts_of(input, input->wanted[i]);
		int r;

		if (!wanted || wanted->iommu_group == LEND_NO_GROUP || wanted->iommu_group != function->iommu_group)
			continue;
		r = goes_along(input, wanted, function, error);
		if (r < 0)
			return r;
		if (r > 0)
			decision = 2;
	}
	return decision;
}

static int compare_functions(const void *a, const void *b)
{
	const struct lend_plan_function *left = a, *right = b;

	return lend_address_compare(left->facts.address, right->facts.address);
}

int lend_plan_make(const struct lend_plan_input *input, struct lend_plan *ret, struct lend_error *error)
{
	struct lend_plan plan = { 0 };

	plan.functions = calloc(input->function_count ? input->function_count : 1, sizeof(*plan.functions));
	if (!plan.functions)
		return lend_error_set(error, -ENOMEM, "out of memory for a plan of %zu functions",
				      input->function_count);

	for (size_t i = 0; i < input->function_count; i++) {
		int decision = decide_one(input, &input->functions[i], error);

		if (decision < 0) {
			lend_plan_clear(&plan);
			return decision;
		}
		if (decision > 0)
			plan.functions[plan.count++] =
				(struct lend_plan_function){ input->functions[i], .companion = decision == 2 };
	}
	qsort(plan.functions, plan.count, sizeof(*plan.functions), compare_functions);
	*ret = plan;
	return 0;
}
