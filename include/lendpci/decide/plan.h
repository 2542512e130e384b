/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/know/pci/function.h"

struct lend_error;

/** One function that a plan takes from the host. */
struct lend_plan_function {
	struct lend_function facts;
	bool companion; /* not asked for: its IOMMU group forces it to go along */
};

/** What a loan takes, sorted by address: the functions asked for and what their IOMMU groups force to go along. */
struct lend_plan {
	struct lend_plan_function *functions;
	size_t count;
};
void lend_plan_clear(struct lend_plan *plan);

/** Facts a plan is made from. All borrowed. */
struct lend_plan_input {
	const struct lend_address *wanted; /* the functions asked for, without repetition */
	size_t wanted_count;
	const struct lend_function *functions; /* those and every other member of their IOMMU groups */
	size_t function_count;
	bool take_group; /* policy: members of other slots go along too */
};

/**
 * Decides which functions go.
 *
 * Group members of a wanted function's own slot go along by themselves. Bridges and members without a driver do not
 * matter to VFIO's viability and stay. A member of another slot that a host driver uses is a refusal (-EBUSY) that
 * names it, unless @take_group. -ENOTSUP for a bridge or for a function outside any IOMMU group. @ret is untouched on
 * failure.
 *
 * Source: Documentation/driver-api/vfio.rst (group viability).
 */
int lend_plan_make(const struct lend_plan_input *input, struct lend_plan *ret, struct lend_error *error);
