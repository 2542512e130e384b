/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lendpci/know/pci/function.h"

struct lend_error;
struct lend_fs;

/** Functions, and all that shares their IOMMU groups: what a plan looks at. Each is there once. */
struct lend_neighbours {
	struct lend_function *items;
	size_t count;
};
void lend_neighbours_clear(struct lend_neighbours *neighbours);

/**
 * Reads @count functions, which come first in @ret and in this order, and every other member of their groups. Errors of
 * lend_function_read(). @ret is untouched on failure.
 */
int lend_neighbours_read(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
			 struct lend_neighbours *ret, struct lend_error *error);
