/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions with their IOMMU groups. Each group is listed once, however many of its members were asked for. */
#include "lendpci/know/pci/iommu_group.h"

#include <errno.h>
#include <stdlib.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"

void lend_neighbours_clear(struct lend_neighbours *neighbours)
{
	free(neighbours->items);
	*neighbours = (struct lend_neighbours){ 0 };
}

static bool has(const struct lend_neighbours *neighbours, struct lend_address address)
{
	for (size_t i = 0; i < neighbours->count; i++)
		if (lend_address_equal(neighbours->items[i].address, address))
			return true;
	return false;
}

static int add(const struct lend_fs *fs, struct lend_address address, struct lend_neighbours *neighbours,
	       struct lend_error *error)
{
	struct lend_function *bigger;
	int r;

	if (has(neighbours, address))
		return 0;
	bigger = reallocarray(neighbours->items, neighbours->count + 1, sizeof(*bigger));
	if (!bigger)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", lend_address_text(address).text);
	neighbours->items = bigger;
	r = lend_function_read(fs, address, &bigger[neighbours->count], error);
	if (r < 0)
		return r;
	neighbours->count++;
	return 0;
}

/* Whether an earlier one than number @which is of the same group, whose members are there already. */
static bool is_listed(const struct lend_neighbours *neighbours, size_t which)
{
	for (size_t i = 0; i < which; i++)
		if (neighbours->items[i].iommu_group == neighbours->items[which].iommu_group)
			return true;
	return false;
}

int lend_neighbours_read(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
			 struct lend_neighbours *ret, struct lend_error *error)
{
	_cleanup_(lend_neighbours_clear) struct lend_neighbours neighbours = { 0 };
	size_t asked;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = add(fs, functions[i], &neighbours, error);
	asked = neighbours.count;
	for (size_t i = 0; r == 0 && i < asked; i++) {
		_cleanup_(lend_addresses_clear) struct lend_addresses members = { 0 };
		const int group = neighbours.items[i].iommu_group;

		if (group == LEND_NO_GROUP || is_listed(&neighbours, i))
			continue;
		r = lend_functions_of_group(fs, group, &members, error);
		for (size_t k = 0; r == 0 && k < members.count; k++)
			r = add(fs, members.items[k], &neighbours, error);
	}
	if (r < 0)
		return r;
	*ret = neighbours;
	neighbours = (struct lend_neighbours){ 0 };
	return 0;
}
