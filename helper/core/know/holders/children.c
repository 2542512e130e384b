/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was made of a function: mediated devices (GVT-g, NVIDIA vGPU, s390's, samples) and virtual functions. They end
 * when the parent's driver is unbound, under whoever uses them, so their users are users of the parent.
 *
 * Relies on sys/bus/mdev/devices, whose links lead to a directory below the parent (Documentation/driver-api/
 * vfio-mediated-device.rst), with mdev_type and, as soon as a VM can have it, iommu_group; and on virtfnN of a function
 * with SR-IOV. An mdev is made for a VM: while it is there the parent counts as used, held or not. A virtual function
 * counts when it is held, when the host uses it through a driver of its own, and when it is on vfio-pci for a VM.
 */
#include "children.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/holders/list.h"
#include "lendpci/know/pci/function.h"
#include "node_list.h"
#include "nodes.h"
#include "vfio_nodes.h"

/* Something made of a function. */
struct child {
	struct lend_address parent;
	char directory[PATH_MAX]; /* in sysfs, below the root */
	char what[384];           /* "mdev 5bfcd486-… of type i915-GVTg_V5_4", "virtual function 0000:03:10.0" */
	const char *kind;         /* "mdev", "virtual function" */
	char name[320];           /* what it is called without its kind */
	bool is_virtual;
	struct lend_address address; /* of a virtual function */
	char driver[64];
	bool is_for_a_vm; /* counts even if nobody holds it */
};

typedef int child_fn(const struct lend_fs *fs, const struct child *child, void *userdata, struct lend_error *error);

static int visit_mdev(const struct lend_fs *fs, struct lend_address parent, const char *directory, const char *uuid,
		      child_fn *visit, void *userdata, struct lend_error *error)
{
	struct child child = { .parent = parent, .kind = "mdev", .is_for_a_vm = true };
	char path[PATH_MAX + 16], type[128] = "";

	(void)snprintf(child.directory, sizeof(child.directory), "%s", directory);
	(void)snprintf(path, sizeof(path), "%s/mdev_type", directory);
	if (lend_fs_link_name(fs, path, type, sizeof(type), NULL) < 0)
		(void)snprintf(child.name, sizeof(child.name), "%s", uuid);
	else
		(void)snprintf(child.name, sizeof(child.name), "%s of type %s", uuid, type);
	(void)snprintf(child.what, sizeof(child.what), "mdev %s", child.name);
	return visit(fs, &child, userdata, error);
}

/* The mediated devices of all functions hang together in one list, which is short: @path is the parent's directory. */
static int visit_mdevs(const struct lend_fs *fs, struct lend_address parent, const char *path, char **uuids,
		       child_fn *visit, void *userdata, struct lend_error *error)
{
	const size_t length = strlen(path);
	int r = 0;

	for (char **uuid = uuids; r >= 0 && uuid && *uuid; uuid++) {
		char link[NAME_MAX + 32], directory[PATH_MAX];

		(void)snprintf(link, sizeof(link), "sys/bus/mdev/devices/%s", *uuid);
		if (lend_fs_resolve(fs, link, directory, sizeof(directory), NULL) < 0 ||
		    strncmp(directory, path, length) != 0 || directory[length] != '/')
			continue;
		r = visit_mdev(fs, parent, directory, *uuid, visit, userdata, error);
	}
	return r;
}

static int visit_virtual(const struct lend_fs *fs, struct lend_address parent, const char *link, child_fn *visit,
			 void *userdata, struct lend_error *error)
{
	struct child child = { .parent = parent, .kind = "virtual function", .is_virtual = true };

	if (lend_fs_link_name(fs, lend_function_path(parent, link).text, child.name, sizeof(child.name), NULL) < 0 ||
	    lend_address_parse(child.name, &child.address, NULL) < 0)
		return 0;
	(void)lend_function_driver(fs, child.address, child.driver, NULL);
	(void)snprintf(child.directory, sizeof(child.directory), "%s", lend_function_path(child.address, "").text);
	(void)snprintf(child.what, sizeof(child.what), "virtual function %s", lend_address_text(child.address).text);
	(void)snprintf(child.name, sizeof(child.name), "%s on %s", lend_address_text(child.address).text, child.driver);
	child.is_for_a_vm = lend_driver_is_vfio(fs, child.address, child.driver);
	return visit(fs, &child, userdata, error);
}

static int visit_virtuals(const struct lend_fs *fs, struct lend_address parent, child_fn *visit, void *userdata,
			  struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r = 0;

	if (!lend_fs_exists(fs, lend_function_path(parent, "virtfn0").text) ||
	    lend_fs_list(fs, lend_function_path(parent, "").text, &names, NULL, NULL) < 0)
		return 0;
	for (char **name = names; r >= 0 && *name; name++)
		if (strncmp(*name, "virtfn", strlen("virtfn")) == 0)
			r = visit_virtual(fs, parent, *name, visit, userdata, error);
	return r;
}

static int visit_children(const struct lend_fs *fs, const struct lend_addresses *functions, child_fn *visit,
			  void *userdata, struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **uuids = NULL;
	int r = 0;

	(void)lend_fs_list(fs, "sys/bus/mdev/devices", &uuids, NULL, NULL);
	for (size_t i = 0; r >= 0 && i < functions->count; i++) {
		const struct lend_address function = functions->items[i];
		char path[PATH_MAX];

		if (uuids && *uuids &&
		    lend_fs_resolve(fs, lend_function_path(function, "").text, path, sizeof(path), NULL) >= 0)
			r = visit_mdevs(fs, function, path, uuids, visit, userdata, error);
		if (r >= 0)
			r = visit_virtuals(fs, function, visit, userdata, error);
	}
	return r;
}

static int add_nodes(const struct lend_fs *fs, const struct child *child, void *userdata, struct lend_error *error)
{
	struct lend_nodes *nodes = userdata;
	char path[PATH_MAX];
	int r;

	nodes->has_children = true;
	if (!child->is_virtual || child->is_for_a_vm) {
		r = lend_nodes_add_vfio_device(fs, child->parent, child->directory, child->what, nodes);
		return r < 0 ? lend_error_set(error, r, "%s: out of memory", child->what) : 0;
	}
	if (!*child->driver || lend_fs_resolve(fs, child->directory, path, sizeof(path), NULL) < 0)
		return 0;
	return lend_nodes_add_below(fs, child->parent, path, nodes, error);
}

int lend_children_add_nodes(const struct lend_fs *fs, const struct lend_addresses *functions, struct lend_nodes *nodes,
			    struct lend_error *error)
{
	return visit_children(fs, functions, add_nodes, nodes, error);
}

struct search {
	const struct lend_nodes *nodes;
	struct lend_holders *holders;
};

/* Whether the search through the processes has found who has @child: its nodes are labelled with what it is. */
static bool is_held(const struct lend_nodes *nodes, const struct child *child)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct lend_node *node = &nodes->items[i];

		if (node->is_held && node->label && lend_address_equal(node->function, child->parent) &&
		    strstr(node->label, child->what))
			return true;
	}
	return false;
}

static int add_unheld(const struct lend_fs *fs, const struct child *child, void *userdata, struct lend_error *error)
{
	const struct search *search = userdata;

	(void)fs;
	if (!child->is_for_a_vm || is_held(search->nodes, child))
		return 0;
	if (lend_holders_add(search->holders, &(struct lend_holder){ .function = child->parent,
								     .command = (char *)child->kind,
								     .node = (char *)child->name }) < 0)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", child->what);
	return 0;
}

int lend_children_find(const struct lend_fs *fs, const struct lend_addresses *functions, const struct lend_nodes *nodes,
		       struct lend_holders *holders, struct lend_error *error)
{
	struct search search = { nodes, holders };

	return nodes->has_children ? visit_children(fs, functions, add_unheld, &search, error) : 0;
}
