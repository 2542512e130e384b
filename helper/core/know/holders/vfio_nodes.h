/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "lendpci/know/pci/address.h"

struct lend_fs;
struct lend_nodes;

/** Whether @driver, bound to @function, is vfio-pci or one of its variants. */
bool lend_driver_is_vfio(const struct lend_fs *fs, struct lend_address function, const char *driver);

/**
 * Adds the nodes through which IOMMU group @group is used by VFIO: its own, and those of its functions. The group's
 * node is on account of its first function. -ENOMEM.
 */
int lend_nodes_add_vfio_group(const struct lend_fs *fs, int group, struct lend_nodes *nodes);

/**
 * Adds the nodes through which VFIO uses the device whose directory in sysfs is @directory, on account of @function:
 * that of its IOMMU group, and its own. @what it is goes behind their names, NULL for the function itself. -ENOMEM.
 */
int lend_nodes_add_vfio_device(const struct lend_fs *fs, struct lend_address function, const char *directory,
			       const char *what, struct lend_nodes *nodes);
