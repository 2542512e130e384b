/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "lendpci/base/fs.h"

/* Between the files of this module. */

struct lend_fs {
	int root;
	char root_path[PATH_MAX]; /* as the kernel names it; "" for the host's */
	bool is_host;
	lend_change_fn *change;
	void *userdata;
};

/** "/sys/…: No such file or directory". Returns @code. */
int lend_fs_fail(struct lend_error *error, int code, const char *path);

/** openat2(2) below the root, O_CLOEXEC always. Returns the descriptor or -errno. */
int lend_fs_open_below(const struct lend_fs *fs, const char *path, int flags, mode_t mode);

/** lend_fs_open_to_read(), for the functions that tell themselves what they read. */
int lend_fs_open_regular(const struct lend_fs *fs, const char *path, struct lend_error *error);
