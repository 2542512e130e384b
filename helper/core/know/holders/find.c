/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses a function on the host: the search as a whole, and what a holder looks like. */
#include "lendpci/know/holders/holders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"

void lend_holder_clear(struct lend_holder *holder)
{
	free(holder->command);
	free(holder->unit);
	free(holder->node);
	*holder = (struct lend_holder){ 0 };
}

void lend_holders_clear(struct lend_holders *holders)
{
	for (size_t i = 0; i < holders->count; i++)
		lend_holder_clear(&holders->items[i]);
	free(holders->items);
	*holders = (struct lend_holders){ 0 };
}

char *lend_holder_describe(const struct lend_holder *holder)
{
	char *text;
	int n;

	if (!holder->pid)
		n = asprintf(&text, "%s: %s", holder->command, holder->node);
	else if (holder->unit)
		n = asprintf(&text, "%s (pid %d, %s): %s", holder->command, holder->pid, holder->unit, holder->node);
	else
		n = asprintf(&text, "%s (pid %d): %s", holder->command, holder->pid, holder->node);
	return n < 0 ? NULL : text;
}

static int compare_holders(const void *a, const void *b)
{
	const struct lend_holder *x = a, *y = b;
	int r = lend_address_compare(x->function, y->function);

	if (r == 0)
		r = (x->pid > y->pid) - (x->pid < y->pid);
	if (r == 0)
		r = strcmp(x->command, y->command);
	return r ? r : strcmp(x->node, y->node);
}

static char *printable_copy(const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (copy)
		lend_text_make_printable(copy);
	return copy;
}

int lend_holders_add(struct lend_holders *holders, const struct lend_holder *holder)
{
	struct lend_holder copy = {
		.function = holder->function,
		.pid = holder->pid,
		.command = printable_copy(holder->command),
		.unit = printable_copy(holder->unit),
		.is_user_unit = holder->is_user_unit,
		.node = printable_copy(holder->node),
	};
	struct lend_holder *bigger;

	if (!copy.command || !copy.node || (holder->unit && !copy.unit))
		goto out_of_memory;
	/* The same descriptor may be open many times; what was added last is the most likely to come again. */
	for (size_t i = holders->count; i > 0; i--) {
		if (compare_holders(&holders->items[i - 1], &copy) != 0)
			continue;
		lend_holder_clear(&copy);
		return 0;
	}
	bigger = reallocarray(holders->items, holders->count + 1, sizeof(*bigger));
	if (!bigger)
		goto out_of_memory;
	holders->items = bigger;
	bigger[holders->count++] = copy;
	return 0;

out_of_memory:
	lend_holder_clear(&copy);
	return -ENOMEM;
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
	r = lend_nodes_find(fs, &wanted, &nodes, error);
	if (r >= 0 && nodes.interface_count)
		r = lend_networks_find(fs, &nodes, &holders, error);
	if (r >= 0)
		r = lend_stacks_find(fs, &nodes, &holders, error);
	/* Without any node there is nothing to look for in some hundred processes. */
	if (r >= 0 && nodes.count)
		r = lend_processes_find(fs, &nodes, &holders, error);
	if (r >= 0)
		r = lend_swaps_find(fs, &nodes, &holders, error);
	if (r >= 0)
		r = lend_mounts_find_hidden(fs, &nodes, &holders, error);
	if (r < 0)
		return lend_error_wrap(error, r, "cannot tell who uses the device");

	if (holders.count)
		qsort(holders.items, holders.count, sizeof(*holders.items), compare_holders);
	*ret = holders;
	holders = (struct lend_holders){ 0 };
	return 0;
}

/* The iommufd way: each function has a node of its own, /dev/vfio/devices/vfioN (Linux 6.6). */
static int add_vfio_device(const struct lend_fs *fs, struct lend_address function, struct lend_nodes *nodes)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (lend_fs_list(fs, lend_function_path(function, "vfio-dev").text, &names, NULL, NULL) < 0)
		return 0;
	for (char **name = names; *name; name++) {
		char directory[512], path[512];

		(void)snprintf(directory, sizeof(directory), "%s/%s", lend_function_path(function, "vfio-dev").text,
			       *name);
		(void)snprintf(path, sizeof(path), "/dev/vfio/devices/%s", *name);
		if (lend_nodes_add(nodes, function, path, NULL, lend_node_number(fs, directory)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int find_vfio_nodes(const struct lend_fs *fs, int group, struct lend_nodes *nodes)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses members = { 0 };
	struct lend_address function = { 0 };
	char path[64], directory[64];

	/* A group that has vanished with its device can still be held. */
	if (lend_functions_of_group(fs, group, &members, NULL) == 0 && members.count)
		function = members.items[0];
	(void)snprintf(path, sizeof(path), "/dev/vfio/%d", group);
	(void)snprintf(directory, sizeof(directory), "sys/class/vfio/%d", group);
	if (lend_nodes_add(nodes, function, path, NULL, lend_node_number(fs, directory)) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < members.count; i++)
		if (add_vfio_device(fs, members.items[i], nodes) < 0)
			return -ENOMEM;
	return 0;
}

int lend_vfio_holder_find(const struct lend_fs *fs, int group, struct lend_holder *ret, struct lend_error *error)
{
	_cleanup_(lend_holders_clear) struct lend_holders holders = { 0 };
	_cleanup_(lend_nodes_clear) struct lend_nodes nodes = { 0 };
	int r;

	if (group == LEND_NO_GROUP)
		return 0;
	if (find_vfio_nodes(fs, group, &nodes) < 0)
		return lend_error_set(error, -ENOMEM, "IOMMU group %d: out of memory", group);
	r = lend_processes_find_first(fs, &nodes, &holders, error);
	if (r < 0)
		return lend_error_wrap(error, r, "IOMMU group %d: cannot tell who holds it", group);
	if (!holders.count)
		return 0;
	*ret = holders.items[0];
	holders.items[0] = (struct lend_holder){ 0 };
	return 1;
}
