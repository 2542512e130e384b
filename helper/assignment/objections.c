/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reasons against an assignment: the host's verdict, and saved states. */
#include "assignment/objections.h"

#include <errno.h>
#include <string.h>

#include "assignment/make.h"
#include "cli/message.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/decide/nvlink.h"
#include "lendpci/decide/verdict.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/holders/find.h"
#include "lendpci/know/holders/kernel_users.h"
#include "lendpci/know/pci/device.h"
#include "lendpci/know/pci/inventory.h"
#include "libvirt/connection.h"

/* All that is known of the host, for judging several functions. */
struct judge {
	const struct lend_fs *fs;
	const struct lend_inventory *inventory;
	const struct lend_plan *plan;
	struct lend_holders holders;
	bool take_group;
	bool before_start; /* only what can be mended now is told: the rest was when it was assigned */
	const char *subject;
};

static void judge_clear(struct judge *judge)
{
	lend_holders_clear(&judge->holders);
}

static int list_functions(const struct lend_plan *plan, struct lend_addresses *ret, struct lend_error *error)
{
	for (size_t i = 0; i < plan->count; i++)
		if (lend_addresses_add(ret, plan->functions[i].facts.address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for an assignment");
	return 0;
}

/* Whether the VM gets switches of an NVLink fabric along: its own fabric manager sets the links up. */
static bool has_fabric(const struct lend_plan *plan)
{
	bool has_switch = false, has_gpu = false;

	for (size_t i = 0; i < plan->count; i++) {
		has_switch |= lend_nvlink_is_switch(&plan->functions[i].facts);
		has_gpu |= lend_nvlink_is_gpu(&plan->functions[i].facts);
	}
	return has_switch && has_gpu;
}

/* Whether @function goes along with one of its slot that was asked for, and its users have been told with that. */
static bool is_told_with_another(const struct lend_plan *plan, const struct lend_plan_function *function)
{
	for (size_t i = 0; function->companion && i < plan->count; i++)
		if (!plan->functions[i].companion &&
		    lend_address_same_slot(plan->functions[i].facts.address, function->facts.address))
			return true;
	return false;
}

/* A reason against @function, the assignment's or what goes along with it. */
static int object(const struct judge *judge, const struct lend_plan_function *function,
		  const struct lend_reason *reason, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(function->facts.address);

	if (reason->severity != LEND_SEVERITY_ERROR || (judge->take_group && strcmp(reason->code, "group-shared") == 0))
		return 0;
	if (reason->passing) {
		if (strcmp(reason->code, "in-use") != 0 || !is_told_with_another(judge->plan, function))
			lend_warn(judge->subject, reason->hint, "%s: %s", name.text, reason->text);
		return 0;
	}
	lend_error_set(error, -ENOTSUP, "%s: %s", name.text, reason->text);
	return lend_error_hint(error, -ENOTSUP, "%s", reason->hint);
}

/* What lending @function costs, of all that the survey says of it. */
static int tell_cost(const struct judge *judge, const struct lend_plan_function *function,
		     const struct lend_reason *reason, struct lend_error *error)
{
	(void)error;
	if (reason->costs && (!judge->before_start || reason->passing) &&
	    (strcmp(reason->code, "nvlink-fabric") != 0 || !has_fabric(judge->plan)))
		lend_warn(judge->subject, reason->hint, "%s: %s", lend_address_text(function->facts.address).text,
			  reason->text);
	return 0;
}

typedef int reason_fn(const struct judge *judge, const struct lend_plan_function *function,
		      const struct lend_reason *reason, struct lend_error *error);

static int judge_one(const struct judge *judge, const struct lend_plan_function *function, reason_fn *each,
		     struct lend_error *error)
{
	_cleanup_(lend_device_clear) struct lend_device device = { 0 };
	struct lend_verdict verdict;
	int r;

	r = lend_device_read(judge->fs, judge->inventory, function->facts.address, &device, error);
	if (r < 0)
		return r;
	lend_verdict_evaluate(&device, judge->inventory, &judge->holders, &verdict);
	for (size_t i = 0; r == 0 && i < verdict.count; i++)
		r = each(judge, function, &verdict.reasons[i], error);
	return r;
}

static int judge_all(const struct judge *judge, reason_fn *each, struct lend_error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < judge->plan->count; i++)
		r = judge_one(judge, &judge->plan->functions[i], each, error);
	return r;
}

static void tell_what_goes_along(const struct lend_plan *plan, const char *subject)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct lend_function *facts = &plan->functions[i].facts;
		const bool is_the_hosts = *facts->driver && strcmp(facts->driver, "vfio-pci") != 0;

		if (plan->functions[i].companion)
			lend_tell(subject, NULL, "%s: goes along, as its IOMMU group %d demands%s%s",
				  lend_address_text(facts->address).text, facts->iommu_group,
				  is_the_hosts ? "; the host has it now, through " : "",
				  is_the_hosts ? facts->driver : "");
	}
}

int lend_objections_to_assignment(const struct lend_fs *fs, const struct lend_assignment *assignment, bool take_group,
				  const char *subject, struct lend_error *error)
{
	_cleanup_(judge_clear) struct judge judge = { .fs = fs,
						      .inventory = &assignment->inventory,
						      .plan = &assignment->plan,
						      .take_group = take_group,
						      .subject = subject };
	_cleanup_(lend_addresses_clear) struct lend_addresses functions = { 0 };
	int r;

	r = list_functions(judge.plan, &functions, error);
	if (r == 0)
		r = lend_holders_find(fs, functions.items, functions.count, &judge.holders, error);
	return r == 0 ? judge_all(&judge, object, error) : r;
}

static int tell_costs(struct judge *judge, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses functions = { 0 };
	int r;

	r = list_functions(judge->plan, &functions, error);
	/* Of who uses them, those inside the kernel: all others have been asked about already. */
	if (r == 0)
		r = lend_kernel_users_find(judge->fs, functions.items, functions.count, &judge->holders.in_kernel,
					   error);
	return r == 0 ? judge_all(judge, tell_cost, error) : r;
}

int lend_costs_of_assignment(const struct lend_fs *fs, const struct lend_assignment *assignment, const char *subject,
			     struct lend_error *error)
{
	_cleanup_(judge_clear) struct judge judge = {
		.fs = fs, .inventory = &assignment->inventory, .plan = &assignment->plan, .subject = subject
	};

	tell_what_goes_along(&assignment->plan, subject);
	return tell_costs(&judge, error);
}

int lend_costs_of_start(const struct lend_fs *fs, const struct lend_plan *plan, const char *subject,
			struct lend_error *error)
{
	_cleanup_(lend_inventory_clear) struct lend_inventory inventory = { 0 };
	_cleanup_(judge_clear) struct judge judge = {
		.fs = fs, .inventory = &inventory, .plan = plan, .before_start = true, .subject = subject
	};
	int r;

	r = lend_inventory_read(fs, &inventory, error);
	return r < 0 ? r : tell_costs(&judge, error);
}

int lend_objections_to_drives(const struct lend_domain *domain, const struct lend_assignment *assignment,
			      struct lend_error *error)
{
	for (size_t i = 0; i < assignment->count; i++) {
		const struct lend_address address = assignment->functions[i].facts.address;

		if (!lend_addresses_contain(&domain->drives, address))
			continue;
		lend_error_set(error, -EEXIST, "%s: the VM has it as a disk already: <disk type='nvme'>",
			       lend_address_text(address).text);
		return lend_error_hint(
			error, -EEXIST,
			"it is lent as that, too; to have the whole drive in the guest, remove the disk with 'virsh edit %s' first",
			lend_text_shell_quote(domain->name).text);
	}
	return 0;
}

int lend_objections_to_saved_state(struct lend_libvirt_domain *domain, const char *name, struct lend_error *error)
{
	if (!lend_libvirt_has_saved_state(domain))
		return 0;
	lend_error_set(
		error, -ENOTSUP,
		"it has a saved state from before, without its devices: a start is refused until that is dropped");
	return lend_error_hint(error, -ENOTSUP,
			       "'virsh managedsave-remove %s' drops it, 'virsh start --force-boot %s' too",
			       lend_text_shell_quote(name).text, lend_text_shell_quote(name).text);
}
