/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions with their IOMMU groups. Each group is listed once, however many of its members were asked for. */
#include "lendpci/know/pci/iommu_group.h"

#include <errno.h>
#include <stdlib.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"

void lend_group_members_clear(struct lend_group_members *members)
{
	free(members->items);
	*members = (struct lend_group_members){ 0 };
}

static bool has(const struct lend_group_members *members, struct lend_address address)
{
	for (size_t i = 0; i < members->count; i++)
		if (lend_address_equal(members->items[i].address, address))
			return true;
	return false;
}

static int add(const struct lend_fs *fs, struct lend_address address, struct lend_group_members *members,
	       struct lend_error *error)
{
	struct lend_function *bigger;
	int r;

	if (has(members, address))
		return 0;
	bigger = reallocarray(members->items, members->count + 1, sizeof(*bigger));
	if (!bigger)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", lend_address_text(address).text);
	members->items = bigger;
	r = lend_function_read(fs, address, &bigger[members->count], error);
	if (r < 0)
		return r;
	members->count++;
	return 0;
}

/* Whether an earlier one than number @which is of the same group, whose members are there already. */
static bool is_listed(const struct lend_group_members *members, size_t which)
{
	for (size_t i = 0; i < which; i++)
		if (members->items[i].iommu_group == members->items[which].iommu_group)
			return true;
	return false;
}

int lend_group_members_read(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
			    struct lend_group_members *ret, struct lend_error *error)
{
	_cleanup_(lend_group_members_clear) struct lend_group_members members = { 0 };
	size_t asked;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = add(fs, functions[i], &members, error);
	asked = members.count;
	for (size_t i = 0; r == 0 && i < asked; i++) {
		_cleanup_(lend_addresses_clear) struct lend_addresses listed = { 0 };
		const int group = members.items[i].iommu_group;

		if (group == LEND_NO_GROUP || is_listed(&members, i))
			continue;
		r = lend_functions_of_group(fs, group, &listed, error);
		for (size_t k = 0; r == 0 && k < listed.count; k++)
			r = add(fs, listed.items[k], &members, error);
	}
	if (r < 0)
		return r;
	*ret = members;
	members = (struct lend_group_members){ 0 };
	return 0;
}
