/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;
struct lend_progress;

#define LEND_VFIO_DRIVER "vfio-pci"

/**
 * From one driver to another: what the steps unbind and probe have in common.
 *
 *	echo DRIVER   > /sys/bus/pci/devices/ADDRESS/driver_override
 *	echo ADDRESS  > /sys/bus/pci/devices/ADDRESS/driver/unbind
 *	echo ADDRESS  > /sys/bus/pci/drivers_probe
 *
 * By driver_override alone, since binding by ids would grab the card's twin too. All of these take the kernel's device
 * lock, also to read driver_override: a driver that hangs in remove() keeps that lock, so they run in isolated
 * children.
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci.
 */

/**
 * Reads driver_override, "" for none, and the driver, "" for none. In this order: once the kernel has printed the
 * first, no unbind or probe of somebody who was killed is still under way, and the second is the truth. Each 64 bytes.
 */
int lend_driver_read(const struct lend_fs *fs, struct lend_address address, char ret_override[static 64],
		     char ret_driver[static 64], struct lend_error *error);

/** Sets driver_override, "" for none, and reads it back: -EIO if the kernel kept another one. */
int lend_driver_set_override(const struct lend_fs *fs, struct lend_address address, const char *driver,
			     struct lend_error *error);

/** Unbinds from @driver, which has it. -EIO if the function still has one. */
int lend_driver_unbind(const struct lend_fs *fs, struct lend_address address, const char *driver,
		       struct lend_progress *progress, struct lend_error *error);

/** Has the kernel look for a driver, which is to be @driver. -EIO if it is another one, or none. */
int lend_driver_probe(const struct lend_fs *fs, struct lend_address address, const char *driver,
		      struct lend_progress *progress, struct lend_error *error);
