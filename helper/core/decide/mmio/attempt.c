/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries the ways to give the devices room. Two places are possible above 4 GiB: right behind the memory (a window as
 * large as it is told, 32 GiB otherwise), or, for newer OVMF, the top of the address space.
 */
#include "internal.h"

/* OVMF ignores a larger X-PciMmio64Mb without a word. */
#define MMIO64_MAX (16 * TIB)

/* libvirt knows <maxphysaddr>, and its limit. */
enum { LIBVIRT_MAXPHYSADDR = 8007000, LIBVIRT_LIMIT = 9003000 };

static uint64_t need_in(const struct lend_window_facts *facts, const struct attempt *attempt, uint64_t window)
{
	return lend_mmio_high(facts->devices, facts->count, attempt->ports, window, facts->guest->uefi);
}

uint64_t mmio_smallest_window(const struct lend_window_facts *facts, const struct attempt *attempt)
{
	return lend_mmio_window(facts->devices, facts->count, attempt->ports, facts->guest->uefi);
}

static bool is_reachable(const struct lend_window_facts *facts, const struct attempt *attempt)
{
	return attempt->window <= (facts->guest->uefi ? MMIO64_MAX : 1ULL << 62) &&
	       attempt->base + attempt->window <= space_of(attempt->usable);
}

static bool try(const struct lend_window_facts *facts, struct attempt *attempt)
{
	const bool has_argument = mmio_has_own_argument(facts);
	const uint64_t own = mmio_own_window(facts, attempt->bits, attempt->memory);

	if (own && (!facts->high || has_argument) && need_in(facts, attempt, own) <= own && facts->high <= own) {
		attempt->window = own;
		attempt->base = space_of(mmio_firmware_bits(facts, attempt->bits)) - own;
		attempt->need = need_in(facts, attempt, own);
		attempt->top = own;
		return !mmio_may_overreach(facts, attempt->bits, attempt->usable);
	}
	attempt->window = facts->high ? facts->high : mmio_smallest_window(facts, attempt);
	if (has_argument && attempt->window <= facts->guest->window.bytes)
		attempt->window = facts->guest->window.bytes;
	attempt->need = need_in(facts, attempt, attempt->window);
	attempt->base = align_up(attempt->memory, power_below(attempt->window));
	if (mmio_may_overreach(facts, attempt->bits, attempt->usable) ||
	    (has_argument && attempt->window > facts->guest->window.bytes))
		return false;
	return is_reachable(facts, attempt);
}

bool mmio_try_width(const struct lend_window_facts *facts, struct lend_width width, unsigned ports, struct attempt *ret)
{
	const unsigned bits = mmio_guest_bits(facts, width), usable = mmio_firmware_bits(facts, bits);
	const unsigned reachable = mmio_reachable_bits(facts);

	*ret = (struct attempt){
		.width = width,
		.bits = bits,
		.usable = usable < reachable ? usable : reachable,
		.ports = ports,
		.memory = mmio_end_of_memory(facts->guest),
	};
	return try(facts, ret);
}

/* Whether a DMA from another device would miss the window. Not fatal: QEMU then goes without such transfers. */
bool mmio_is_beyond_iommu(const struct lend_window_facts *facts, const struct attempt *attempt)
{
	return facts->host->iommu_bits && attempt->base + attempt->window > space_of(facts->host->iommu_bits);
}

/*
 * The host's width; with @narrow only as much of it as the IOMMU can follow. LEND_WIDTH_DEFAULT when libvirt cannot say
 * it, or somebody has said it already.
 */
static struct lend_width passed_through(const struct lend_window_facts *facts, bool narrow)
{
	narrow = narrow && facts->host->iommu_bits && facts->host->iommu_bits < mmio_host_bits(facts);
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
bool mmio_try_widths(const struct lend_window_facts *facts, unsigned ports, struct attempt *ret)
{
	struct attempt other;
	bool fits, is_fine;

	fits = mmio_try_width(facts, facts->guest->width, ports, ret);
	is_fine = fits && !mmio_is_beyond_iommu(facts, ret) &&
		  (!facts->guest->host_cpu || !ret->top || mmio_smallest_window(facts, ret) <= CLASSIC_WINDOW);
	for (int narrow = 1; !is_fine && narrow >= 0; narrow--) {
		const struct lend_width width = passed_through(facts, narrow);

		if (width.mode == LEND_WIDTH_DEFAULT || !mmio_try_width(facts, width, ports, &other))
			continue;
		if (fits && (!narrow || (!other.top && mmio_is_beyond_iommu(facts, &other))))
			continue;
		*ret = other;
		is_fine = fits = true;
	}
	return fits;
}
