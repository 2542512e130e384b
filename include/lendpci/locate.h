/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lendpci/address.h"

struct lend_error;
struct lend_fs;
struct lend_policy_device;

/**
 * Finds on this host the card that a policy means: by its location path, or where the policy has none by its address.
 * Its ids are verified. @ret differs from the policy's address after a renumbering. Errors of lend_wanted_locate(), and
 * -EINVAL for a path that is none.
 */
int lend_locate(const struct lend_fs *fs, const struct lend_policy_device *device, struct lend_address *ret,
		struct lend_error *error);
