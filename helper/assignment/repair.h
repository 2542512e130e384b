/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "lendpci/base/error.h"
#include "lendpci/decide/edit/edit.h"

struct lend_fs;
struct lend_libvirt;

/** What keeping one definition in line found and did. */
struct lend_repaired {
	char name[256];
	bool has_policy; /* false: none of our business, nothing else was looked at */
	struct lend_edit_report report;
	struct lend_error problem; /* what a start would be refused for; empty when all is well */
};

/**
 * Brings the persistent definition of @uuid back in line with its own policy, if need be: hostdevs that somebody
 * removed, room for them that was lost, addresses that the host has changed. It becomes what `lendpci assign` would
 * write. Doing it again changes nothing. Without a policy nothing is ever changed, so who removes the policy is rid of
 * us.
 *
 * A domain that is gone or transient is fine. Other errors are libvirt's or the editor's.
 */
int lend_repair(const struct lend_fs *fs, struct lend_libvirt *libvirt, const char *uuid, struct lend_repaired *ret,
		struct lend_error *error);
