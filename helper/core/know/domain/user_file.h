/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct lend_fs;

/*
 * The beginning of a file that a definition names, up to @size - 1 bytes, NUL-terminated. A VM's owner chose the path
 * and root reads it: only a plain file is opened for long, so that a FIFO cannot hang the reader. The number of bytes,
 * or -errno; -EINVAL for what is no plain file.
 */
ssize_t domain_read_user_file(const struct lend_fs *fs, const char *path, char *ret, size_t size);
