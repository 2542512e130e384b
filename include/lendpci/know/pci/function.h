/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;

enum { LEND_NO_GROUP = -1 };

/**
 * What the kernel says of one PCI function, as far as it can be read without ever waiting for its driver.
 *
 * driver_override is not here on purpose: the kernel takes the device lock to print it, and a driver that hangs in
 * remove() holds that lock. Only the isolated child in act/bind reads it.
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci, Documentation/driver-api/vfio.rst.
 */
struct lend_function {
	struct lend_address address;
	uint16_t vendor, device;
	uint16_t subsystem_vendor, subsystem_device;
	uint32_t class;  /* 24 bits: 0x030000 is a VGA controller */
	int iommu_group; /* LEND_NO_GROUP without an IOMMU */
	char driver[64]; /* "" when no driver is bound */
	bool is_virtual; /* an SR-IOV virtual function */
};

/**
 * Reads one function. -ENODEV with a sentence when the host has no such function. A card that fell off the bus still
 * shows here, since the kernel remembers its ids; see lend_device_read(). @ret is untouched on failure.
 */
int lend_function_read(const struct lend_fs *fs, struct lend_address address, struct lend_function *ret,
		       struct lend_error *error);

/**
 * A decimal number from an attribute, such as sriov_numvfs. -ENOENT without such an attribute, -EINVAL for what is no
 * number; @ret is untouched then.
 */
int lend_function_count(const struct lend_fs *fs, struct lend_address address, const char *attribute, uint32_t *ret,
			struct lend_error *error);

/** The driver bound now, into @ret (64 bytes, "" for none). Never waits for the driver. */
int lend_function_driver(const struct lend_fs *fs, struct lend_address address, char ret[static 64],
			 struct lend_error *error);

/** "sys/bus/pci/devices/ADDRESS/ATTRIBUTE". */
struct lend_function_path {
	char text[160];
};
struct lend_function_path lend_function_path(struct lend_address address, const char *attribute);

/** A PCI-to-PCI, host, ISA or CardBus bridge (class 0x06xx but 0x0680): part of a group without being lendable. */
bool lend_function_is_bridge(const struct lend_function *function);

/** A display controller: class 0x03xx, and the processing accelerators 0x1200 that data-centre GPUs report. */
bool lend_function_is_gpu(const struct lend_function *function);

/** An array of addresses, sorted. */
struct lend_addresses {
	struct lend_address *items;
	size_t count;
};
void lend_addresses_clear(struct lend_addresses *addresses);
int lend_addresses_add(struct lend_addresses *addresses, struct lend_address address);
int lend_addresses_add_once(struct lend_addresses *addresses, struct lend_address address);
bool lend_addresses_contain(const struct lend_addresses *addresses, struct lend_address address);

/** Every function of the host. A name in sysfs that is no address is passed over. */
int lend_functions_list(const struct lend_fs *fs, struct lend_addresses *ret, struct lend_error *error);

/** The functions of @address's slot, itself included. -ENODEV when there is none. */
int lend_functions_of_slot(const struct lend_fs *fs, struct lend_address address, struct lend_addresses *ret,
			   struct lend_error *error);

/** The members of IOMMU group @group. */
int lend_functions_of_group(const struct lend_fs *fs, int group, struct lend_addresses *ret, struct lend_error *error);

/** Whether the kernel has any IOMMU group at all: without one nothing can be lent. */
bool lend_host_has_iommu(const struct lend_fs *fs);
