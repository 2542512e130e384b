/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/bars.h"
#include "lendpci/know/pci/capabilities.h"
#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/location_path.h"
#include "lendpci/know/pci/reset_methods.h"
#include "lendpci/know/pci/usb_devices.h"

struct lend_error;
struct lend_fs;
struct lend_inventory;

/** A bridge between a function and its root bus. */
struct lend_bridge {
	struct lend_address address;
	int iommu_group;
	struct lend_capabilities capabilities;
};

/** Everything that is known of one function, as the verdict and the survey want it. Release with lend_device_clear().
 */
struct lend_device {
	struct lend_function function;
	struct lend_capabilities capabilities;
	struct lend_bars bars;
	struct lend_bars virtual_bars; /* of each virtual function that it can have */
	struct lend_reset_methods reset;
	char location[LEND_LOCATION_MAX]; /* "" when sysfs does not show where it is plugged */

	/* The functions of its card: of its slot, without virtual functions, which stand alone. Itself included. */
	struct lend_addresses card;

	/*
	 * What else is on its card, on other buses: functions of its vendor behind the vendor's own PCI Express switch,
	 * with one graphics card among all of them. Intel's Arc has its audio function there.
	 */
	struct lend_addresses parts;

	/* The members of its IOMMU group, itself included; borrowed from the machine. NULL without a group. */
	const struct lend_function *const *group;
	size_t group_count;

	struct lend_bridge *bridges; /* from the root bus down */
	size_t bridge_count;

	struct lend_usb_devices usb; /* what is plugged into a USB controller */
	bool is_reserved;            /* its host driver does not get it at boot: it is this card that was reserved */
	uint32_t virtual_functions;  /* how many of its own are switched on */
	bool is_external;      /* a graphics card behind a port that the firmware calls external: Thunderbolt, USB4 */
	bool may_reach_d3cold; /* its power may be cut while it is idle */

	/* Memory that firmware reserved for a member of its group (RMRR); 0 and 0 for none. */
	uint64_t reserved_start, reserved_end;
};

/**
 * Reads all about @address. @inventory is borrowed by @ret. -ENODEV when the machine has no such function. Only the ids
 * and the group must be readable: what else is missing is left out of @ret.
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci and sysfs-kernel-iommu_groups.
 */
int lend_device_read(const struct lend_fs *fs, const struct lend_inventory *inventory, struct lend_address address,
		     struct lend_device *ret, struct lend_error *error);
void lend_device_clear(struct lend_device *device);
