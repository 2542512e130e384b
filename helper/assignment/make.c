/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From DEVICE arguments to the functions that are assigned: the devices, their companions, and whether a start could
 * plan with them. */
#include "assignment/make.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/decide/companion.h"
#include "lendpci/decide/plan.h"
#include "lendpci/know/pci/capabilities.h"
#include "lendpci/know/pci/device.h"
#include "lendpci/know/pci/location_path.h"

static int out_of_memory(struct lend_error *error)
{
	return lend_error_set(error, -ENOMEM, "out of memory for an assignment");
}

void lend_assignment_clear(struct lend_assignment *assignment)
{
	for (size_t i = 0; i < assignment->count; i++)
		free(assignment->functions[i].location_path);
	free(assignment->functions);
	lend_inventory_clear(&assignment->inventory);
	lend_plan_clear(&assignment->plan);
	*assignment = (struct lend_assignment){ 0 };
}

static int add_once(struct lend_addresses *addresses, struct lend_address address, struct lend_error *error)
{
	return lend_addresses_add_once(addresses, address) == 0 ? 0 : out_of_memory(error);
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

/* The facts of @address from the inventory; where it has none, the reason why. */
static int find(const struct lend_fs *fs, const struct lend_assignment *assignment, struct lend_address address,
		struct lend_function *ret, struct lend_error *error)
{
	const struct lend_function *known = lend_inventory_find(&assignment->inventory, address);

	if (!known)
		return lend_function_read(fs, address, ret, error);
	*ret = *known;
	return 0;
}

static int add_parts(const struct lend_fs *fs, struct lend_assignment *assignment, const struct lend_function *gpu,
		     struct lend_error *error)
{
	_cleanup_(lend_device_clear) struct lend_device device = { 0 };
	int r;

	r = lend_device_read(fs, &assignment->inventory, gpu->address, &device, error);
	for (size_t i = 0; r == 0 && i < device.parts.count; i++) {
		const struct lend_function *part = lend_inventory_find(&assignment->inventory, device.parts.items[i]);
		const char *companion = part ? lend_companion_kind(gpu, part) : NULL;

		if (companion)
			r = add(fs, assignment, part, gpu, companion, error);
	}
	return r;
}

/* A graphics card's own audio and USB-C functions: in its slot, or elsewhere on the card. */
static int add_companions(const struct lend_fs *fs, struct lend_assignment *assignment, const struct lend_function *gpu,
			  struct lend_error *error)
{
	const struct lend_function *bus;
	size_t count;
	int r = 0;

	if (!lend_function_is_gpu(gpu))
		return 0;
	bus = lend_inventory_bus(&assignment->inventory, gpu->address, &count);
	for (size_t i = 0; r == 0 && i < count; i++) {
		const char *companion =
			lend_address_same_slot(bus[i].address, gpu->address) ? lend_companion_kind(gpu, &bus[i]) : NULL;

		if (companion)
			r = add(fs, assignment, &bus[i], gpu, companion, error);
	}
	return r == 0 ? add_parts(fs, assignment, gpu, error) : r;
}

static bool is_member(const struct lend_function *members, size_t count, struct lend_address address)
{
	for (size_t i = 0; i < count; i++)
		if (lend_address_equal(members[i].address, address))
			return true;
	return false;
}

/* Whether the host can part with them: the plan that a start would make, of them and what shares their groups. */
static int make_plan(struct lend_assignment *assignment, bool take_group, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	_cleanup_free_ struct lend_function *members = NULL;
	size_t count = 0;
	int r = 0;

	members = calloc(assignment->inventory.count + assignment->count + 1, sizeof(*members));
	if (!members)
		return out_of_memory(error);
	for (size_t i = 0; r == 0 && i < assignment->count; i++) {
		members[count++] = assignment->functions[i].facts;
		r = add_once(&wanted, assignment->functions[i].facts.address, error);
	}
	for (size_t i = 0; i < assignment->count; i++) {
		size_t shared;
		const struct lend_function *const *group = lend_inventory_group(
			&assignment->inventory, assignment->functions[i].facts.iommu_group, &shared);

		for (size_t k = 0; k < shared; k++)
			if (!is_member(members, count, group[k]->address))
				members[count++] = *group[k];
	}
	if (r < 0)
		return r;
	return lend_plan_make(&(struct lend_plan_input){ .wanted = wanted.items,
							 .wanted_count = wanted.count,
							 .functions = members,
							 .function_count = count,
							 .take_group = take_group },
			      &assignment->plan, error);
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

	r = lend_inventory_read(fs, &assignment.inventory, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < wanted->count; i++) {
		struct lend_function facts;

		r = find(fs, &assignment, wanted->items[i], &facts, error);
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
	r = make_plan(&assignment, take_group, error);
	if (r < 0)
		return r;
	qsort(assignment.functions, assignment.count, sizeof(*assignment.functions), compare_assigned);
	*ret = assignment;
	assignment = (struct lend_assignment){ 0 };
	return 0;
}
