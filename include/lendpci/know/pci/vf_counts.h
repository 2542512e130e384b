/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/location_path.h"

struct lend_error;
struct lend_fs;

/** Where the list is of functions that are to have virtual functions at each boot. */
#define LEND_VFS_PATH "etc/lendpci/vfs"

enum { LEND_VF_COUNTS_MAX = 64 };

/** How many virtual functions a function is to have: the card with these ids, where it is plugged in. */
struct lend_vf_count {
	char location[LEND_LOCATION_MAX];
	uint16_t vendor, device;
	uint32_t count; /* not 0 */
};

struct lend_vf_counts {
	struct lend_vf_count items[LEND_VF_COUNTS_MAX];
	size_t count;
};

/** Reads the list; without one it is empty. -EINVAL with the number of a line that is not understood. */
int lend_vf_counts_read(const struct lend_fs *fs, struct lend_vf_counts *ret, struct lend_error *error);

/** The list as text, to be written; the caller's. NULL when memory runs out. */
char *lend_vf_counts_format(const struct lend_vf_counts *counts);

/** Adds @one, or replaces the one of its place; with a count of 0 drops that. -E2BIG. */
int lend_vf_counts_put(struct lend_vf_counts *counts, const struct lend_vf_count *one);
