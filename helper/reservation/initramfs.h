/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_error;

/**
 * Has the distribution's own tool make the initramfs anew, so that the list of what is reserved is in it:
 * update-initramfs or dracut. Returns 1 with the command in @ret, 0 on a host with neither, -EIO with what to run by
 * hand when it fails.
 */
int lend_initramfs_update(const char **ret, struct lend_error *error);
