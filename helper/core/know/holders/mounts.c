/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which disks are mounted, in any mount namespace.
 *
 * Relies on /proc/PID/mountinfo, one per namespace, told apart by the link /proc/PID/ns/mnt; and on sys/fs, where
 * ext4, xfs, f2fs and btrfs show each file system that lives, whether or not any namespace still does.
 */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/holders/list.h"
#include "node_list.h"
#include "stopwatch.h"

/* One line of mountinfo. All point into it. */
struct mount {
	dev_t number;
	char *point;
	const char *type;
	char *source;
};

void lend_namespaces_clear(struct lend_namespaces *namespaces)
{
	for (size_t i = 0; i < namespaces->count; i++)
		lend_fs_names_free(namespaces->items[i].remote);
	free(namespaces->items);
	*namespaces = (struct lend_namespaces){ 0 };
}

/* Blanks, newlines and backslashes are written as \040 and the like. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		unsigned byte;

		if (*from == '\\' && sscanf(from + 1, "%3o", &byte) == 1 && strspn(from + 1, "01234567") >= 3) {
			*to = (char)byte;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /root /mnt rw,noatime shared:1 … - ext4 /dev/sda1 rw": any number of tags before the hyphen. */
static bool parse_mount(char *line, struct mount *ret)
{
	char *tail = strstr(line, " - "), *save = NULL, *field = NULL;
	unsigned major, minor;

	if (!tail)
		return false;
	*tail = '\0';
	for (int i = 0; i < 3; i++)
		field = strtok_r(i ? NULL : line, " ", &save);
	if (!field || sscanf(field, "%u:%u", &major, &minor) != 2)
		return false;
	(void)strtok_r(NULL, " ", &save);
	ret->number = makedev(major, minor);
	ret->point = strtok_r(NULL, " ", &save);
	ret->type = strtok_r(tail + 3, " ", &save);
	ret->source = strtok_r(NULL, " ", &save);
	if (!ret->point || !ret->type || !ret->source)
		return false;
	unescape(ret->point);
	unescape(ret->source);
	return true;
}

/*
 * Whether @mount's file system is on @node. One that spans disks has a number that is no disk's, and names its disks,
 * joined by colons, as the source. Others could claim any source: a user may mount FUSE.
 */
static bool is_on(const struct mount *mount, const struct lend_node *node)
{
	const size_t length = strlen(lend_node_name(node));

	if (node->number && mount->number == node->number)
		return true;
	if (major(mount->number) != 0 || (strcmp(mount->type, "btrfs") != 0 && strcmp(mount->type, "bcachefs") != 0))
		return false;
	for (const char *at = mount->source; at; at = strchr(at, ':')) {
		at += *at == ':';
		if (strncmp(at, lend_node_name(node), length) == 0 && (!at[length] || at[length] == ':'))
			return true;
	}
	return false;
}

static int add_holder(const struct lend_node *node, const char *command, const char *name, const char *how,
		      const char *where, struct lend_holders *holders)
{
	_cleanup_free_ char *text = NULL;

	if (asprintf(&text, "%s %s %s", name, how, where) < 0)
		return -ENOMEM;
	return lend_holders_add(
		holders, &(struct lend_holder){ .function = node->function, .command = (char *)command, .node = text });
}

/*
 * Services in namespaces of their own see the host's mounts again, at more places. So a disk is told as it is mounted
 * in the first namespace that has it: ours, if it does.
 */
static int match(const struct mount *mount, size_t space, struct lend_nodes *nodes, struct lend_holders *holders)
{
	for (size_t i = 0; i < nodes->count; i++) {
		struct lend_node *node = &nodes->items[i];

		if (!node->block || (node->mounted_in && node->mounted_in != space) || !is_on(mount, node))
			continue;
		node->mounted_in = space;
		node->is_held = true;
		if (add_holder(node, "mount", lend_node_name(node), "on", mount->point, holders) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* File systems whose answers come from elsewhere, and may never come. */
static bool is_remote_type(const char *type)
{
	static const char *const types[] = { "9p",     "afs", "beegfs", "ceph",  "cifs",     "coda", "gfs2",    "gpfs",
					     "lustre", "nfs", "nfs4",   "ocfs2", "orangefs", "smb3", "virtiofs" };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return strncmp(type, "fuse", strlen("fuse")) == 0;
}

static int add_remote(struct lend_namespace *space, size_t *count, const char *point)
{
	char **bigger = reallocarray(space->remote, *count + 2, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	space->remote = bigger;
	bigger[*count] = strdup(point);
	bigger[*count + 1] = NULL;
	return bigger[(*count)++] ? 0 : -ENOMEM;
}

/* A user can fill a namespace with as many mounts as fs.mount-max allows, a hundred thousand of any length. */
static int read_mounts(FILE *table, size_t number, struct lend_nodes *nodes, struct lend_stopwatch *watch,
		       struct lend_holders *holders, struct lend_namespace *space)
{
	_cleanup_free_ char *line = NULL;
	size_t remote_count = 0, size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, table)) > 0) {
		struct mount mount;

		if (lend_stopwatch_is_over(watch))
			return -ETIME;
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		if (!parse_mount(line, &mount))
			continue;
		if (match(&mount, number, nodes, holders) < 0)
			return -ENOMEM;
		if (is_remote_type(mount.type) && add_remote(space, &remote_count, mount.point) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Keeps @space, which it takes over, among the namespaces. */
static const struct lend_namespace *keep(struct lend_namespaces *namespaces, struct lend_namespace *space)
{
	struct lend_namespace *bigger = reallocarray(namespaces->items, namespaces->count + 1, sizeof(*bigger));

	if (!bigger)
		return NULL;
	namespaces->items = bigger;
	bigger[namespaces->count] = *space;
	*space = (struct lend_namespace){ 0 };
	return &bigger[namespaces->count++];
}

/* Opens the table of the namespace that process @pid is in; NULL when that, or the process, is gone. */
static int open_table(const struct lend_fs *fs, const char *pid, FILE **ret, struct lend_error *error)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "proc/%s/mountinfo", pid);
	fd = lend_fs_open(fs, path, O_RDONLY, error);
	/* A process that ends loses its namespace first; another one of the same will tell. */
	if (fd == -ENOENT || fd == -ESRCH || fd == -EINVAL || fd == -EACCES || fd == -EPERM)
		return 0;
	if (fd < 0)
		return fd;
	*ret = fdopen(fd, "r");
	if (*ret)
		return 0;
	(void)close(fd);
	return lend_error_set(error, -ENOMEM, "/%s: out of memory", path);
}

int lend_namespace_visit(const struct lend_fs *fs, const char *pid, struct lend_nodes *nodes,
			 struct lend_namespaces *namespaces, struct lend_stopwatch *watch, struct lend_holders *holders,
			 const struct lend_namespace **ret, struct lend_error *error)
{
	_cleanup_fclose_ FILE *table = NULL;
	struct lend_namespace space = { 0 };
	char path[64];
	int r;

	*ret = NULL;
	(void)snprintf(path, sizeof(path), "proc/%s/ns/mnt", pid);
	/* Without the link, in a recorded machine, every process counts as a namespace of its own. */
	if (lend_fs_link_target(fs, path, space.id, sizeof(space.id), NULL) < 0)
		space.id[0] = '\0';
	for (size_t i = 0; *space.id && i < namespaces->count; i++) {
		if (strcmp(namespaces->items[i].id, space.id) != 0)
			continue;
		*ret = &namespaces->items[i];
		return 0;
	}

	r = open_table(fs, pid, &table, error);
	if (r < 0 || !table)
		return r;
	r = read_mounts(table, namespaces->count + 1, nodes, watch, holders, &space);
	if (r >= 0)
		*ret = keep(namespaces, &space);
	lend_fs_names_free(space.remote);
	if (r == -ETIME)
		return r;
	return r < 0 || !*ret ? lend_error_set(error, -ENOMEM, "/proc/%s/mountinfo: out of memory", pid) : 0;
}

bool lend_namespace_is_remote(const struct lend_namespace *space, const char *path)
{
	for (char **point = space->remote; point && *point; point++) {
		const size_t length = strlen(*point);

		if (strcmp(*point, "/") == 0)
			return true;
		if (strncmp(path, *point, length) == 0 && (path[length] == '/' || !path[length]))
			return true;
	}
	return false;
}

static int find_superblock(const struct lend_fs *fs, const struct lend_node *node, struct lend_holders *holders)
{
	static const char *const types[] = { "ext4", "xfs", "f2fs" };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(types); i++) {
		char path[512];

		(void)snprintf(path, sizeof(path), "sys/fs/%s/%s", types[i], node->block);
		if (lend_fs_exists(fs, path))
			return add_holder(node, "mount", lend_node_name(node),
					  "still in use after it was unmounted:", types[i], holders);
	}
	return 0;
}

static int find_pool(const struct lend_fs *fs, const struct lend_node *node, char **pools, struct lend_holders *holders)
{
	for (char **pool = pools; pool && *pool; pool++) {
		char path[PATH_MAX];

		(void)snprintf(path, sizeof(path), "sys/fs/btrfs/%s/devices/%s", *pool, node->block);
		if (lend_fs_exists(fs, path))
			return add_holder(node, "btrfs", *pool, "on", lend_node_name(node), holders);
	}
	return 0;
}

int lend_mounts_find_hidden(const struct lend_fs *fs, const struct lend_nodes *nodes, struct lend_holders *holders,
			    struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **pools = NULL;

	(void)lend_fs_list(fs, "sys/fs/btrfs", &pools, NULL, NULL);
	for (size_t i = 0; i < nodes->count; i++) {
		const struct lend_node *node = &nodes->items[i];

		if (!node->block || node->mounted_in)
			continue;
		if (find_superblock(fs, node, holders) < 0 || find_pool(fs, node, pools, holders) < 0)
			return lend_error_set(error, -ENOMEM, "%s: out of memory", lend_node_name(node));
	}
	return 0;
}
