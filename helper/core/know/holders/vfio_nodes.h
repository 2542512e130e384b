/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_error;
struct lend_fs;
struct lend_nodes;

/**
 * Adds the nodes through which IOMMU group @group is used by VFIO: its own, and those of its functions. The group's
 * node is on account of its first function. -ENOMEM.
 */
int lend_nodes_add_vfio_group(const struct lend_fs *fs, int group, struct lend_nodes *nodes);
