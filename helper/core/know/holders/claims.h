/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_error;
struct lend_fs;
struct lend_holders;
struct lend_nodes;

/** Who uses the disks among @nodes from inside the kernel, as far as it says so under its own name. */
int lend_claims_find(const struct lend_fs *fs, struct lend_nodes *nodes, struct lend_holders *holders,
		     struct lend_error *error);
