/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_error;
struct lend_fs;
struct lend_holders;
struct lend_nodes;

/** What stands on the disks among @nodes, added to @nodes itself too. */
int lend_stacks_find(const struct lend_fs *fs, struct lend_nodes *nodes, struct lend_holders *holders,
		     struct lend_error *error);

/** Which of @nodes are swap. */
int lend_swaps_find(const struct lend_fs *fs, const struct lend_nodes *nodes, struct lend_holders *holders,
		    struct lend_error *error);
