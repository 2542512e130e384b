/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether devices find room in a guest as its definition stands: written by hand, or edited since. */
#include <stdio.h>

#include "internal.h"
#include "lendpci/base/text.h"

#define set(ret, which, ...)                                                                                           \
	do {                                                                                                           \
		(ret)->fit = (which);                                                                                  \
		(void)snprintf((ret)->text, sizeof((ret)->text), __VA_ARGS__);                                         \
	} while (0)

/* The window that firmware takes. SeaBIOS has none: it goes on behind the memory as far as it needs. */
static void find_window(const struct lend_window_facts *facts, struct attempt *attempt)
{
	const struct lend_guest *guest = facts->guest;

	attempt->top = mmio_own_window(facts, attempt->bits, attempt->memory);
	if (attempt->top) {
		attempt->window = attempt->top;
		attempt->base = space_of(mmio_firmware_bits(facts, attempt->bits)) - attempt->top;
		return;
	}
	if (mmio_has_own_argument(facts))
		attempt->window = guest->window.bytes;
	else
		attempt->window = guest->uefi ? CLASSIC_WINDOW : mmio_smallest_window(facts, attempt);
	attempt->base = align_up(attempt->memory, power_below(attempt->window));
}

/* Whether an OVMF that takes a part of the address space would have room, if it is one. */
static bool may_have_room(const struct lend_window_facts *facts, const struct attempt *attempt)
{
	const uint64_t eighth = space_of(attempt->usable) / 8;

	return !facts->firmware && !mmio_has_own_argument(facts) && attempt->bits > DEFAULT_BITS &&
	       lend_mmio_high(facts->devices, facts->count, attempt->ports, eighth, true) <= eighth;
}

static bool judge_low(const struct lend_window_facts *facts, unsigned ports, struct lend_window_fit *ret)
{
	const struct lend_guest *guest = facts->guest;
	const uint64_t need = lend_mmio_low(facts->devices, facts->count, guest->q35 ? ports : 0, guest->uefi);
	const uint64_t room = mmio_low_space(guest);

	if (need <= room)
		return false;
	set(ret, LEND_FIT_TOO_SMALL,
	    "its devices and %u hot-plug ports need %s of address space below 4 GiB, and the guest has %s there",
	    guest->q35 ? ports : 0, lend_size_text(align_up(need, MIB)).text, lend_size_text(room).text);
	return true;
}

static void judge_high(const struct lend_window_facts *facts, const struct attempt *attempt,
		       struct lend_window_fit *ret)
{
	const uint64_t need =
		lend_mmio_high(facts->devices, facts->count, attempt->ports, attempt->window, facts->guest->uefi);
	const uint64_t end = space_of(attempt->usable);

	if (facts->guest->uefi && need > attempt->window)
		set(ret, may_have_room(facts, attempt) ? LEND_FIT_PERHAPS : LEND_FIT_TOO_SMALL,
		    "its devices and %u hot-plug ports need %s of 64-bit address space, and %s has a window of %s: the largest gets no address in the guest",
		    attempt->ports, lend_size_text(need).text,
		    facts->firmware || mmio_has_own_argument(facts) ? "its firmware" : "an OVMF from before 2022.11",
		    lend_size_text(attempt->window).text);
	else if (need && !attempt->top && attempt->base + (facts->guest->uefi ? attempt->window : need) > end)
		set(ret, LEND_FIT_TOO_SMALL,
		    "its devices need %s of 64-bit address space; behind memory that ends at %s they would lie from %s on, but %u address bits end at %s",
		    lend_size_text(need).text, lend_size_text(attempt->memory).text, lend_size_text(attempt->base).text,
		    attempt->usable, lend_size_text(end).text);
}

/* What keeps the guest from starting at all. */
static bool judge_start(const struct lend_window_facts *facts, const struct attempt *attempt,
			struct lend_window_fit *ret)
{
	const struct lend_guest *guest = facts->guest;
	const unsigned reachable = mmio_reachable_bits(facts);
	const unsigned bits = attempt->bits < reachable ? attempt->bits : reachable;

	if (guest->window.count > 1) {
		set(ret, LEND_FIT_NO_START,
		    "its <qemu:commandline> sets opt/ovmf/X-PciMmio64Mb %u times, and QEMU stops with \"duplicate fw_cfg file name\"",
		    guest->window.count);
		return true;
	}
	if (!mmio_has_own_argument(facts) || attempt->top || (guest->kvm && !facts->host->cpu_bits) ||
	    attempt->base + attempt->window <= space_of(bits))
		return false;
	set(ret, LEND_FIT_NO_START,
	    "its X-PciMmio64Mb puts a window of %s behind memory that ends at %s, from %s to %s, but %u address bits end at %s, and OVMF does not start with it",
	    lend_size_text(attempt->window).text, lend_size_text(attempt->memory).text,
	    lend_size_text(attempt->base).text, lend_size_text(attempt->base + attempt->window).text, bits,
	    lend_size_text(space_of(bits)).text);
	return true;
}

void lend_window_judge(const struct lend_window_facts *facts, struct lend_window_fit *ret)
{
	const struct lend_guest *guest = facts->guest;
	struct attempt attempt;

	*ret = (struct lend_window_fit){ .fit = LEND_FIT_FINE };
	if (!guest->is_known)
		return;
	(void)mmio_try_width(facts, guest->width, guest->spare_ports + guest->used_ports, &attempt);
	find_window(facts, &attempt);
	if (!judge_start(facts, &attempt, ret) && !judge_low(facts, attempt.ports, ret))
		judge_high(facts, &attempt, ret);
}
