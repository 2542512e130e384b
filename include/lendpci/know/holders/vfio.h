/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "lendpci/know/holders/list.h"

struct lend_error;
struct lend_fs;

/*
 * Who uses IOMMU groups through VFIO: holds /dev/vfio/GROUP, or the iommufd node of one of its functions, as QEMU does
 * for the life of a VM.
 *
 * Why /proc is read, and the kernel not simply asked by an open. In drivers/vfio/group.c, vfio_group_fops_open():
 *
 *   -EBUSY   somebody has the group's file open, or has bound an iommufd node of one of its functions
 *            (cdev_device_open_cnt, Linux 6.6)
 *   -ENODEV  the last function of the group is just leaving vfio
 *   success  nobody has, and now we do: the file is exclusive. Until it is closed QEMU's own open, and the bind of an
 *            iommufd node (vfio_device_block_group()), fail with EBUSY: a VM that is just starting would not start.
 *
 * An iommufd node, /dev/vfio/devices/vfioN (device_cdev.c, vfio_device_fops_cdev_open()), opens for anybody at any time
 * and says nothing; it is exclusive only once it is bound to an iommufd. Yet an open one that is not bound counts:
 * vfio_unregister_group_dev() waits for it, so unbinding vfio-pci would hang, and an open of the group does not tell.
 *
 * What /proc cannot show: who has closed the group and kept the function's own descriptor, "anon_inode:[vfio-device]",
 * which does not tell its function before Linux 6.18. No known user does; such a one still makes an unbind wait, and
 * that has its deadline.
 */

/**
 * Finds the first holder of each of @count @groups, in one scan of /proc that ends as soon as every group has one.
 * @ret[i] is that of @groups[i]: pid 0 for none, which is also what LEND_NO_GROUP gets. Returns how many of them are
 * held, or -errno with @ret untouched. The caller clears each of @ret.
 */
int lend_vfio_holders_find(const struct lend_fs *fs, const int *groups, size_t count, struct lend_holder *ret,
			   struct lend_error *error);

/** Whether process @pid holds @group, by a look at that process alone: 1, 0, -errno. */
int lend_vfio_holder_recheck(const struct lend_fs *fs, int group, pid_t pid, struct lend_error *error);
