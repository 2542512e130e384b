/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/know/pci/capabilities.h"
#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/reservations.h"

struct lend_error;
struct lend_fs;

/**
 * All functions of a host at one moment, and what is true of the host as a whole.
 *
 * Read once, so that a question about a group or a bus costs no more on a host with thousands of virtual functions.
 */
struct lend_inventory {
	struct lend_function *functions; /* sorted by address */
	size_t count;
	const struct lend_function **by_group; /* the same, sorted by group and then by address */
	bool has_iommu;                        /* the kernel has at least one IOMMU group */
	struct lend_reservations reserved;     /* what host drivers do not get at boot; empty where it cannot be read */
	char acs_override[64];                 /* "pcie_acs_override=…" of the kernel's command line; "" without it */
	bool keeps_display;                    /* the settings say that the host's only display is not lent */
	struct lend_addresses screens;         /* show the host's screen: firmware chose them, or drew there */
	bool vendor_reset;                     /* the module of that name is loaded: "device_specific" can be had */

	/* What lend_inventory_capabilities() has read: one for each of @functions, NULL until it was asked for. */
	struct lend_capabilities **capabilities;
};
void lend_inventory_clear(struct lend_inventory *inventory);

/**
 * Reads the host. A function that disappears meanwhile is passed over.
 *
 * Source: sysfs' boot_vga; /proc/iomem, where the owner of a firmware framebuffer ("efifb", "simplefb", "BOOTFB", …)
 * stands below the function whose memory it is. Without root /proc/iomem has no addresses, which are not needed.
 */
int lend_inventory_read(const struct lend_fs *fs, struct lend_inventory *ret, struct lend_error *error);

/**
 * The part of it that can speak against lending one of @count functions: their buses, their groups and the bridges
 * above them. A start has no time for the other thousands of a large server, nor for what is told and no reason to
 * refuse: screens, reservations, acs_override and vendor_reset are left empty, unless the host keeps its only display:
 * then all is read.
 */
int lend_inventory_read_around(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
			       struct lend_inventory *ret, struct lend_error *error);

/** The function at @address, borrowed; NULL when there is none. */
const struct lend_function *lend_inventory_find(const struct lend_inventory *inventory, struct lend_address address);

/**
 * What the configuration space of @function, one of @inventory's, says. It is read by the first call and remembered:
 * a bridge is asked about for each function below it. Borrowed. Errors of lend_capabilities_read().
 */
int lend_inventory_capabilities(const struct lend_fs *fs, const struct lend_inventory *inventory,
				const struct lend_function *function, const struct lend_capabilities **ret,
				struct lend_error *error);

/** The members of @group: a borrowed run of @by_group. NULL and 0 for a group that does not exist. */
const struct lend_function *const *lend_inventory_group(const struct lend_inventory *inventory, int group,
							size_t *ret_count);

/** The functions on @address's bus, itself included: a borrowed run of @functions. */
const struct lend_function *lend_inventory_bus(const struct lend_inventory *inventory, struct lend_address address,
					       size_t *ret_count);
