/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nodes through which VFIO is used: one for each IOMMU group, and with iommufd one for each device.
 *
 * Relies on sys/class/vfio/GROUP, which a VFIO without an IOMMU calls noiommu-GROUP, and on vfio-dev/vfioN below a
 * device (Linux 6.6), each with its number in "dev". All variants of vfio-pci have "vfio" in their names, and those of
 * Linux 6.6 and later make a vfio-dev.
 */
#include "vfio_nodes.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/function.h"
#include "node_list.h"

bool lend_driver_is_vfio(const struct lend_fs *fs, struct lend_address function, const char *driver)
{
	return *driver && (strstr(driver, "vfio") || lend_fs_exists(fs, lend_function_path(function, "vfio-dev").text));
}

static int add_node(struct lend_nodes *nodes, struct lend_address function, const char *path, dev_t number,
		    const char *what)
{
	char label[512];

	if (!what)
		return lend_nodes_add(nodes, function, path, NULL, number);
	(void)snprintf(label, sizeof(label), "%s (%s)", path, what);
	return lend_nodes_add_labelled(nodes, function, path, number, label);
}

/* The iommufd way: @directory, of a device, has vfio-dev/vfioN. */
static int add_own(const struct lend_fs *fs, struct lend_address function, const char *directory, const char *what,
		   struct lend_nodes *nodes)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	char parent[PATH_MAX];

	(void)snprintf(parent, sizeof(parent), "%s/vfio-dev", directory);
	if (lend_fs_list(fs, parent, &names, NULL, NULL) < 0)
		return 0;
	for (char **name = names; *name; name++) {
		char place[PATH_MAX + 256], path[512];

		(void)snprintf(place, sizeof(place), "%s/%s", parent, *name);
		(void)snprintf(path, sizeof(path), "/dev/vfio/devices/%s", *name);
		if (add_node(nodes, function, path, lend_node_number(fs, place), what) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_group(const struct lend_fs *fs, struct lend_address function, int group, const char *what,
		     struct lend_nodes *nodes)
{
	char path[64], directory[64];

	(void)snprintf(directory, sizeof(directory), "sys/class/vfio/noiommu-%d", group);
	if (lend_fs_exists(fs, directory)) {
		(void)snprintf(path, sizeof(path), "/dev/vfio/noiommu-%d", group);
	} else {
		(void)snprintf(directory, sizeof(directory), "sys/class/vfio/%d", group);
		(void)snprintf(path, sizeof(path), "/dev/vfio/%d", group);
	}
	return add_node(nodes, function, path, lend_node_number(fs, directory), what);
}

int lend_nodes_add_vfio_group(const struct lend_fs *fs, int group, struct lend_nodes *nodes)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses members = { 0 };
	struct lend_address function = { 0 };

	/* A group that has vanished with its device can still be held. */
	if (lend_functions_of_group(fs, group, &members, NULL) == 0 && members.count)
		function = members.items[0];
	if (add_group(fs, function, group, NULL, nodes) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < members.count; i++)
		if (add_own(fs, members.items[i], lend_function_path(members.items[i], "").text, NULL, nodes) < 0)
			return -ENOMEM;
	return 0;
}

int lend_nodes_add_vfio_device(const struct lend_fs *fs, struct lend_address function, const char *directory,
			       const char *what, struct lend_nodes *nodes)
{
	char path[PATH_MAX], name[32];
	uint32_t group;

	(void)snprintf(path, sizeof(path), "%s/iommu_group", directory);
	if (lend_fs_link_name(fs, path, name, sizeof(name), NULL) == 0 && lend_text_to_u32(name, 10, &group) == 0 &&
	    group <= INT_MAX && add_group(fs, function, (int)group, what, nodes) < 0)
		return -ENOMEM;
	return add_own(fs, function, directory, what, nodes);
}
