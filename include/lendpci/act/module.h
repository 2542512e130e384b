/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_error;
struct lend_fs;

/**
 * Loads the kernel module @name with what it depends on; one that is loaded is fine. By libkmod and not by modprobe(8),
 * since libvirtd's AppArmor profile lets the hook run few programs. -ENOENT when the running kernel has no such module,
 * -EOPNOTSUPP below any root but the host's.
 */
int lend_module_load(const struct lend_fs *fs, const char *name, struct lend_error *error);
