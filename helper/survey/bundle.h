/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct lend_error;
struct lend_fs;
struct lend_inventory;

/** Whether @name is one of an archive: it ends in .tar, .tar.gz or .tgz. */
bool lend_bundle_is_name(const char *name);

/**
 * Records @inventory, as lend_record() does, into the new archive @file, for its owner only, to be sent to somebody.
 * The devices' serial numbers are left out. -EEXIST for a file that is there.
 */
int lend_bundle(const struct lend_fs *fs, const struct lend_inventory *inventory, const char *file,
		struct lend_error *error);
