/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct lend_error;
struct lend_fs;
struct lend_holders;
struct lend_nodes;

/** A disk or partition to be asked for. */
struct lend_disk {
	const char *path; /* "/dev/nvme0n1", borrowed */
	dev_t number;
};

/**
 * Asks the kernel whether each of @count @disks could be claimed: @ret[i] is 0 when nothing has claimed it, -EBUSY when
 * something has, -ETIMEDOUT when it does not answer, another -errno when it cannot be asked. Returns -errno when
 * nothing could be asked.
 */
typedef int lend_ask_disks_fn(const struct lend_fs *fs, const struct lend_disk *disks, size_t count, int *ret,
			      struct lend_error *error);
lend_ask_disks_fn lend_disks_ask;

/**
 * Finds disks of functions without any holder yet that something in the kernel has claimed nevertheless, or of which
 * that cannot be known. @ask is lend_disks_ask, but for tests.
 */
int lend_exclusive_find(const struct lend_fs *fs, const struct lend_nodes *nodes, lend_ask_disks_fn *ask,
			struct lend_holders *holders, struct lend_error *error);
