/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands on a disk: device-mapper (LVM, LUKS, multipath), md, bcache, loop devices; and swap.
 *
 * Relies on sys/class/block/NAME/holders, where the kernel links whatever has claimed a disk or a partition for a disk
 * of its own; on dm/name and dm/uuid, whose prefix tells who made the target; on loop/backing_file, since a loop device
 * claims nothing visibly; and on /proc/swaps. (Documentation/ABI/testing/sysfs-block-dm, sysfs-block-loop)
 */
#include "blocks.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/holders/list.h"
#include "node_list.h"
#include "nodes.h"

#define BLOCK "sys/class/block"

enum { SWAPS_MAX = 1024 * 1024 };

/* What a disk that stands on others is to people. */
struct stacked {
	const char *kind; /* "lvm" */
	char title[256];  /* "vg0-data" */
	bool is_mapping;  /* known as /dev/mapper/TITLE */
};

static const char *kind_of_mapping(const char *uuid)
{
	static const struct {
		const char *prefix, *kind;
	} makers[] = { { "LVM-", "lvm" }, { "CRYPT-", "crypt" }, { "mpath-", "multipath" }, { "DMRAID-", "dmraid" } };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(makers); i++)
		if (strncmp(uuid, makers[i].prefix, strlen(makers[i].prefix)) == 0)
			return makers[i].kind;
	return "dm";
}

static struct stacked describe(const struct lend_fs *fs, const char *name)
{
	static const char *const kinds[] = { "md", "bcache", "loop", "drbd" };
	struct stacked ret = { .kind = "block" };
	char path[PATH_MAX], uuid[256] = "";

	for (size_t i = 0; i < LEND_ARRAY_SIZE(kinds); i++)
		if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
			ret.kind = kinds[i];
	if (strncmp(name, "dm-", strlen("dm-")) == 0) {
		(void)snprintf(path, sizeof(path), BLOCK "/%s/dm/uuid", name);
		(void)lend_fs_read(fs, path, uuid, sizeof(uuid), NULL);
		ret.kind = kind_of_mapping(uuid);
		(void)snprintf(path, sizeof(path), BLOCK "/%s/dm/name", name);
		ret.is_mapping = lend_fs_read(fs, path, ret.title, sizeof(ret.title), NULL) == 0;
	}
	if (!ret.is_mapping)
		(void)snprintf(ret.title, sizeof(ret.title), "%s", name);
	return ret;
}

static int add_holder(const struct lend_node *lower, const struct stacked *stacked, struct lend_holders *holders)
{
	_cleanup_free_ char *text = NULL;

	if (asprintf(&text, "%s on %s", stacked->title, lend_node_name(lower)) < 0)
		return -ENOMEM;
	return lend_holders_add(
		holders,
		&(struct lend_holder){ .function = lower->function, .command = (char *)stacked->kind, .node = text });
}

/* Makes disk @name and its partitions nodes of @function: they may be mounted, or claimed in their turn. */
static int add_nodes(const struct lend_fs *fs, struct lend_address function, const char *name,
		     const struct stacked *stacked, struct lend_nodes *nodes, struct lend_error *error)
{
	const size_t before = nodes->count;
	char link[PATH_MAX], path[PATH_MAX];
	int r;

	(void)snprintf(link, sizeof(link), BLOCK "/%s", name);
	r = lend_fs_resolve(fs, link, path, sizeof(path), error);
	if (r == -ENOENT)
		return 0;
	if (r >= 0)
		r = lend_nodes_add_below(fs, function, path, nodes, error);
	if (r < 0)
		return r;
	for (size_t i = before; stacked->is_mapping && i < nodes->count; i++) {
		if (!nodes->items[i].block || strcmp(nodes->items[i].block, name) != 0)
			continue;
		if (asprintf(&nodes->items[i].label, "/dev/mapper/%s", stacked->title) < 0)
			return lend_error_set(error, -ENOMEM, "%s: out of memory", name);
	}
	return 0;
}

static int add_stacked(const struct lend_fs *fs, size_t lower, const char *name, struct lend_nodes *nodes,
		       struct lend_holders *holders, struct lend_error *error)
{
	const struct stacked stacked = describe(fs, name);

	if (add_holder(&nodes->items[lower], &stacked, holders) < 0)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", name);
	return add_nodes(fs, nodes->items[lower].function, name, &stacked, nodes, error);
}

static int add_claims(const struct lend_fs *fs, size_t lower, struct lend_nodes *nodes, struct lend_holders *holders,
		      struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	char path[PATH_MAX];
	int r = 0;

	(void)snprintf(path, sizeof(path), BLOCK "/%s/holders", nodes->items[lower].block);
	if (lend_fs_list(fs, path, &names, NULL, NULL) < 0)
		return 0;
	for (char **name = names; r >= 0 && *name; name++)
		r = add_stacked(fs, lower, *name, nodes, holders, error);
	return r;
}

static int add_loops(const struct lend_fs *fs, size_t lower, char **disks, struct lend_nodes *nodes,
		     struct lend_holders *holders, struct lend_error *error)
{
	int r = 0;

	for (char **disk = disks; r >= 0 && *disk; disk++) {
		char path[PATH_MAX], backing[PATH_MAX];

		if (strncmp(*disk, "loop", strlen("loop")) != 0)
			continue;
		(void)snprintf(path, sizeof(path), BLOCK "/%s/loop/backing_file", *disk);
		if (lend_fs_read(fs, path, backing, sizeof(backing), NULL) == 0 &&
		    strcmp(backing, nodes->items[lower].path) == 0)
			r = add_stacked(fs, lower, *disk, nodes, holders, error);
	}
	return r;
}

int lend_stacks_find(const struct lend_fs *fs, struct lend_nodes *nodes, struct lend_holders *holders,
		     struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **disks = NULL;
	int r;

	/* What is found is appended, and looked at in its turn: crypt on LVM on md. */
	for (size_t i = 0; i < nodes->count; i++) {
		if (!nodes->items[i].block)
			continue;
		if (!disks && lend_fs_list(fs, BLOCK, &disks, NULL, error) < 0)
			return lend_error_set(error, -EIO, "/" BLOCK ": cannot list the host's disks");
		r = add_claims(fs, i, nodes, holders, error);
		if (r >= 0)
			r = add_loops(fs, i, disks, nodes, holders, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int lend_swaps_find(const struct lend_fs *fs, const struct lend_nodes *nodes, struct lend_holders *holders,
		    struct lend_error *error)
{
	_cleanup_free_ char *text = NULL;
	char *save = NULL;

	/* A kernel without swap has no such file. */
	if (lend_fs_read_all(fs, "proc/swaps", SWAPS_MAX, &text, NULL, NULL) < 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, " \t")] = '\0';
		for (size_t i = 0; i < nodes->count; i++) {
			const struct lend_node *node = &nodes->items[i];

			if (strcmp(line, node->path) != 0 && strcmp(line, lend_node_name(node)) != 0)
				continue;
			if (lend_holders_add(holders, &(struct lend_holder){ .function = node->function,
									     .command = (char *)"swap",
									     .node = (char *)lend_node_name(node) }) <
			    0)
				return lend_error_set(error, -ENOMEM, "%s: out of memory", node->path);
		}
	}
	return 0;
}
