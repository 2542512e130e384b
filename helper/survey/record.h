/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_error;
struct lend_fs;
struct lend_inventory;

/**
 * Records @inventory into the new or empty directory @directory, so that `--sysroot DIRECTORY` shows it as it is: what
 * sysfs says of each PCI function with its configuration space as far as it can be read, drivers, IOMMU groups and
 * IOMMUs, the CPU and the map of memory. Nothing of processes, disks or networks.
 *
 * -EEXIST for a directory that has something in it.
 */
int lend_record(const struct lend_fs *fs, const struct lend_inventory *inventory, const char *directory,
		struct lend_error *error);
