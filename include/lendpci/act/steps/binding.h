/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;

#define LEND_VFIO_DRIVER "vfio-pci"

/** Which driver a function has, and which one it is reserved for. */
struct lend_binding {
	char driver[64];          /* "" for none */
	char driver_override[64]; /* "" for none: the kernel prints "(null)" */
};

/** Reads both. -ETIMEDOUT when a driver that hangs in remove() holds the device lock. */
int lend_bind_read(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		   struct lend_binding *ret, struct lend_error *error);

/**
 * Makes it so: the shell's
 *
 *	echo DRIVER   > /sys/bus/pci/devices/ADDRESS/driver_override
 *	echo ADDRESS  > /sys/bus/pci/devices/ADDRESS/driver/unbind
 *	echo ADDRESS  > /sys/bus/pci/drivers_probe
 *	echo OVERRIDE > /sys/bus/pci/devices/ADDRESS/driver_override
 *
 * with every result read back. By driver_override alone, since binding by ids would grab the card's twin too. With
 * @want->driver "" the function is left without a driver. Idempotent.
 *
 * -ETIMEDOUT when the driver does not let go in time, -EIO when the kernel bound another driver or none; then
 * driver_override stays at @want->driver, so that nobody else's driver takes the function meanwhile. @ret_hanging (may
 *be NULL) as in lend_isolate().
 */
int lend_bind_apply(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		    const struct lend_binding *want, pid_t *ret_hanging, struct lend_error *error);

/**
 * For a function whose journal entry is lost: takes it off vfio-pci, clears driver_override and lets the kernel choose
 * a driver as it does at boot.
 */
int lend_bind_rescue(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		     struct lend_error *error);
