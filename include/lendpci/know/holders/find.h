/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lendpci/know/holders/list.h"

struct lend_error;
struct lend_fs;

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
 * their number. @ret is sorted, empty when nobody holds anything, and untouched on failure.
 *
 * Source: Documentation/filesystems/proc.rst, Documentation/ABI/testing/sysfs-block.
 */
int lend_holders_find(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
		      struct lend_holders *ret, struct lend_error *error);
