/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lendpci/know/pci/function.h"

struct lend_error;
struct lend_fs;

/** Functions, and all that shares their IOMMU groups: what a plan looks at. Each is there once. */
struct lend_group_members {
	struct lend_function *items;
	size_t count;
};
void lend_group_members_clear(struct lend_group_members *members);

/**
 * Reads @count functions, which come first in @ret and in this order, and every other member of their groups. Errors of
 * lend_function_read(). @ret is untouched on failure.
 */
int lend_group_members_read(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
			    struct lend_group_members *ret, struct lend_error *error);
