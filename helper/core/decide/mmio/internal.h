/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lendpci/decide/mmio/window.h"

/* Between the files of the window's decision: addresses.c knows QEMU and the firmware, attempt.c tries, window.c
 * decides and says why. */

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define TIB (1ULL << 40)

/** What OVMF and QEMU's q35 have without being told. */
#define CLASSIC_WINDOW (32 * GIB)

enum { DEFAULT_BITS = 40, UNKNOWN_HOST_BITS = 39 };

/** One way to give the devices room. */
struct attempt {
	struct lend_width width;
	unsigned bits;   /* that the guest's CPU then has */
	unsigned usable; /* of which so many lead anywhere */
	unsigned ports;  /* for which firmware keeps room */
	uint64_t top;    /* what OVMF takes at the top of the space by itself; 0 when the window is behind the memory */
	uint64_t memory; /* where memory ends */
	uint64_t need;   /* in the window */
	uint64_t base, window;
};

static inline uint64_t align_up(uint64_t value, uint64_t alignment)
{
	return (value + alignment - 1) & ~(alignment - 1);
}

static inline uint64_t power_below(uint64_t value)
{
	return value ? 1ULL << (63 - __builtin_clzll(value)) : 1;
}

static inline uint64_t space_of(unsigned bits)
{
	return bits < 63 ? 1ULL << bits : 1ULL << 63;
}

/* addresses.c */
uint64_t mmio_end_of_memory(const struct lend_guest *guest);
uint64_t mmio_low_space(const struct lend_guest *guest);
unsigned mmio_host_bits(const struct lend_window_facts *facts);
unsigned mmio_reachable_bits(const struct lend_window_facts *facts);
unsigned mmio_guest_bits(const struct lend_window_facts *facts, struct lend_width width);
unsigned mmio_firmware_bits(const struct lend_window_facts *facts, unsigned bits);
uint64_t mmio_own_window(const struct lend_window_facts *facts, unsigned bits, uint64_t memory);
const char *mmio_own_part(const struct lend_window_facts *facts); /* "quarter" or "eighth" */
bool mmio_may_overreach(const struct lend_window_facts *facts, unsigned bits, unsigned usable);
bool mmio_qemu_accepts(const struct lend_window_facts *facts, const struct attempt *attempt, uint64_t hole);
bool mmio_has_own_argument(const struct lend_window_facts *facts);

/* attempt.c */
uint64_t mmio_smallest_window(const struct lend_window_facts *facts, const struct attempt *attempt);
bool mmio_try_width(const struct lend_window_facts *facts, struct lend_width width, unsigned ports,
		    struct attempt *ret);
bool mmio_try_widths(const struct lend_window_facts *facts, unsigned ports, struct attempt *ret);
bool mmio_is_beyond_iommu(const struct lend_window_facts *facts, const struct attempt *attempt);
