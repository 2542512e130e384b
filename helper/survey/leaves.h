/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/know/pci/location_path.h"
#include "survey/host.h"

struct lend_error;

/** A function, and where it is plugged in. */
struct lend_leaf {
	const struct lend_function *function; /* borrowed of the host */
	char path[LEND_LOCATION_MAX];
};

/** All functions of a host in the order of its tree: each behind what it is plugged into. */
struct lend_leaves {
	struct lend_leaf *items;
	size_t count;
};

int lend_leaves_read(const struct lend_survey_host *host, struct lend_leaves *ret, struct lend_error *error);
void lend_leaves_clear(struct lend_leaves *leaves);

/** How many hops below its root bus: 1 for what is on it. */
size_t lend_leaf_depth(const struct lend_leaf *leaf);

/** Whether leaf @i is the first below its root bus. */
bool lend_leaf_is_on_new_root(const struct lend_leaves *leaves, size_t i);
