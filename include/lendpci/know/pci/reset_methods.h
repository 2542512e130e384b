/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;

enum { LEND_RESETS_MAX = 8 };

/** How the kernel can reset a function before and after a VM had it. */
struct lend_reset_methods {
	char methods[LEND_RESETS_MAX][24]; /* in the order in which the kernel tries them */
	size_t count;
	bool false_bus; /* the kernel lists "bus", which would fail: the bus has more functions. Not in @methods */
};

/**
 * Reads the ways to reset @address alone. None is no error: VFIO then hands the function on as the last user left it.
 *
 * @alone says whether it is the only function on its bus. The kernel looks for ways when it discovers a function, and
 * function 0 is discovered while it still is alone: it then lists "bus", and a reset gives ENOTTY.
 *
 * A kernel before 5.15 does not tell its ways, only that it has one: "default".
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci (reset, reset_method), drivers/pci/pci.c (pci_parent_bus_reset()).
 */
int lend_reset_methods_read(const struct lend_fs *fs, struct lend_address address, bool alone,
			    struct lend_reset_methods *ret, struct lend_error *error);

bool lend_reset_methods_has(const struct lend_reset_methods *reset, const char *method);
