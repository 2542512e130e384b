/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct lend_fs;

enum lend_cpu_vendor { LEND_VENDOR_UNKNOWN, LEND_VENDOR_INTEL, LEND_VENDOR_AMD };

/** How far the host's CPU and IOMMU can address. */
struct lend_address_width {
	unsigned cpu_bits;   /* physical address bits; 0 when the host does not say */
	unsigned iommu_bits; /* of the narrowest IOMMU; 0 when the host does not say */
	enum lend_cpu_vendor vendor;
	bool gib_pages;                   /* the CPU has pages of 1 GiB */
	bool snoop_known, enforces_snoop; /* every IOMMU can make a DMA look into the caches, whatever it asks for */
};

/**
 * Reads what the host says; what it does not say stays 0.
 *
 * Source: /proc/cpuinfo ("address sizes", "vendor_id", "flags"); sys/class/iommu/dmarN/intel-iommu/cap (VT-d
 * specification 11.4.2: MGAW in bits 21:16, one less than the width) and ecap (11.4.3: SC in bit 7). AMD's IOMMU shows
 * no width of its own in sysfs and translates 48 bits or more with four levels or more, as Linux sets it up.
 */
void lend_address_width_read(const struct lend_fs *fs, struct lend_address_width *ret);
