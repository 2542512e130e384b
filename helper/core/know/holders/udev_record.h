/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct lend_fs;

/** Where ZFS has a directory for each pool that is imported. */
#define LEND_ZFS_POOLS "proc/spl/kstat/zfs"

/**
 * Whether block device @number is a member of a ZFS pool, by what udev found on it; the pool's name into @ret, "" when
 * udev does not know it.
 */
bool lend_udev_zfs_pool(const struct lend_fs *fs, dev_t number, char *ret, size_t size);
