/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses a function on the host: the search as a whole. */
#include "lendpci/know/holders/find.h"

#include <errno.h>
#include <stdlib.h>

#include "blocks.h"
#include "children.h"
#include "claims.h"
#include "exclusive.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/function.h"
#include "mounts.h"
#include "networks.h"
#include "node_list.h"
#include "nodes.h"
#include "processes.h"

/* In this order: what a search adds to the nodes is looked for by the next, and the kernel is asked last. */
static int search(const struct lend_fs *fs, const struct lend_addresses *functions, struct lend_nodes *nodes,
		  struct lend_holders *holders, struct lend_error *error)
{
	int r;

	r = lend_nodes_find(fs, functions, nodes, error);
	if (r >= 0)
		r = lend_children_add_nodes(fs, functions, nodes, error);
	if (r >= 0 && nodes->interface_count)
		r = lend_networks_find(fs, nodes, holders, error);
	if (r >= 0)
		r = lend_stacks_find(fs, nodes, holders, error);
	/* Without any node there is nothing to look for in some hundred processes. */
	if (r >= 0 && nodes->count)
		r = lend_processes_find(fs, nodes, &lend_scan_limits_default, holders, error);
	if (r >= 0)
		r = lend_swaps_find(fs, nodes, holders, error);
	if (r >= 0)
		r = lend_mounts_find_hidden(fs, nodes, holders, error);
	if (r >= 0)
		r = lend_children_find(fs, functions, nodes, holders, error);
	if (r >= 0)
		r = lend_claims_find(fs, nodes, holders, error);
	if (r >= 0 && lend_fs_is_host(fs))
		r = lend_exclusive_find(fs, nodes, lend_disks_ask, holders, error);
	return r;
}

int lend_holders_find(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
		      struct lend_holders *ret, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	_cleanup_(lend_holders_clear) struct lend_holders holders = { 0 };
	_cleanup_(lend_nodes_clear) struct lend_nodes nodes = { 0 };
	int r = 0;

	for (size_t i = 0; i < count; i++)
		if (lend_addresses_add(&wanted, functions[i]) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the functions to check");

	if (wanted.count)
		qsort(wanted.items, wanted.count, sizeof(*wanted.items), lend_address_compare_qsort);
	r = search(fs, &wanted, &nodes, &holders, error);
	if (r >= 0)
		r = lend_kernel_users_find(fs, wanted.items, wanted.count, &holders.in_kernel, error);
	if (r < 0)
		return lend_error_wrap(error, r, "cannot tell who uses the device");

	lend_holders_sort(&holders);
	*ret = holders;
	holders = (struct lend_holders){ 0 };
	return 0;
}
