/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lendpci/decide/plan.h"
#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/inventory.h"

struct lend_error;
struct lend_fs;

/** One function to assign, and why it is among them. */
struct lend_assigned {
	struct lend_function facts;
	struct lend_address gpu; /* of which this is a companion */
	const char *companion;   /* "audio" or "USB-C"; NULL when it was asked for */
	char *location_path;     /* NULL where the host does not show it */
	uint64_t serial;         /* 0 when it has none, or reading that takes root */
};

/** Sorted by address. */
struct lend_assignment {
	struct lend_assigned *functions;
	size_t count;
	struct lend_inventory inventory; /* the host, as it was when this was made */
	struct lend_plan plan;           /* what a start would take: those, and what their IOMMU groups demand */
};
void lend_assignment_clear(struct lend_assignment *assignment);

/**
 * What assigning @wanted means on this host: those functions, and for a graphics card its own audio and USB-C
 * functions, which may be behind another port of a switch on the card. Refuses, naming the reason, what cannot be lent
 * (lend_plan_make()). Changes nothing.
 */
int lend_assignment_make(const struct lend_fs *fs, const struct lend_addresses *wanted, bool take_group,
			 struct lend_assignment *ret, struct lend_error *error);
