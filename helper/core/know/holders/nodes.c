/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which device nodes and network interfaces belong to a PCI function.
 *
 * Relies on sysfs: every device that a driver makes lies in a directory below the function's own, one with a node has
 * the attribute "dev" and its name as DEVNAME in "uevent". Reads neither "uevent" of the function itself nor anything
 * else that takes its lock: a driver that hangs in remove() holds it.
 */
#include "nodes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "driver_nodes.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/firmware_framebuffer.h"
#include "lendpci/know/pci/function.h"
#include "node_list.h"
#include "vfio_nodes.h"

/* A disk in an enclosure behind five hubs sits some 16 levels deep; the bound is there for sysfs that we cannot
 * imagine. */
enum { DEPTH_MAX = 32 };

struct walk {
	const struct lend_fs *fs;
	struct lend_address function;
	struct lend_nodes *nodes;
	struct lend_error *error;
	char path[PATH_MAX];
};

/* The value of @key in the lines of a uevent file. */
static bool uevent_value(const char *text, const char *key, char *ret, size_t size)
{
	const size_t length = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) != 0 || line[length] != '=')
			continue;
		(void)snprintf(ret, size, "%.*s", (int)strcspn(line + length + 1, "\n"), line + length + 1);
		return true;
	}
	return false;
}

/* Adds the node of the device whose directory is at hand, if it has one. */
static int add_device(struct walk *walk)
{
	const char *name = strrchr(walk->path, '/') + 1;
	char path[PATH_MAX], uevent[4096], devname[256], node[sizeof(devname) + 8], type[32];
	bool is_block;
	dev_t number;

	number = lend_node_number(walk->fs, walk->path);
	if (!number)
		return 0;
	if ((size_t)snprintf(path, sizeof(path), "%s/uevent", walk->path) >= sizeof(path) ||
	    lend_fs_read(walk->fs, path, uevent, sizeof(uevent), NULL) < 0 ||
	    !uevent_value(uevent, "DEVNAME", devname, sizeof(devname)))
		return 0;
	is_block = uevent_value(uevent, "DEVTYPE", type, sizeof(type)) &&
		   (strcmp(type, "disk") == 0 || strcmp(type, "partition") == 0);
	(void)snprintf(node, sizeof(node), "/dev/%s", devname);
	return lend_nodes_add(walk->nodes, walk->function, node, is_block ? name : NULL, number);
}

/*
 * With native multipath an NVMe namespace is a device of the subsystem, outside of any function's directory; below the
 * controller is only its path, without a node: nvme0c1n2 is controller 1's path to nvme0n2.
 */
static int add_multipath_head(struct walk *walk, const char *name)
{
	unsigned subsystem, controller, namespace;
	char link[64], path[PATH_MAX];
	int end = 0;

	if (sscanf(name, "nvme%uc%un%u%n", &subsystem, &controller, &namespace, &end) != 3 || name[end])
		return 0;
	(void)snprintf(link, sizeof(link), "sys/class/block/nvme%un%u", subsystem, namespace);
	if (lend_fs_resolve(walk->fs, link, path, sizeof(path), NULL) < 0)
		return 0;
	return lend_nodes_add_below(walk->fs, walk->function, path, walk->nodes, walk->error);
}

static bool is_directory(DIR *dir, const struct dirent *entry)
{
	struct stat status;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(dirfd(dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

/* Whether no node of the host's use can be below. Most directories in sysfs are of these, and there are thousands. */
static bool is_barren(const char *name, unsigned depth)
{
	static const char *const names[] = { "power", "msi_irqs", "queues", "statistics", "vfio-dev" };
	struct lend_address child;

	for (size_t i = 0; i < LEND_ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	/* Behind a bridge are functions of their own. Deeper they are those of Intel VMD, which go where it goes. */
	return depth == 0 && lend_address_parse(name, &child, NULL) == 0;
}

static int walk_into(struct walk *walk, size_t length, unsigned depth);

static int walk_entry(struct walk *walk, size_t length, unsigned depth, const char *name)
{
	const char *parent = strrchr(walk->path, '/') + 1;
	int n, r;

	if (strcmp(parent, "net") == 0)
		return lend_nodes_add_interface(walk->nodes, walk->function, name);
	n = snprintf(walk->path + length, sizeof(walk->path) - length, "/%s", name);
	if ((size_t)n >= sizeof(walk->path) - length)
		return -ENAMETOOLONG;
	r = add_device(walk);
	if (r >= 0)
		r = add_multipath_head(walk, name);
	if (r >= 0 && depth + 1 < DEPTH_MAX)
		r = walk_into(walk, length + (size_t)n, depth + 1);
	walk->path[length] = '\0';
	return r;
}

static int walk_into(struct walk *walk, size_t length, unsigned depth)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int fd, r;

	fd = lend_fs_open(walk->fs, walk->path, O_RDONLY | O_DIRECTORY, walk->error);
	/* Unplugged, or unbound meanwhile. */
	if (fd == -ENOENT || fd == -ENODEV)
		return 0;
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.' || !is_directory(dir, entry) || is_barren(entry->d_name, depth))
			continue;
		r = walk_entry(walk, length, depth, entry->d_name);
		if (r < 0)
			return r;
	}
	return 0;
}

int lend_nodes_add_below(const struct lend_fs *fs, struct lend_address function, const char *path,
			 struct lend_nodes *nodes, struct lend_error *error)
{
	struct lend_error failure = { 0 };
	struct walk walk = { .fs = fs, .function = function, .nodes = nodes, .error = &failure };
	int r;

	(void)snprintf(walk.path, sizeof(walk.path), "%s", path);
	r = add_device(&walk);
	if (r >= 0)
		r = walk_into(&walk, strlen(walk.path), 0);
	if (r >= 0)
		return 0;
	if (!*failure.text)
		return lend_error_set(error, r, "%s: cannot list its device nodes: %s",
				      lend_address_text(function).text, strerror(-r));
	if (error)
		*error = failure;
	return r;
}

/* What the host's driver of @function has made of it. */
static int add_of_host_driver(const struct lend_fs *fs, struct lend_address function, const char *driver,
			      const struct lend_addresses *functions, struct lend_driver_cards *cards,
			      struct lend_nodes *nodes, struct lend_error *error)
{
	char path[PATH_MAX];
	int r;

	r = lend_fs_resolve(fs, lend_function_path(function, "").text, path, sizeof(path), error);
	if (r == -ENOENT)
		return 0;
	if (r >= 0)
		r = lend_nodes_add_below(fs, function, path, nodes, error);
	if (r >= 0)
		r = lend_nodes_add_of_driver(fs, function, driver, functions, cards, nodes, error);
	return r < 0 ? r : 0;
}

/* What was made of the framebuffer that firmware set up in one of @functions: /dev/fb0, or simpledrm's /dev/dri/card0.
 */
static int add_of_firmware(const struct lend_fs *fs, const struct lend_addresses *functions, struct lend_nodes *nodes,
			   struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses owners = { 0 };
	struct lend_firmware_framebuffer framebuffer;
	char link[128], path[PATH_MAX];
	int r;

	if (!lend_firmware_framebuffer_find(fs, &framebuffer) || !*framebuffer.driver)
		return 0;
	r = lend_firmware_framebuffer_owners(fs, &owners, error);
	for (size_t i = 0; r == 0 && i < owners.count; i++) {
		if (!lend_addresses_contain(functions, owners.items[i]))
			continue;
		(void)snprintf(link, sizeof(link), LEND_PLATFORM "/devices/%s", framebuffer.device);
		if (lend_fs_resolve(fs, link, path, sizeof(path), NULL) == 0)
			r = lend_nodes_add_below(fs, owners.items[i], path, nodes, error);
	}
	return r;
}

int lend_nodes_find(const struct lend_fs *fs, const struct lend_addresses *functions, struct lend_nodes *nodes,
		    struct lend_error *error)
{
	struct lend_driver_cards cards = { 0 };
	int r;

	r = add_of_firmware(fs, functions, nodes, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < functions->count; i++) {
		const struct lend_address function = functions->items[i];
		char driver[64];

		r = lend_function_driver(fs, function, driver, error);
		if (r < 0)
			return r;
		/* Without a driver it may still be the VM's that has the rest of its group. */
		if (!*driver || lend_driver_is_vfio(fs, function, driver)) {
			r = lend_nodes_add_vfio_device(fs, function, lend_function_path(function, "").text, NULL,
						       nodes);
			if (r < 0)
				return lend_error_set(error, r, "%s: out of memory", lend_address_text(function).text);
			continue;
		}
		r = add_of_host_driver(fs, function, driver, functions, &cards, nodes, error);
		if (r < 0)
			return r;
	}
	return 0;
}
