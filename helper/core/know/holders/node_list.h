/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lendpci/know/pci/address.h"

struct lend_fs;

/*
 * The device nodes and network interfaces to look for, below all finders. Private to this layer.
 *
 *   list, node_list             what is found, and what is looked for
 *   driver_nodes, vfio_nodes,   which nodes belong to a function, and to what was made of it
 *   nodes, children
 *   mounts, process_files,      who uses them
 *   processes, blocks,
 *   networks, claims, exclusive
 *   find, vfio, kernel_users    the searches that others call
 *
 * Each includes only what stands above it in this list.
 */

/** A device node through which a function is used. */
struct lend_node {
	struct lend_address function;
	char *path;        /* "/dev/dri/card0", as the kernel names it */
	char *label;       /* the name that people know, where it is another: "/dev/mapper/vg0-data"; else NULL */
	char *block;       /* its name in sys/class/block, NULL for a character device */
	dev_t number;      /* 0 when the kernel does not tell */
	size_t mounted_in; /* the first mount namespace that shows it mounted, counted from 1; 0 for none */
	bool is_held;      /* a holder was found on it */
};

/** A network interface of a function. */
struct lend_interface {
	struct lend_address function;
	char *name;
};

struct lend_nodes {
	struct lend_node *items;
	size_t count;
	struct lend_interface *interfaces;
	size_t interface_count;
	bool has_children; /* virtual functions or mediated devices were made of a function */

	/* Finds a node by function and path: a hash table of indices, each one higher, 0 for a free place. */
	size_t *places;
	size_t place_count; /* a power of two, or 0 */
};
void lend_nodes_clear(struct lend_nodes *nodes);

/** What to show of a node. Borrowed. */
const char *lend_node_name(const struct lend_node *node);

/** Adds one node; one that is there already is fine. @block is NULL for a character device. -ENOMEM. */
int lend_nodes_add(struct lend_nodes *nodes, struct lend_address function, const char *path, const char *block,
		   dev_t number);

/** The same, of a character device with a name of its own for people. */
int lend_nodes_add_labelled(struct lend_nodes *nodes, struct lend_address function, const char *path, dev_t number,
			    const char *label);

/** Adds a network interface. -ENOMEM. */
int lend_nodes_add_interface(struct lend_nodes *nodes, struct lend_address function, const char *name);

/** The device number in sysfs attribute "dev" of @directory; 0 when it has none. */
dev_t lend_node_number(const struct lend_fs *fs, const char *directory);
