/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;

/**
 * The order in which the kernel tries to reset a function, as it prints it: "flr bus". "" where it has no such file:
 * the function cannot be reset, or the kernel is older than 5.15.
 *
 * A VM's tools, and people in despair, change it while a card is on loan; the host gets its own order back.
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci (reset_method).
 */
struct lend_reset_method {
	char text[64];
};

/** Reads what is set now. @ret is untouched on failure. */
int lend_reset_method_read(const struct lend_fs *fs, struct lend_address address, struct lend_reset_method *ret,
			   struct lend_error *error);

/** Makes it so, and reads it back; an empty one is left alone. -EIO if the kernel kept another order, -ETIMEDOUT. */
int lend_reset_method_apply(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
			    const struct lend_reset_method *want, struct lend_error *error);
