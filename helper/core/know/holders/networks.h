/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_error;
struct lend_fs;
struct lend_holders;
struct lend_nodes;

/** Which interfaces of @nodes are in use. */
int lend_networks_find(const struct lend_fs *fs, const struct lend_nodes *nodes, struct lend_holders *holders,
		       struct lend_error *error);
