/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct lend_address_width;
struct lend_bars;

/** Whether a guest may map a device's memory write-combined, what Hyper-V calls GuestControlledCacheTypes. */
struct lend_write_combining {
	bool known;
	bool combines;
	char text[256]; /* one sentence with the reason, to stand alone */
};

/**
 * Judges from the host's CPU and IOMMU. A device without prefetchable memory has nothing to combine.
 *
 * KVM leaves the type of memory that is a device's to the guest: on Intel, whose nested page tables could overrule the
 * guest, it does so for memory-mapped I/O; on AMD the guest's page attributes count in any case. The guest's own memory
 * is another matter: there Intel's is forced to write-back unless the IOMMU cannot enforce snooping.
 *
 * Source: arch/x86/kvm/vmx/vmx.c (vmx_get_mt_mask), AMD64 Architecture Programmer's Manual 2, 15.25.8.
 */
void lend_write_combining_evaluate(const struct lend_address_width *host, const struct lend_bars *bars,
				   struct lend_write_combining *ret);
