/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lendpci/know/pci/address.h"

struct lend_addresses;
struct lend_error;
struct lend_fs;
struct lend_nodes;

/**
 * Adds the nodes and interfaces of each of @functions, which are sorted: those that the host's driver made, or those of
 * VFIO where there is none or a VFIO driver.
 */
int lend_nodes_find(const struct lend_fs *fs, const struct lend_addresses *functions, struct lend_nodes *nodes,
		    struct lend_error *error);

/** Adds what is in and below sysfs directory @path, on account of @function. A directory that is gone is fine. */
int lend_nodes_add_below(const struct lend_fs *fs, struct lend_address function, const char *path,
			 struct lend_nodes *nodes, struct lend_error *error);
