/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/know/host/process.h"

struct lend_error;
struct lend_fs;

/**
 * Notes between two calls of the hook: the start that libvirt prepares next is a restore, and must not go on.
 *
 * libvirt 11 takes a refusal at its "restore" operation for success: it starts nothing, says that it did, and deletes
 * the saved state. At "prepare", which follows, a refusal is one, and the saved state stays.
 *
 * Source: libvirt 11.3, qemuDomainObjRestore(), whose `ret` is 0 by the time that the hook is called.
 */

/**
 * Whether there is a note of a domain whose UUID is in @xml: a search of the text, no parsing, which is all that a
 * start without passthrough pays for.
 */
bool lend_restore_guard_is_noted(const struct lend_fs *fs, const char *xml, size_t size);

/** Notes that @daemon is about to restore the domain @uuid. */
int lend_restore_guard_note(const struct lend_fs *fs, const char *uuid, struct lend_process daemon,
			    struct lend_error *error);

/**
 * Takes @uuid's note away. Whether there was one of @daemon's from just now: one that is older, or whose daemon died,
 * was for a restore that never came to its start.
 */
bool lend_restore_guard_take(const struct lend_fs *fs, const char *uuid, struct lend_process daemon);

/** Removes notes of restores that never came to their start. */
int lend_restore_guard_sweep(const struct lend_fs *fs, struct lend_error *error);
