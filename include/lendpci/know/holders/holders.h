/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;

/**
 * Who uses a function on the host, so that taking it away would hang the driver or lose data.
 *
 * Names that strangers chose (processes, mount points) are made printable: see lend_text_make_printable().
 */
struct lend_holder {
	struct lend_address function;
	pid_t pid;         /* 0 when it is no process: a mount, swap, a device-mapper target, an interface in use */
	char *command;     /* comm of the process, or what it is: "mount", "swap", "lvm", "md", "network" */
	char *unit;        /* systemd unit; NULL when there is none */
	bool is_user_unit; /* @unit is one of a user's own manager: a name that the user chose, unknown to the system's
			    */
	char *node; /* "/dev/dri/card0", "/dev/nvme0n1p1 on /srv", "vg0-data on /dev/nvme0n1", "eth0 192.0.2.7/24" */
};
void lend_holder_clear(struct lend_holder *holder);

/** By function; of one function first what is no process, then processes by pid and node. */
struct lend_holders {
	struct lend_holder *items;
	size_t count;
	unsigned unseen; /* processes that the caller may not look into: always 0 for an unconfined root */
};
void lend_holders_clear(struct lend_holders *holders);

/**
 * Finds who uses any of @count @functions through a driver of the host. A function without a driver, or on vfio-pci,
 * has no such users.
 *
 *   processes  by /proc/PID/fd and /proc/PID/maps on any device node below the function in sysfs (what hangs on a USB
 *              controller included), and on the nodes of nvidia and amdgpu that are not there: /dev/nvidia*, /dev/kfd
 *   storage    mounted in any mount namespace, swap, or part of device-mapper, md, bcache, btrfs, a loop device; and
 *              whatever uses those
 *   network    interfaces that are up and carry an address, the default route or another interface (bridge, bond)
 *
 * One scan of /proc for all functions together; a process that ends meanwhile is passed over. Never opens a device, and
 * never asks a file system that may not answer. On a recorded machine nodes are told by their path, on the host by
 * their number. @ret is empty when nobody holds anything, and untouched on failure.
 *
 * Source: Documentation/filesystems/proc.rst, Documentation/ABI/testing/sysfs-block.
 */
int lend_holders_find(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
		      struct lend_holders *ret, struct lend_error *error);

/**
 * Who uses IOMMU group @group through VFIO: holds /dev/vfio/GROUP, or the iommufd node of one of its functions, as QEMU
 * does for the life of a VM. Returns 1 with the first one found in @ret, which the caller clears; 0 when there is none,
 * or for LEND_NO_GROUP; -errno.
 */
int lend_vfio_holder_find(const struct lend_fs *fs, int group, struct lend_holder *ret, struct lend_error *error);

/** "Xorg (pid 812, display-manager.service): /dev/dri/card0", "mount: /dev/nvme0n1p1 on /srv". The caller's to free. */
char *lend_holder_describe(const struct lend_holder *holder);
