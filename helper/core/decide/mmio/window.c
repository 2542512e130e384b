/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a guest's firmware puts lent devices, and what has to be set so that it finds room.
 *
 * Two places are possible above 4 GiB: right behind the memory (a window as large as it is told, 32 GiB otherwise), or,
 * for newer OVMF, the top eighth of the address space. Which one a version takes decides what helps.
 */
#include "lendpci/decide/mmio/window.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "lendpci/base/error.h"
#include "lendpci/base/text.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define TIB (1ULL << 40)
#define CLASSIC_WINDOW (32 * GIB)

/* OVMF ignores a larger X-PciMmio64Mb without a word. */
#define MMIO64_MAX (16 * TIB)

/* AMD reserves the addresses from here to 1 TiB; QEMU moves memory above them when anything would reach so far. */
#define AMD_RESERVED (1012 * GIB)

enum { DEFAULT_BITS = 40, UNKNOWN_HOST_BITS = 39, CAP_BITS = 46, CAP_BITS_2022 = 47 };

/* Releases of OVMF after which it does something differently. */
enum { OVMF_DYNAMIC = 202211, OVMF_CAP_46 = 202308 };

/* libvirt knows <maxphysaddr>, and its limit. */
enum { LIBVIRT_MAXPHYSADDR = 8007000, LIBVIRT_LIMIT = 9003000 };

/* One way to give the devices room. */
struct attempt {
	struct lend_width width;
	unsigned bits;   /* that the guest's CPU then has */
	unsigned usable; /* of which so many lead anywhere */
	unsigned ports;  /* for which firmware keeps room */
	bool top_eighth; /* where OVMF puts the window */
	uint64_t memory; /* where memory ends */
	uint64_t need;   /* in the window */
	uint64_t base, window;
};

static uint64_t align_up(uint64_t value, uint64_t alignment)
{
	return (value + alignment - 1) & ~(alignment - 1);
}

static unsigned lesser(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static uint64_t power_below(uint64_t value)
{
	return value ? 1ULL << (63 - __builtin_clzll(value)) : 1;
}

static uint64_t space_of(unsigned bits)
{
	return bits < 63 ? 1ULL << bits : 1ULL << 63;
}

/* Where QEMU's 64-bit hole may begin: behind the memory, pluggable memory included (pc_pci_hole64_start()). */
static uint64_t end_of_memory(const struct lend_guest *guest)
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
static uint64_t low_window(const struct lend_guest *guest)
{
	const uint64_t end = guest->uefi ? 0xfc000000 : 0xfec00000;
	uint64_t begin = 0xc0000000;

	/* i440fx leaves up to 3.5 GiB of memory below. */
	if (!guest->q35 && guest->memory < 0xe0000000 && guest->memory > begin)
		begin = guest->memory;
	return end - begin;
}

static unsigned host_bits(const struct lend_window_facts *facts)
{
	return facts->host->cpu_bits ? facts->host->cpu_bits : UNKNOWN_HOST_BITS;
}

/* How far the CPU's addresses lead anywhere: an emulated one does not depend on the host's. */
static unsigned reachable_bits(const struct lend_window_facts *facts)
{
	return facts->guest->kvm ? host_bits(facts) : 63;
}

static unsigned guest_bits(const struct lend_window_facts *facts, struct lend_width width)
{
	const struct lend_guest *guest = facts->guest;

	if (width.mode == LEND_WIDTH_EMULATE && width.bits)
		return width.bits;
	if (!guest->kvm)
		return DEFAULT_BITS;
	if (width.mode == LEND_WIDTH_PASSTHROUGH)
		return width.bits ? lesser(width.bits, host_bits(facts)) : host_bits(facts);
	return guest->host_cpu ? host_bits(facts) : DEFAULT_BITS;
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
static unsigned firmware_bits(const struct lend_window_facts *facts, unsigned bits)
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

/* The window that OVMF takes by itself at the top of the space; 0 when it takes none there. */
static uint64_t top_eighth(const struct lend_window_facts *facts, const struct attempt *attempt)
{
	const uint64_t space = space_of(firmware_bits(facts, attempt->bits)), eighth = space / 8;

	if (!facts->guest->uefi || facts->firmware < OVMF_DYNAMIC || !ovmf_trusts(facts, attempt->bits) ||
	    eighth <= CLASSIC_WINDOW || attempt->memory > space - eighth)
		return 0;
	return eighth;
}

/* Whether the window might come to lie above what is reachable: only a firmware that looks at the width does so. */
static bool may_overreach(const struct lend_window_facts *facts, const struct attempt *attempt)
{
	return facts->guest->uefi && firmware_bits(facts, attempt->bits) > attempt->usable &&
	       ovmf_trusts(facts, attempt->bits) && (facts->firmware == 0 || facts->firmware >= OVMF_DYNAMIC);
}

static uint64_t need_in(const struct lend_window_facts *facts, const struct attempt *attempt, uint64_t window)
{
	return lend_mmio_high(facts->devices, facts->count, attempt->ports, window, facts->guest->uefi);
}

static uint64_t smallest_window(const struct lend_window_facts *facts, const struct attempt *attempt)
{
	return lend_mmio_window(facts->devices, facts->count, attempt->ports, facts->guest->uefi);
}

static bool try(const struct lend_window_facts *facts, struct attempt *attempt)
{
	const uint64_t eighth = top_eighth(facts, attempt), by_hand = facts->guest->mmio64;
	uint64_t window;

	if (eighth && !facts->high && !by_hand && need_in(facts, attempt, eighth) <= eighth) {
		attempt->window = eighth;
		attempt->base = space_of(firmware_bits(facts, attempt->bits)) - eighth;
		attempt->need = need_in(facts, attempt, eighth);
		attempt->top_eighth = true;
		return !may_overreach(facts, attempt);
	}
	window = facts->high ? facts->high : smallest_window(facts, attempt);
	if (by_hand && window <= by_hand)
		window = by_hand;
	attempt->need = need_in(facts, attempt, window);
	attempt->window = window;
	attempt->base = align_up(attempt->memory, power_below(window));
	if (may_overreach(facts, attempt) || (by_hand && window > by_hand))
		return false;
	return window <= (facts->guest->uefi ? MMIO64_MAX : 1ULL << 62) &&
	       attempt->base + window <= space_of(attempt->usable);
}

static bool try_width(const struct lend_window_facts *facts, struct lend_width width, unsigned ports,
		      struct attempt *ret)
{
	const unsigned bits = guest_bits(facts, width);

	*ret = (struct attempt){
		.width = width,
		.bits = bits,
		.usable = lesser(firmware_bits(facts, bits), reachable_bits(facts)),
		.ports = ports,
		.memory = end_of_memory(facts->guest),
	};
	return try(facts, ret);
}

/* Whether a DMA from another device would miss the window. Not fatal: QEMU then goes without such transfers. */
static bool is_beyond_iommu(const struct lend_window_facts *facts, const struct attempt *attempt)
{
	return facts->host->iommu_bits && attempt->base + attempt->window > space_of(facts->host->iommu_bits);
}

/*
 * The host's width; with @narrow only as much of it as the IOMMU can follow. LEND_WIDTH_DEFAULT when libvirt cannot say
 * it, or somebody has said it already.
 */
static struct lend_width passed_through(const struct lend_window_facts *facts, bool narrow)
{
	narrow = narrow && facts->host->iommu_bits && facts->host->iommu_bits < host_bits(facts);
	if (!facts->guest->kvm || !facts->guest->has_cpu || facts->guest->width.mode != LEND_WIDTH_DEFAULT ||
	    !facts->host->cpu_bits || facts->libvirt < LIBVIRT_MAXPHYSADDR)
		return (struct lend_width){ LEND_WIDTH_DEFAULT, 0 };
	if (narrow && facts->libvirt < LIBVIRT_LIMIT)
		return (struct lend_width){ LEND_WIDTH_EMULATE, facts->host->iommu_bits };
	return (struct lend_width){ LEND_WIDTH_PASSTHROUGH, narrow ? facts->host->iommu_bits : 0 };
}

/*
 * A CPU that is passed through should say so when its width decides over the window; any other keeps its own while that
 * is enough.
 */
static bool try_widths(const struct lend_window_facts *facts, unsigned ports, struct attempt *ret)
{
	struct attempt other;
	bool fits, is_fine;

	fits = try_width(facts, facts->guest->width, ports, ret);
	is_fine = fits && !is_beyond_iommu(facts, ret) &&
		  (!facts->guest->host_cpu || !ret->top_eighth || smallest_window(facts, ret) <= CLASSIC_WINDOW);
	for (int narrow = 1; !is_fine && narrow >= 0; narrow--) {
		const struct lend_width width = passed_through(facts, narrow);

		if (width.mode == LEND_WIDTH_DEFAULT || !try_width(facts, width, ports, &other))
			continue;
		if (fits && (!narrow || (!other.top_eighth && is_beyond_iommu(facts, &other))))
			continue;
		*ret = other;
		is_fine = fits = true;
	}
	return fits;
}

/*
 * Whether QEMU starts with a hole of that size. It has to end within the guest's addresses. On AMD's, when it would
 * reach the reserved ones, all memory above 4 GiB moves behind them first, and the window with it.
 */
static bool qemu_accepts(const struct lend_window_facts *facts, const struct attempt *attempt, uint64_t hole)
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

static void __attribute__((format(printf, 2, 3))) say(struct lend_window_plan *plan, const char *format, ...)
{
	va_list arguments;

	if (plan->why_count == LEND_WHY_MAX)
		return;
	va_start(arguments, format);
	(void)vsnprintf(plan->why[plan->why_count++], sizeof(plan->why[0]), format, arguments);
	va_end(arguments);
}

static void say_width(const struct lend_window_facts *facts, const struct attempt *attempt,
		      struct lend_window_plan *plan)
{
	if (attempt->width.bits)
		say(plan, "maxphysaddr %u bits, since the IOMMU of this host cannot follow the CPU's %u",
		    attempt->width.bits, facts->host->cpu_bits);
	else if (attempt->top_eighth)
		say(plan,
		    "maxphysaddr passed through, since OVMF makes its window the top eighth of the guest's %u address bits: %s for the %s that are needed",
		    firmware_bits(facts, attempt->bits), lend_size_text(attempt->window).text,
		    lend_size_text(attempt->need).text);
	else
		say(plan, "maxphysaddr passed through, since the devices need more than %u address bits", DEFAULT_BITS);
}

uint64_t lend_window_default_hole(const struct lend_guest *guest)
{
	return guest->q35 ? CLASSIC_WINDOW : 2 * GIB;
}

static void fill(const struct lend_window_facts *facts, const struct attempt *attempt, struct lend_window_plan *plan)
{
	const struct lend_guest *guest = facts->guest;
	const uint64_t default_hole = lend_window_default_hole(guest);
	const bool is_ours = attempt->width.mode != guest->width.mode || attempt->width.bits != guest->width.bits;

	if (guest->uefi && !facts->firmware && attempt->window > CLASSIC_WINDOW)
		say(plan, "the version of OVMF is not known, so it is taken for one whose window has only 32 GiB");
	if (guest->kvm && !facts->host->cpu_bits && attempt->window > CLASSIC_WINDOW)
		say(plan, "the host does not tell how far its CPU can address, so it is taken for %u bits",
		    UNKNOWN_HOST_BITS);
	if (is_beyond_iommu(facts, attempt))
		say(plan,
		    "the devices will lie beyond the %u bits that the host's IOMMU can follow, so none reaches another's memory",
		    facts->host->iommu_bits);
	if (is_ours) {
		plan->set.width = attempt->width;
		say_width(facts, attempt, plan);
	}
	if (!attempt->top_eighth && guest->uefi && attempt->window > CLASSIC_WINDOW && !guest->mmio64) {
		plan->set.mmio64 = attempt->window;
		say(plan, "X-PciMmio64Mb %s, since the devices need %s and OVMF's own window has less",
		    lend_size_text(attempt->window).text, lend_size_text(attempt->need).text);
	}
	if (!attempt->top_eighth && (attempt->need > default_hole || facts->high) && attempt->window > default_hole &&
	    attempt->window > guest->pcihole64) {
		if (qemu_accepts(facts, attempt, attempt->window)) {
			plan->set.pcihole64 = attempt->window;
			say(plan, "pcihole64 %s, so that the guest can place the devices anew",
			    lend_size_text(attempt->window).text);
		} else {
			say(plan, "pcihole64 stays as it is, since QEMU would not start with %s",
			    lend_size_text(attempt->window).text);
		}
	}
	if (attempt->ports < guest->spare_ports + guest->used_ports) {
		plan->set.hotplug_off = true;
		say(plan, "hot-plug off on %u empty root ports, since the room that OVMF keeps for each is needed",
		    guest->spare_ports);
	}
}

static int check_low(const struct lend_window_facts *facts, struct lend_error *error)
{
	const struct lend_guest *guest = facts->guest;
	const uint64_t room = low_window(guest);
	const unsigned ports = guest->q35 ? guest->spare_ports + guest->used_ports : 0;
	const uint64_t need = facts->low ? facts->low : lend_mmio_low(facts->devices, facts->count, ports, guest->uefi);

	if (need <= room)
		return 0;
	lend_error_set(
		error, -ENOSPC,
		"its devices and %u hot-plug ports need %s of address space below 4 GiB, and the guest has %s there",
		ports, lend_size_text(align_up(need, MIB)).text, lend_size_text(room).text);
	return lend_error_hint(error, -ENOSPC, "assign fewer devices, or remove empty root ports from the domain");
}

static int refuse_by_hand(const struct lend_window_facts *facts, const struct attempt *attempt,
			  struct lend_error *error)
{
	lend_error_set(error, -ENOSPC,
		       "its devices need a 64-bit window of %s, and the domain's own X-PciMmio64Mb gives them %s",
		       lend_size_text(attempt->window).text, lend_size_text(facts->guest->mmio64).text);
	return lend_error_hint(error, -ENOSPC, "remove it from <qemu:commandline>: assign sets what is needed");
}

static int refuse(const struct lend_window_facts *facts, const struct attempt *attempt, struct lend_error *error)
{
	char ports[48] = "";

	if (facts->guest->uefi && attempt->ports)
		(void)snprintf(ports, sizeof(ports), " and %u hot-plug ports", attempt->ports);
	if (facts->guest->mmio64 && attempt->window > facts->guest->mmio64)
		return refuse_by_hand(facts, attempt, error);
	lend_error_set(
		error, -ENOSPC,
		"its devices%s need %s of 64-bit address space, %s a window of %s; behind memory that ends at %s it would lie from %s to %s, but %u address bits end at %s",
		ports, lend_size_text(attempt->need).text, facts->high ? "and --mmio-high asks for" : "so",
		lend_size_text(attempt->window).text, lend_size_text(attempt->memory).text,
		lend_size_text(attempt->base).text, lend_size_text(attempt->base + attempt->window).text,
		attempt->usable, lend_size_text(space_of(attempt->usable)).text);
	if (facts->guest->kvm && !facts->guest->host_cpu && host_bits(facts) > attempt->usable)
		return lend_error_hint(error, -ENOSPC,
				       "with <cpu mode='host-passthrough'/> the guest has the host's %u address bits",
				       host_bits(facts));
	if (facts->high)
		return lend_error_hint(error, -ENOSPC, "ask for less with --mmio-high");
	return lend_error_hint(error, -ENOSPC,
			       "assign fewer devices, or give the domain less memory or a CPU with more address bits");
}

int lend_window_decide(const struct lend_window_facts *facts, struct lend_window_plan *ret, struct lend_error *error)
{
	const struct lend_guest *guest = facts->guest;
	struct lend_window_plan plan = { 0 };
	struct attempt attempt;
	int r;

	if (!guest->x86) {
		*ret = plan;
		return 0;
	}
	r = check_low(facts, error);
	if (r < 0)
		return r;
	if (lend_mmio_high(facts->devices, facts->count, 0, CLASSIC_WINDOW, guest->uefi) || facts->high) {
		if (!try_widths(facts, guest->spare_ports + guest->used_ports, &attempt) &&
		    (!guest->spare_ports || !try_widths(facts, guest->used_ports, &attempt)))
			return refuse(facts, &attempt, error);
		fill(facts, &attempt, &plan);
	}
	*ret = plan;
	return 0;
}
