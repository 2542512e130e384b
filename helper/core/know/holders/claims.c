/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What uses a disk inside the kernel and leaves no link in sysfs: ZFS pools, exports by LIO and nvmet, bcache.
 *
 * Relies on
 *   udev's database   run/udev/data/bMAJOR:MINOR with ID_FS_TYPE=zfs_member and the pool's name in ID_FS_LABEL_ENC or
 *                     ID_FS_LABEL; a pool is imported while it has a directory in proc/spl/kstat/zfs. A member of one
 *                     that is not is data at rest, like a file system that is not mounted: no holder.
 *   configfs          target/core/HBA/NAME (LIO: target_core_mod), whose "info" names the disk as the kernel knows it,
 *                     and "udev_path" as its administrator did; nvmet/subsystems/NQN, with a namespace's device_path or
 *                     a whole controller's, for passthru. Both matter beyond the name that they give: nvmet, and LIO's
 *                     fileio, have a disk open without claiming it, so that nothing else tells.
 *   sysfs             bcache/ below a disk that is registered with it
 */
#include "claims.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/holders/list.h"
#include "node_list.h"
#include "udev_record.h"

#define TARGETS "sys/kernel/config/target/core"
#define SUBSYSTEMS "sys/kernel/config/nvmet/subsystems"

/* A search through what is configured in the kernel. */
struct search {
	const struct lend_fs *fs;
	struct lend_nodes *nodes;
	struct lend_holders *holders;
};

static int add_holder(struct search *search, struct lend_node *node, const char *kind, const char *what)
{
	_cleanup_free_ char *text = NULL;

	node->is_held = true;
	if (what ? asprintf(&text, "%s on %s", what, lend_node_name(node)) < 0
		 : asprintf(&text, "%s", lend_node_name(node)) < 0)
		return -ENOMEM;
	return lend_holders_add(
		search->holders,
		&(struct lend_holder){ .function = node->function, .command = (char *)kind, .node = text });
}

static int find_pool(struct search *search, struct lend_node *node)
{
	char pool[256], path[sizeof(pool) + 32], kind[sizeof(pool) + 16];

	/* udev's word is as old as its last event: a partition that is mounted has become something else since. */
	if (node->mounted_in)
		return 0;
	if (!lend_udev_zfs_pool(search->fs, node->number, pool, sizeof(pool)))
		return 0;
	(void)snprintf(path, sizeof(path), LEND_ZFS_POOLS "/%s", pool);
	if (!*pool || strchr(pool, '/') || *pool == '.' || !lend_fs_exists(search->fs, path))
		return 0;
	(void)snprintf(kind, sizeof(kind), "zfs pool %s", pool);
	return add_holder(search, node, kind, NULL);
}

static int find_bcache(struct search *search, struct lend_node *node)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "sys/class/block/%s/bcache", node->block);
	return !node->is_held && lend_fs_exists(search->fs, path) ? add_holder(search, node, "bcache", NULL) : 0;
}

/* A disk as an administrator named it: "/dev/nvme0n1", or one of udev's links to it. */
struct named {
	char path[PATH_MAX];  /* as it was written, "" for none */
	char place[PATH_MAX]; /* what it leads to, without the first slash; "" when that is nowhere */
};

static void read_named(const struct lend_fs *fs, const char *attribute, struct named *ret)
{
	*ret->place = '\0';
	if (lend_fs_read(fs, attribute, ret->path, sizeof(ret->path), NULL) < 0 || *ret->path != '/')
		*ret->path = '\0';
	else if (lend_fs_resolve(fs, ret->path + 1, ret->place, sizeof(ret->place), NULL) < 0)
		*ret->place = '\0';
}

static bool is_named(const struct named *named, const struct lend_node *node)
{
	return *named->path &&
	       (strcmp(named->path, node->path) == 0 || strcmp(named->path, lend_node_name(node)) == 0 ||
		strcmp(named->place, node->path + 1) == 0);
}

/* Whether @text has @label, blanks, and then @word as a whole. */
static bool has_labelled(const char *text, const char *label, const char *word)
{
	const char *at = strstr(text, label);

	if (!at)
		return false;
	at += strlen(label);
	at += strspn(at, " \t");
	return strncmp(at, word, strlen(word)) == 0 && strchr(" \t\n", at[strlen(word)]);
}

/* "        iBlock device: nvme0n1  UDEV PATH: …", "        TCM FILEIO ID: 0        File: /dev/nvme0n1  Size: …" */
static bool is_in_info(const char *info, const struct lend_node *node)
{
	return (node->block && has_labelled(info, "iBlock device:", node->block)) ||
	       has_labelled(info, " File:", node->path);
}

static int visit_target(struct search *search, const char *hba, const char *name)
{
	char path[PATH_MAX], what[600], info[4096] = "", enabled[16] = "1";
	struct named named;

	(void)snprintf(path, sizeof(path), TARGETS "/%s/%s/enable", hba, name);
	(void)lend_fs_read(search->fs, path, enabled, sizeof(enabled), NULL);
	if (strcmp(enabled, "0") == 0)
		return 0;
	(void)snprintf(path, sizeof(path), TARGETS "/%s/%s/udev_path", hba, name);
	read_named(search->fs, path, &named);
	(void)snprintf(path, sizeof(path), TARGETS "/%s/%s/info", hba, name);
	(void)lend_fs_read(search->fs, path, info, sizeof(info), NULL);
	(void)snprintf(what, sizeof(what), "backstore %s/%s", hba, name);
	for (size_t i = 0; i < search->nodes->count; i++) {
		struct lend_node *node = &search->nodes->items[i];

		if ((is_named(&named, node) || is_in_info(info, node)) && add_holder(search, node, "LIO", what) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int visit_namespace(struct search *search, const char *subsystem, const char *place)
{
	char path[PATH_MAX], what[600], enabled[16] = "1";
	struct named named;

	(void)snprintf(path, sizeof(path), SUBSYSTEMS "/%s/%s/enable", subsystem, place);
	(void)lend_fs_read(search->fs, path, enabled, sizeof(enabled), NULL);
	(void)snprintf(path, sizeof(path), SUBSYSTEMS "/%s/%s/device_path", subsystem, place);
	if (strcmp(enabled, "0") == 0)
		return 0;
	read_named(search->fs, path, &named);
	(void)snprintf(what, sizeof(what), "subsystem %s", subsystem);
	for (size_t i = 0; i < search->nodes->count; i++)
		if (is_named(&named, &search->nodes->items[i]) &&
		    add_holder(search, &search->nodes->items[i], "nvmet", what) < 0)
			return -ENOMEM;
	return 0;
}

typedef int visit_fn(struct search *search, const char *parent, const char *name);

static int visit_each(struct search *search, const char *directory, const char *parent, visit_fn *visit)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r = 0;

	/* Not configured, or configfs is not mounted. */
	if (lend_fs_list(search->fs, directory, &names, NULL, NULL) < 0)
		return 0;
	for (char **name = names; r >= 0 && *name; name++)
		r = visit(search, parent, *name);
	return r;
}

static int visit_hba(struct search *search, const char *parent, const char *hba)
{
	char path[PATH_MAX];

	(void)parent;
	(void)snprintf(path, sizeof(path), TARGETS "/%s", hba);
	return visit_each(search, path, hba, visit_target);
}

static int visit_numbered(struct search *search, const char *subsystem, const char *number)
{
	char place[NAME_MAX + 16];

	(void)snprintf(place, sizeof(place), "namespaces/%s", number);
	return visit_namespace(search, subsystem, place);
}

static int visit_subsystem(struct search *search, const char *parent, const char *subsystem)
{
	char path[PATH_MAX];

	(void)parent;
	(void)snprintf(path, sizeof(path), SUBSYSTEMS "/%s/namespaces", subsystem);
	if (visit_each(search, path, subsystem, visit_numbered) < 0)
		return -ENOMEM;
	return visit_namespace(search, subsystem, "passthru");
}

int lend_claims_find(const struct lend_fs *fs, struct lend_nodes *nodes, struct lend_holders *holders,
		     struct lend_error *error)
{
	struct search search = { fs, nodes, holders };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < nodes->count; i++) {
		if (!nodes->items[i].block)
			continue;
		r = find_pool(&search, &nodes->items[i]);
		if (r >= 0)
			r = find_bcache(&search, &nodes->items[i]);
	}
	if (r >= 0 && nodes->count)
		r = visit_each(&search, TARGETS, NULL, visit_hba);
	if (r >= 0 && nodes->count)
		r = visit_each(&search, SUBSYSTEMS, NULL, visit_subsystem);
	return r < 0 ? lend_error_set(error, r, "out of memory for what the kernel uses the disks for") : 0;
}
