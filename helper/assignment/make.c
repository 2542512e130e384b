/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From DEVICE arguments to what goes into a definition: facts from the host, decisions from the core. */
#include "assignment/make.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/act/find_card.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/decide/companion.h"
#include "lendpci/decide/edit/edit.h"
#include "lendpci/decide/mmio/need.h"
#include "lendpci/decide/plan.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/firmware.h"
#include "lendpci/know/domain/guest.h"
#include "lendpci/know/domain/template.h"
#include "lendpci/know/host/address_width.h"
#include "lendpci/know/pci/bars.h"
#include "lendpci/know/pci/capabilities.h"
#include "lendpci/know/pci/iommu_group.h"
#include "lendpci/know/pci/location_path.h"

enum { FUNCTIONS_OF_SLOT = 8 };

static int out_of_memory(struct lend_error *error)
{
	return lend_error_set(error, -ENOMEM, "out of memory for an assignment");
}

void lend_assignment_clear(struct lend_assignment *assignment)
{
	for (size_t i = 0; i < assignment->count; i++)
		free(assignment->functions[i].location_path);
	free(assignment->functions);
	*assignment = (struct lend_assignment){ 0 };
}

static int add_once(struct lend_addresses *addresses, struct lend_address address, struct lend_error *error)
{
	if (lend_addresses_contain(addresses, address) || lend_addresses_add(addresses, address) == 0)
		return 0;
	return out_of_memory(error);
}

static bool has(const struct lend_assignment *assignment, struct lend_address address)
{
	for (size_t i = 0; i < assignment->count; i++)
		if (lend_address_equal(assignment->functions[i].facts.address, address))
			return true;
	return false;
}

static int add(const struct lend_fs *fs, struct lend_assignment *assignment, const struct lend_function *facts,
	       const struct lend_function *gpu, const char *companion, struct lend_error *error)
{
	struct lend_capabilities capabilities;
	struct lend_assigned *bigger;
	char path[LEND_LOCATION_MAX];
	int r;

	if (has(assignment, facts->address))
		return 0;
	r = lend_capabilities_read(fs, facts->address, &capabilities, error);
	if (r < 0)
		return r;
	bigger = reallocarray(assignment->functions, assignment->count + 1, sizeof(*bigger));
	if (!bigger)
		return out_of_memory(error);
	assignment->functions = bigger;
	bigger += assignment->count;
	*bigger = (struct lend_assigned){
		.facts = *facts,
		.gpu = gpu->address,
		.companion = companion,
		.serial = capabilities.serial,
	};
	if (lend_location_path(fs, facts->address, path, sizeof(path), NULL) == 0) {
		bigger->location_path = strdup(path);
		if (!bigger->location_path)
			return out_of_memory(error);
	}
	assignment->count++;
	return 0;
}

/* A graphics card's own audio and USB-C functions. */
static int add_companions(const struct lend_fs *fs, struct lend_assignment *assignment, const struct lend_function *gpu,
			  struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses slot = { 0 };
	int r;

	if (!lend_function_is_gpu(gpu))
		return 0;
	r = lend_functions_of_slot(fs, gpu->address, &slot, error);
	for (size_t i = 0; r == 0 && i < slot.count; i++) {
		struct lend_function sibling;
		const char *companion;

		r = lend_function_read(fs, slot.items[i], &sibling, error);
		companion = r == 0 ? lend_companion_kind(gpu, &sibling) : NULL;
		if (companion)
			r = add(fs, assignment, &sibling, gpu, companion, error);
	}
	return r;
}

/* Whether the host can part with them: the plan that a start would make. */
static int check_plan(const struct lend_fs *fs, const struct lend_assignment *assignment, bool take_group,
		      struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	_cleanup_(lend_plan_clear) struct lend_plan plan = { 0 };
	_cleanup_(lend_group_members_clear) struct lend_group_members members = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < assignment->count; i++)
		r = add_once(&wanted, assignment->functions[i].facts.address, error);
	if (r == 0)
		r = lend_group_members_read(fs, wanted.items, wanted.count, &members, error);
	if (r < 0)
		return r;
	return lend_plan_make(&(struct lend_plan_input){ .wanted = wanted.items,
							 .wanted_count = wanted.count,
							 .functions = members.items,
							 .function_count = members.count,
							 .take_group = take_group },
			      &plan, error);
}

static int compare_assigned(const void *a, const void *b)
{
	const struct lend_assigned *left = a, *right = b;

	return lend_address_compare(left->facts.address, right->facts.address);
}

int lend_assignment_make(const struct lend_fs *fs, const struct lend_addresses *wanted, bool take_group,
			 struct lend_assignment *ret, struct lend_error *error)
{
	_cleanup_(lend_assignment_clear) struct lend_assignment assignment = { 0 };
	size_t asked;
	int r;

	for (size_t i = 0; i < wanted->count; i++) {
		struct lend_function facts;

		r = lend_function_read(fs, wanted->items[i], &facts, error);
		if (r == 0)
			r = add(fs, &assignment, &facts, &facts, NULL, error);
		if (r < 0)
			return r;
	}
	asked = assignment.count;
	for (size_t i = 0; i < asked; i++) {
		/* By value: the array moves as it grows. */
		const struct lend_function gpu = assignment.functions[i].facts;

		r = add_companions(fs, &assignment, &gpu, error);
		if (r < 0)
			return r;
	}
	r = check_plan(fs, &assignment, take_group, error);
	if (r < 0)
		return r;
	qsort(assignment.functions, assignment.count, sizeof(*assignment.functions), compare_assigned);
	*ret = assignment;
	assignment = (struct lend_assignment){ 0 };
	return 0;
}

/* Sums up the functions of the slot that begins at @sorted[*at], and moves @at behind them. */
static int sum_slot(const struct lend_fs *fs, const struct lend_addresses *sorted, size_t *at,
		    struct lend_mmio_need *ret, struct lend_error *error)
{
	struct lend_bars bars[FUNCTIONS_OF_SLOT];
	struct lend_address slot = sorted->items[*at];
	size_t count = 0;

	for (; *at < sorted->count && lend_address_same_slot(sorted->items[*at], slot); (*at)++) {
		int r;

		if (!lend_fs_exists(fs, lend_function_path(sorted->items[*at], "").text))
			continue;
		r = lend_bars_read(fs, sorted->items[*at], &bars[count], error);
		if (r < 0)
			return r;
		count++;
	}
	*ret = lend_mmio_of_device(bars, count);
	return 0;
}

static int sum_devices(const struct lend_fs *fs, const struct lend_addresses *functions, struct lend_mmio_need **ret,
		       size_t *ret_count, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses sorted = { 0 };
	_cleanup_free_ struct lend_mmio_need *needs = NULL;
	size_t count = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < functions->count; i++)
		r = add_once(&sorted, functions->items[i], error);
	if (r < 0)
		return r;
	needs = calloc(sorted.count + 1, sizeof(*needs));
	if (!needs)
		return out_of_memory(error);
	if (sorted.count)
		qsort(sorted.items, sorted.count, sizeof(*sorted.items), lend_address_compare_qsort);
	for (size_t at = 0; at < sorted.count;) {
		r = sum_slot(fs, &sorted, &at, &needs[count++], error);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(needs);
	*ret_count = count;
	return 0;
}

int lend_assignment_window(const struct lend_fs *fs, const struct lend_addresses *functions,
			   const struct lend_assign_options *options, const char *xml, size_t size,
			   struct lend_window_plan *ret, struct lend_error *error)
{
	_cleanup_free_ struct lend_mmio_need *needs = NULL;
	struct lend_address_width host;
	struct lend_window_facts facts = { .host = &host, .libvirt = options->libvirt };
	struct lend_guest guest;
	int r;

	r = lend_guest_parse(xml, size, &guest, error);
	if (r == 0)
		r = sum_devices(fs, functions, &needs, &facts.count, error);
	if (r < 0)
		return r;
	lend_address_width_read(fs, &host);
	facts.devices = needs;
	facts.guest = &guest;
	facts.firmware = lend_firmware_release(fs, &guest);
	facts.low = options->mmio_low ? options->mmio_low : guest.mmio_low;
	facts.high = options->mmio_high ? options->mmio_high : guest.mmio_high;
	r = lend_window_decide(&facts, ret, error);
	if (r < 0)
		return r;
	/* What QEMU takes anyway, written down: another machine type or QEMU must not take less under a card's feet. */
	if (facts.count && guest.x86 && !guest.pcihole64 && !ret->set.pcihole64)
		ret->set.pcihole64 = lend_window_default_hole(&guest);
	return 0;
}

int lend_assignment_of_domain(const struct lend_domain *domain, struct lend_addresses *ret, struct lend_error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < domain->hostdev_count; i++)
		r = add_once(ret, domain->hostdevs[i].source, error);
	for (size_t i = 0; r == 0 && i < domain->policy.count; i++)
		r = add_once(ret, domain->policy.devices[i].address, error);
	return r;
}

int lend_assignment_moves(const struct lend_fs *fs, const struct lend_policy *policy, struct lend_edit_move **ret,
			  size_t *ret_count, struct lend_error *ret_problem, struct lend_error *error)
{
	struct lend_edit_move *moves = calloc(policy->count + 1, sizeof(*moves));
	struct lend_error first = { 0 };
	size_t count = 0;

	if (!moves)
		return out_of_memory(error);
	for (size_t i = 0; i < policy->count; i++) {
		const struct lend_address from = policy->devices[i].address;
		struct lend_error problem = { 0 };
		struct lend_address now;

		if (lend_find_card(fs, &policy->devices[i], &now, &problem) == 0) {
			if (!lend_address_equal(from, now))
				moves[count++] = (struct lend_edit_move){ from, now };
		} else if (!*first.text) {
			first = problem;
		}
	}
	if (ret_problem)
		*ret_problem = first;
	*ret = moves;
	*ret_count = count;
	return 0;
}

/* What @domain has, as it is numbered now. */
static int follow(const struct lend_fs *fs, const struct lend_domain *domain, struct lend_edit_move **ret_moves,
		  size_t *ret_count, struct lend_addresses *all, struct lend_error *error)
{
	int r;

	r = lend_assignment_moves(fs, &domain->policy, ret_moves, ret_count, NULL, error);
	if (r == 0)
		r = lend_assignment_of_domain(domain, all, error);
	for (size_t i = 0; r == 0 && i < all->count; i++)
		for (size_t k = 0; k < *ret_count; k++)
			if (lend_address_equal(all->items[i], (*ret_moves)[k].from)) {
				all->items[i] = (*ret_moves)[k].to;
				break;
			}
	return r;
}

static struct lend_policy_device policy_of(const struct lend_assigned *function)
{
	return (struct lend_policy_device){
		.address = function->facts.address,
		.location_path = function->location_path,
		.vendor = function->facts.vendor,
		.device = function->facts.device,
		.subsystem_vendor = function->facts.subsystem_vendor,
		.subsystem_device = function->facts.subsystem_device,
		.serial = function->serial,
	};
}

int lend_assignment_inject(const struct lend_fs *fs, const struct lend_assignment *assignment,
			   const struct lend_assign_options *options, const struct lend_domain *domain, const char *xml,
			   size_t size, char **ret, struct lend_injection *ret_injection, struct lend_error *error)
{
	_cleanup_(lend_templates_freep) struct lend_templates *templates = NULL;
	_cleanup_(lend_addresses_clear) struct lend_addresses all = { 0 };
	_cleanup_free_ struct lend_policy_device *devices = NULL;
	_cleanup_free_ struct lend_edit_move *moves = NULL;
	struct lend_edit_request request = {
		.count = assignment->count,
		.take_group = options->take_group,
		.mmio_low = options->mmio_low,
		.mmio_high = options->mmio_high,
		.libvirt = options->libvirt,
	};
	int r = 0;

	devices = calloc(assignment->count + 1, sizeof(*devices));
	if (!devices)
		return out_of_memory(error);
	if (domain)
		r = follow(fs, domain, &moves, &request.move_count, &all, error);
	request.moves = moves;
	for (size_t i = 0; r == 0 && i < assignment->count; i++) {
		devices[i] = policy_of(&assignment->functions[i]);
		r = add_once(&all, devices[i].address, error);
	}
	request.devices = devices;

	if (r == 0)
		r = lend_assignment_window(fs, &all, options, xml, size, &ret_injection->room, error);
	if (r == 0)
		r = lend_templates_load(fs, &templates, error);
	if (r < 0)
		return r;
	request.window = ret_injection->room.set;
	return lend_edit_inject(xml, size, &request, templates, ret, &ret_injection->report, error);
}
