/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "lendpci/base/error.h"
#include "lendpci/decide/edit/edit.h"

struct lend_fs;
struct lend_libvirt;

/** What a repair of one definition found and did. */
struct lend_repaired {
	char name[256];
	bool has_policy; /* false: the domain has no assignment; nothing else was read */
	struct lend_edit_report report;
	struct lend_error problem; /* what a start would be refused for; empty when all is well */
};

/**
 * Repairs the persistent definition of @uuid where it no longer has what its own assignment asks for: hostdevs that
 * somebody removed, a window that was lost, addresses that the host has changed. It becomes what `lendpci assign` would
 * write. Idempotent. Without an assignment nothing is ever changed, so removing it from the metadata ends all repairs.
 *
 * A domain that is gone or transient is fine. Other errors are libvirt's or the editor's.
 */
int lend_repair(const struct lend_fs *fs, struct lend_libvirt *libvirt, const char *uuid, struct lend_repaired *ret,
		struct lend_error *error);
