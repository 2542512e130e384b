/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nodes through which VFIO is used: one for each IOMMU group, and with iommufd one for each function.
 *
 * Relies on sys/class/vfio/GROUP, which a VFIO without an IOMMU calls noiommu-GROUP, and on vfio-dev/vfioN below a
 * function (Linux 6.6), each with its number in "dev".
 */
#include "vfio_nodes.h"

#include <errno.h>
#include <stdio.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/function.h"
#include "node_list.h"

static int add_device(const struct lend_fs *fs, struct lend_address function, struct lend_nodes *nodes)
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

static int add_group(const struct lend_fs *fs, struct lend_address function, int group, struct lend_nodes *nodes)
{
	char path[64], directory[64];

	(void)snprintf(directory, sizeof(directory), "sys/class/vfio/noiommu-%d", group);
	if (lend_fs_exists(fs, directory)) {
		(void)snprintf(path, sizeof(path), "/dev/vfio/noiommu-%d", group);
	} else {
		(void)snprintf(directory, sizeof(directory), "sys/class/vfio/%d", group);
		(void)snprintf(path, sizeof(path), "/dev/vfio/%d", group);
	}
	return lend_nodes_add(nodes, function, path, NULL, lend_node_number(fs, directory));
}

int lend_nodes_add_vfio_group(const struct lend_fs *fs, int group, struct lend_nodes *nodes)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses members = { 0 };
	struct lend_address function = { 0 };

	/* A group that has vanished with its device can still be held. */
	if (lend_functions_of_group(fs, group, &members, NULL) == 0 && members.count)
		function = members.items[0];
	if (add_group(fs, function, group, nodes) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < members.count; i++)
		if (add_device(fs, members.items[i], nodes) < 0)
			return -ENOMEM;
	return 0;
}
