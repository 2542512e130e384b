/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/address.h"

struct lend_capabilities;
struct lend_error;
struct lend_fs;

enum {
	LEND_BAR_ROM = 6, /* the expansion ROM's line in sysfs' resource table, after BAR 0 to 5 */
	LEND_BARS_MAX = 7,
	LEND_VIRTUAL_BARS = 6, /* behind those, the ranges of the virtual functions */
};

/** One memory range that a function decodes, and which therefore has to find room in a guest's address space. */
struct lend_bar {
	uint8_t index;     /* 0 to 5, or LEND_BAR_ROM */
	uint8_t bits;      /* 32 or 64: how far up it can be placed */
	bool prefetchable; /* no side effects on reads: may go into a bridge's prefetchable window */
	bool resizable;    /* has a Resizable BAR capability */
	uint64_t start;    /* bytes; 0: the host gave it no address */
	uint64_t size;     /* bytes, never 0 */
	uint64_t sizes;    /* what it can be resized to: bit n stands for 1 MiB << n; 0 unless @resizable */
};

/** A function's memory ranges, in the order of their index. I/O ports are no MMIO and are left out. */
struct lend_bars {
	struct lend_bar items[LEND_BARS_MAX];
	size_t count;
};

/**
 * Reads a function's memory ranges, the unassigned ones too: a BAR that found no room on the host still needs room in
 * the guest. A resizable BAR that the kernel has dropped altogether is found by its capability, which knows its size.
 *
 * -EINVAL when the resource table is not one. @ret is untouched on failure.
 *
 * Source: sysfs' `resource` (one line `start end flags` for each range; flags of include/linux/ioport.h),
 * `resourceN_resize` (Documentation/ABI/testing/sysfs-bus-pci), PCIe base specification 7.8.6 (Resizable BAR).
 */
int lend_bars_read(const struct lend_fs *fs, struct lend_address address, struct lend_bars *ret,
		   struct lend_error *error);

/**
 * The same of a function whose @capabilities have been read already, and in @ret_virtual what each of its virtual
 * functions has or would have, switched on or not; empty for a function that can have none. Errors as above.
 *
 * Source: lines 8 to 13 of `resource`, each as large as those of all `sriov_totalvfs` virtual functions together.
 */
int lend_bars_read_known(const struct lend_fs *fs, struct lend_address address,
			 const struct lend_capabilities *capabilities, struct lend_bars *ret,
			 struct lend_bars *ret_virtual, struct lend_error *error);
