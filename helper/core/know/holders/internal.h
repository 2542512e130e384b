/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the parts of the search for holders share. Private to this layer.
 *
 *   nodes.c, nodes_shared.c   which device nodes and interfaces belong to a function
 *   holders_block.c           what is stacked on its disks, swap; adds the stacked disks as further nodes
 *   holders_process.c         who has a node open or mapped
 *   holders_mount.c           mount namespaces: which disks are mounted
 *   holders_network.c         which interfaces are in use
 */

#include <stdbool.h>

#include "lendpci/know/holders/holders.h"
#include "lendpci/know/pci/function.h"

/** A device node through which a function is used. */
struct lend_node {
	struct lend_address function;
	char *path;        /* "/dev/dri/card0", as the kernel names it */
	char *label;       /* the name that people know, where it is another: "/dev/mapper/vg0-data"; else NULL */
	char *block;       /* its name in sys/class/block, NULL for a character device */
	dev_t number;      /* 0 when the kernel does not tell */
	size_t mounted_in; /* the first mount namespace that shows it mounted, counted from 1; 0 for none */
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

	/* Whether all cards of a driver are among those asked for; found out once, since it takes a look at each. */
	struct {
		bool known, alone;
	} nvidia, amdgpu;
};
void lend_nodes_clear(struct lend_nodes *nodes);

/** What to show of a node. Borrowed. */
const char *lend_node_name(const struct lend_node *node);

/** Adds the nodes and interfaces of each of @functions, which are sorted, that has a host driver. */
int lend_nodes_find(const struct lend_fs *fs, const struct lend_addresses *functions, struct lend_nodes *nodes,
		    struct lend_error *error);

/** Adds what is in and below sysfs directory @path, on account of @function. A directory that is gone is fine. */
int lend_nodes_add_below(const struct lend_fs *fs, struct lend_address function, const char *path,
			 struct lend_nodes *nodes, struct lend_error *error);

/** Adds one node; one that is there already is fine. @block is NULL for a character device. */
int lend_nodes_add(struct lend_nodes *nodes, struct lend_address function, const char *path, const char *block,
		   dev_t number);

/** Adds the nodes of @function that its driver shares out outside of sysfs' tree: /dev/nvidia*, /dev/kfd. @functions
 * are sorted. */
int lend_nodes_add_shared(const struct lend_fs *fs, struct lend_address function, const char *driver,
			  const struct lend_addresses *functions, struct lend_nodes *nodes, struct lend_error *error);

/** The device number in sysfs attribute "dev" of @directory; 0 when it has none. */
dev_t lend_node_number(const struct lend_fs *fs, const char *directory);

/** Adds one holder, once, made printable. @unit may be NULL. -ENOMEM. */
int lend_holders_add(struct lend_holders *holders, const struct lend_holder *holder);

/** A mount namespace that has been read. */
struct lend_namespace {
	char id[32];   /* "mnt:[4026531840]" */
	char **remote; /* NULL-terminated: where file systems are mounted that wait for another machine or a daemon */
};

struct lend_namespaces {
	struct lend_namespace *items;
	size_t count;
};
void lend_namespaces_clear(struct lend_namespaces *namespaces);

/**
 * Reads the mount namespace of process @pid ("812", "self") unless it is known, and adds the mounts of @nodes to
 * @holders. @ret is borrowed until the next call, NULL when the process is gone.
 */
int lend_namespace_visit(const struct lend_fs *fs, const char *pid, struct lend_nodes *nodes,
			 struct lend_namespaces *namespaces, struct lend_holders *holders,
			 const struct lend_namespace **ret, struct lend_error *error);

/** Whether looking at the file @path may wait for another machine. */
bool lend_namespace_is_remote(const struct lend_namespace *space, const char *path);

/** File systems that live though no namespace shows them: unmounted lazily, or further devices of one that is. */
int lend_mounts_find_hidden(const struct lend_fs *fs, const struct lend_nodes *nodes, struct lend_holders *holders,
			    struct lend_error *error);

/** What stands on the disks among @nodes, added to @nodes itself too; and which of them all are swap. */
int lend_stacks_find(const struct lend_fs *fs, struct lend_nodes *nodes, struct lend_holders *holders,
		     struct lend_error *error);
int lend_swaps_find(const struct lend_fs *fs, const struct lend_nodes *nodes, struct lend_holders *holders,
		    struct lend_error *error);

int lend_networks_find(const struct lend_fs *fs, const struct lend_nodes *nodes, struct lend_holders *holders,
		       struct lend_error *error);

/** Who has one of @nodes open or mapped; reads the mount namespaces on the way. */
int lend_processes_find(const struct lend_fs *fs, struct lend_nodes *nodes, struct lend_holders *holders,
			struct lend_error *error);

/** The first process that has one of @nodes open, into @holders. Opens only, which is all that VFIO needs. */
int lend_processes_find_first(const struct lend_fs *fs, struct lend_nodes *nodes, struct lend_holders *holders,
			      struct lend_error *error);
