/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;
struct lend_policy_device;

/**
 * Finds on this host the card that a policy means: by its location path, or where the policy has none by its address.
 * Its ids are verified, and where the policy has a serial number that, too. @ret differs from the policy's address
 * after a renumbering. Errors of lend_requested_locate(), -EINVAL for a path that is none, and -ETIMEDOUT for a card
 * that does not wake up to tell its serial number.
 */
int lend_find_card(const struct lend_fs *fs, const struct lend_policy_device *device, struct lend_address *ret,
		   struct lend_error *error);
