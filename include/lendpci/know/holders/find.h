/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lendpci/know/holders/list.h"

struct lend_error;
struct lend_fs;

/**
 * Finds who uses any of @count @functions: through a driver of the host, or through VFIO, whoever lent it.
 *
 *   processes  by /proc/PID/fd and /proc/PID/maps on any device node below the function in sysfs (what hangs on a USB
 *              controller included), and on the nodes of nvidia and amdgpu that are not there: /dev/nvidia*, /dev/kfd
 *   VFIO       who holds the IOMMU group of a function on vfio-pci, or on no driver, or its iommufd node: see vfio.h
 *   children   mediated devices made of the function, held or not; its virtual functions, with all of their users, and
 *              those that are on vfio-pci for a VM
 *   storage    mounted in any mount namespace, swap, or part of device-mapper, md, bcache, btrfs, a loop device, and
 *              whatever uses those; a member of an imported ZFS pool; exported by LIO or nvmet
 *   network    interfaces that are up and carry an address, the default route or another interface (bridge, bond)
 *
 * On the host, disks of functions without any holder so far are asked last whether something in the kernel has claimed
 * them, whatever it may be: an open with O_EXCL, which leaves no trace (holders/exclusive.c tells what it does and
 * what it cannot see). A disk that does not answer, or cannot be asked, counts as used: losing data is worse than a
 * refusal. No other device is opened, and no file system is asked that may not answer.
 *
 * What a look at a process costs is its user's choice, and a user alone must not be able to keep a VM from starting:
 * neither by a search that fails nor by one that takes long. So one deadline is over the whole search (processes.h),
 * and a user's process for which there was no time is no holder; it is counted in @unseen, which is told. That is safe
 * for data, since a disk is not judged by processes alone: a file system that is mounted in a namespace that was not
 * read still lives in sys/fs or refuses O_EXCL, and a node of a disk opens for nobody but root and whom root has let. A
 * process of root's own that there was no time for is a holder of each disk: in doubt about a disk there is no start.
 *
 * One scan of /proc for all functions together; a process that ends meanwhile is passed over. On a recorded machine
 * nodes are told by their path, on the host by their number. @ret is sorted, empty when nobody holds anything, and
 * untouched on failure.
 *
 * Source: Documentation/filesystems/proc.rst, Documentation/ABI/testing/sysfs-block, block/bdev.c,
 * Documentation/driver-api/vfio-mediated-device.rst.
 */
int lend_holders_find(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
		      struct lend_holders *ret, struct lend_error *error);
