/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_addresses;
struct lend_error;
struct lend_fs;
struct lend_holders;
struct lend_nodes;

/**
 * Adds, on account of each of @functions, the nodes and interfaces of what was made of it and goes when its driver
 * goes: mediated devices, and virtual functions.
 */
int lend_children_add_nodes(const struct lend_fs *fs, const struct lend_addresses *functions, struct lend_nodes *nodes,
			    struct lend_error *error);

/** Those of them that are there for a VM, though none of @nodes, in which the processes were looked for, is held. */
int lend_children_find(const struct lend_fs *fs, const struct lend_addresses *functions, const struct lend_nodes *nodes,
		       struct lend_holders *holders, struct lend_error *error);
