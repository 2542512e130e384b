/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct lend_error;

/*
 * ROMs as files of whoever calls: the paths are theirs, relative ones too, and not below --sysroot.
 */

/**
 * Reads @path: at most LEND_OPTION_ROM_MAX bytes, the caller's to free. -ENOENT when there is none, -EFBIG for one that
 * is too large to be a ROM, -EINVAL for what is no regular file.
 */
int lend_rom_file_read(const char *path, uint8_t **ret, size_t *ret_size, struct lend_error *error);

/**
 * Writes @path, which must not be there, or be empty: a ROM that was read in better times is never lost to a new one.
 * Readable for all, as QEMU, which is to read it, runs as a user of its own. What was begun is removed on failure.
 */
int lend_rom_file_write(const char *path, const uint8_t *bytes, size_t size, struct lend_error *error);
