/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "lendpci/know/pci/address.h"

struct lend_addresses;
struct lend_error;
struct lend_fs;
struct lend_nodes;

/** Whether all cards of a driver are among the functions asked for; found out once, since it takes a look at each. */
struct lend_driver_cards {
	struct {
		bool known, alone;
	} nvidia, amdgpu;
};

/**
 * Adds the nodes of @function that its driver makes outside of sysfs' tree: /dev/nvidia*, /dev/kfd. @functions are
 * sorted; @cards is {0} before the first of them.
 */
int lend_nodes_add_of_driver(const struct lend_fs *fs, struct lend_address function, const char *driver,
			     const struct lend_addresses *functions, struct lend_driver_cards *cards,
			     struct lend_nodes *nodes, struct lend_error *error);
