/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cli/verb.h"
#include "lendpci/act/context.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"

/** What a verb that looks at this host, or changes it, works with. */
struct lend_program {
	struct lend_fs *fs;
	struct lend_settings settings;
	struct lend_context context; /* notes go to the terminal */
};

/**
 * Opens the host, or with --sysroot the recorded machine, and reads its settings. -EPERM for what needs root, unless a
 * recorded machine is read. @ret's address must not change until lend_program_close().
 */
int lend_program_open(const struct lend_call *call, bool needs_root, struct lend_program *ret,
		      struct lend_error *error);
void lend_program_close(struct lend_program *program);
