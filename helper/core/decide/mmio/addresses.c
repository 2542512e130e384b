/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's address space: where QEMU and the firmware put memory and windows, by version.
 *
 * Source: OVMF's PlatformInitLib/MemDetect.c (PlatformDynamicMmioWindow(), PlatformAddressWidthFromCpuid(),
 * PlatformGetFirstNonAddress()); QEMU's hw/i386/pc.c.
 */
#include "internal.h"

/* AMD reserves the addresses from here to 1 TiB; QEMU moves memory above them when anything would reach so far. */
#define AMD_RESERVED (1012 * GIB)

enum { CAP_BITS = 46, CAP_BITS_2022 = 47 };

/*
 * Releases of OVMF from which on it does something differently:
 *
 *	202211	takes the top eighth of the address space
 *	202308	no guest gets more than 46 bits
 *	202505	X-PciMmio64Mb is the size of the window; before, the least (edk2 9ac1704af6, pull request 10856)
 *	202608	takes the top quarter (pull request 12997)
 */
enum { OVMF_DYNAMIC = 202211, OVMF_CAP_46 = 202308, OVMF_ABSOLUTE = 202505, OVMF_QUARTER = 202608 };

static unsigned lesser(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Where QEMU's 64-bit hole may begin: behind the memory, pluggable memory included (pc_pci_hole64_start()). */
uint64_t mmio_end_of_memory(const struct lend_guest *guest)
{
	const uint64_t most_below = guest->q35 ? 0xb0000000 : 0xe0000000, split = guest->q35 ? 2 * GIB : 3 * GIB;
	const uint64_t below = guest->memory >= most_below ? split : guest->memory;
	uint64_t end = 4 * GIB + guest->memory - below;

	/* Each module is aligned to 1 GiB. */
	if (guest->pluggable)
		end = align_up(end, GIB) + guest->pluggable + guest->memory_slots * GIB;
	return align_up(end, GIB);
}

/* The memory below 4 GiB ends, and devices begin, here. */
uint64_t mmio_low_space(const struct lend_guest *guest)
{
	const uint64_t end = guest->uefi ? 0xfc000000 : 0xfec00000;
	uint64_t begin = 0xc0000000;

	/* i440fx leaves up to 3.5 GiB of memory below. */
	if (!guest->q35 && guest->memory < 0xe0000000 && guest->memory > begin)
		begin = guest->memory;
	return end - begin;
}

unsigned mmio_host_bits(const struct lend_window_facts *facts)
{
	return facts->host->cpu_bits ? facts->host->cpu_bits : UNKNOWN_HOST_BITS;
}

/* How far the CPU's addresses lead anywhere: an emulated one does not depend on the host's. */
unsigned mmio_reachable_bits(const struct lend_window_facts *facts)
{
	return facts->guest->kvm ? mmio_host_bits(facts) : 63;
}

unsigned mmio_guest_bits(const struct lend_window_facts *facts, struct lend_width width)
{
	const struct lend_guest *guest = facts->guest;

	if (width.mode == LEND_WIDTH_EMULATE && width.bits)
		return width.bits;
	if (!guest->kvm)
		return DEFAULT_BITS;
	if (width.mode == LEND_WIDTH_PASSTHROUGH)
		return width.bits ? lesser(width.bits, mmio_host_bits(facts)) : mmio_host_bits(facts);
	return guest->host_cpu ? mmio_host_bits(facts) : DEFAULT_BITS;
}

/* KVM gives a guest the host's vendor, whatever model it names. */
static enum lend_cpu_vendor guest_vendor(const struct lend_window_facts *facts)
{
	return facts->guest->kvm ? facts->host->vendor : facts->guest->vendor;
}

/* OVMF does not believe every width: 40 bits are QEMU's default and say nothing, unless the CPU is AMD's. */
static bool ovmf_trusts(const struct lend_window_facts *facts, unsigned bits)
{
	const enum lend_cpu_vendor vendor = guest_vendor(facts);

	return bits >= 41 || (vendor == LEND_VENDOR_INTEL && (bits == 36 || bits == 39)) ||
	       (vendor == LEND_VENDOR_AMD && bits == 40);
}

/* How many of @bits the firmware makes use of. */
unsigned mmio_firmware_bits(const struct lend_window_facts *facts, unsigned bits)
{
	const struct lend_guest *guest = facts->guest;
	const bool gib_pages = guest->kvm && guest->host_cpu && facts->host->gib_pages;

	if (!guest->uefi)
		return lesser(bits, CAP_BITS);
	if (facts->firmware >= OVMF_CAP_46)
		return lesser(bits, CAP_BITS);
	/* Page tables without pages of 1 GiB would be too large. */
	return lesser(bits, !gib_pages ? DEFAULT_BITS : facts->firmware ? CAP_BITS_2022 : CAP_BITS);
}

/* Whether the domain's own X-PciMmio64Mb has any effect. */
bool mmio_has_own_argument(const struct lend_window_facts *facts)
{
	return facts->guest->uefi && facts->guest->window.count && !facts->guest->window.is_ignored;
}

const char *mmio_own_part(const struct lend_window_facts *facts)
{
	return facts->firmware >= OVMF_QUARTER ? "quarter" : "eighth";
}

/* The window that OVMF takes by itself at the top of the space; 0 when it takes none there. */
uint64_t mmio_own_window(const struct lend_window_facts *facts, unsigned bits, uint64_t memory)
{
	const uint64_t space = space_of(mmio_firmware_bits(facts, bits));
	const uint64_t part = facts->firmware >= OVMF_QUARTER ? space / 4 : space / 8;
	uint64_t asked = CLASSIC_WINDOW;

	if (!facts->guest->uefi || facts->firmware < OVMF_DYNAMIC || !ovmf_trusts(facts, bits))
		return 0;
	if (mmio_has_own_argument(facts)) {
		if (facts->firmware >= OVMF_ABSOLUTE)
			return 0;
		asked = facts->guest->window.bytes;
	}
	return asked < part && align_up(memory, power_below(asked)) + part < space ? part : 0;
}

/* Whether the window might come to lie above what is reachable: only a firmware that looks at the width does so. */
bool mmio_may_overreach(const struct lend_window_facts *facts, unsigned bits, unsigned usable)
{
	return facts->guest->uefi && mmio_firmware_bits(facts, bits) > usable && ovmf_trusts(facts, bits) &&
	       (facts->firmware == 0 || facts->firmware >= OVMF_DYNAMIC);
}

/*
 * Whether QEMU starts with a hole of that size. It has to end within the guest's addresses. On AMD's, when it would
 * reach the reserved ones, all memory above 4 GiB moves behind them first, and the window with it.
 */
bool mmio_qemu_accepts(const struct lend_window_facts *facts, const struct attempt *attempt, uint64_t hole)
{
	uint64_t start = attempt->memory, base;

	if (guest_vendor(facts) != LEND_VENDOR_INTEL && start + hole >= AMD_RESERVED) {
		if (attempt->bits <= DEFAULT_BITS)
			return false;
		start += TIB - 4 * GIB;
	}
	base = align_up(start, power_below(attempt->window));
	return start + hole <= space_of(attempt->bits) && base + attempt->window <= space_of(attempt->usable);
}
