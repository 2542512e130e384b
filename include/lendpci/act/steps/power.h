/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;

/**
 * Keeps a function awake while it is on loan.
 *
 * A GPU that reaches D3cold under vfio-pci may never come back, and its guest cannot wake it. So during a loan
 * power/control is "on" and d3cold_allowed is "0"; what was set before is in the loan's journal entry.
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci (d3cold_allowed), sysfs-devices-power (control).
 */
struct lend_power {
	char control[8];        /* "on" or "auto"; "" where the kernel has no such file */
	char d3cold_allowed[4]; /* "0" or "1"; "" where the kernel has no such file */
};

extern const struct lend_power lend_power_awake;

/** Reads what is set now. @ret is untouched on failure. */
int lend_power_read(const struct lend_fs *fs, struct lend_address address, struct lend_power *ret,
		    struct lend_error *error);

/**
 * Makes it so, and reads it back; an empty field, or one that the kernel does not have, is left alone. -EIO if the
 * kernel kept another value, -ETIMEDOUT when the card does not wake up in time: the write resumes it and waits for
 * that. Serves the loan and its undo alike.
 */
int lend_power_apply(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		     const struct lend_power *want, struct lend_error *error);
