/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to be set so that a guest's firmware finds room for lent devices, and why. */
#include "lendpci/decide/mmio/window.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "internal.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"

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
	else if (attempt->top)
		say(plan,
		    "maxphysaddr passed through, since OVMF makes its window the top %s of the guest's %u address bits: %s for the %s that are needed",
		    mmio_own_part(facts), mmio_firmware_bits(facts, attempt->bits),
		    lend_size_text(attempt->window).text, lend_size_text(attempt->need).text);
	else
		say(plan, "maxphysaddr passed through, since the devices need more than %u address bits", DEFAULT_BITS);
}

uint64_t lend_window_default_hole(const struct lend_guest *guest)
{
	return guest->q35 ? CLASSIC_WINDOW : 2 * GIB;
}

/* What is assumed, for want of knowing. */
static void say_assumptions(const struct lend_window_facts *facts, const struct attempt *attempt,
			    struct lend_window_plan *plan)
{
	if (attempt->window <= CLASSIC_WINDOW)
		return;
	if (facts->guest->uefi && !facts->firmware)
		say(plan, "the version of OVMF is not known, so it is taken for one whose window has only 32 GiB");
	if (facts->guest->kvm && !facts->host->cpu_bits)
		say(plan, "the host does not tell how far its CPU can address, so it is taken for %u bits",
		    UNKNOWN_HOST_BITS);
}

static void fill_hole(const struct lend_window_facts *facts, const struct attempt *attempt,
		      struct lend_window_plan *plan)
{
	const struct lend_guest *guest = facts->guest;
	const uint64_t default_hole = lend_window_default_hole(guest);

	if (attempt->top || (attempt->need <= default_hole && !facts->high) || attempt->window <= default_hole ||
	    attempt->window <= guest->pcihole64)
		return;
	if (guest->has_hole_argument) {
		say(plan,
		    "pci-hole64-size stays %s, as the domain's own -global says; with %s the guest's operating system could move the devices",
		    lend_size_text(guest->pcihole64).text, lend_size_text(attempt->window).text);
	} else if (mmio_qemu_accepts(facts, attempt, attempt->window)) {
		plan->set.pcihole64 = attempt->window;
		say(plan, "pcihole64 %s, so that the guest's operating system can move the devices",
		    lend_size_text(attempt->window).text);
	} else {
		say(plan, "pcihole64 stays as it is, since QEMU would not start with %s",
		    lend_size_text(attempt->window).text);
	}
}

static void say_own_argument(const struct lend_window_facts *facts, const struct attempt *attempt,
			     struct lend_window_plan *plan)
{
	const struct lend_size_text own = lend_size_text(facts->guest->window.bytes);

	if (attempt->top)
		say(plan, "the domain's own X-PciMmio64Mb, %s, stays: OVMF takes %s, which is more", own.text,
		    lend_size_text(attempt->top).text);
	else
		say(plan, "the domain's own X-PciMmio64Mb, %s, is enough and stays", own.text);
}

static void fill(const struct lend_window_facts *facts, const struct attempt *attempt, struct lend_window_plan *plan)
{
	const struct lend_guest *guest = facts->guest;

	say_assumptions(facts, attempt, plan);
	if (mmio_is_beyond_iommu(facts, attempt))
		say(plan,
		    "the devices will lie beyond the %u bits that the host's IOMMU can follow, so none reaches another's memory",
		    facts->host->iommu_bits);
	if (attempt->width.mode != guest->width.mode || attempt->width.bits != guest->width.bits) {
		plan->set.width = attempt->width;
		say_width(facts, attempt, plan);
	}
	if (!attempt->top && guest->uefi && attempt->window > CLASSIC_WINDOW && !guest->window.count) {
		plan->set.mmio64 = attempt->window;
		say(plan, "X-PciMmio64Mb %s, since the devices need %s and OVMF's own window has less",
		    lend_size_text(attempt->window).text, lend_size_text(attempt->need).text);
	} else if (mmio_has_own_argument(facts)) {
		say_own_argument(facts, attempt, plan);
	}
	fill_hole(facts, attempt, plan);
	if (attempt->ports < guest->spare_ports + guest->used_ports) {
		plan->set.hotplug_off = true;
		say(plan, "hot-plug off on %u empty root ports, since the room that OVMF keeps for each is needed",
		    guest->spare_ports);
	}
	if (facts->high && facts->high < attempt->need)
		say(plan, "the window of %s that was asked for is less than the %s that its devices need",
		    lend_size_text(facts->high).text, lend_size_text(attempt->need).text);
}

static uint64_t low_need(const struct lend_window_facts *facts, unsigned *ret_ports)
{
	const struct lend_guest *guest = facts->guest;

	*ret_ports = guest->q35 ? guest->spare_ports + guest->used_ports : 0;
	return lend_mmio_low(facts->devices, facts->count, *ret_ports, guest->uefi);
}

static int check_low(const struct lend_window_facts *facts, struct lend_error *error)
{
	const uint64_t room = mmio_low_space(facts->guest);
	unsigned ports;
	const uint64_t computed = low_need(facts, &ports), need = facts->low ? facts->low : computed;

	if (facts->low && facts->low < computed && !facts->force) {
		lend_error_set(
			error, -ENOSPC,
			"its devices and %u hot-plug ports need %s of address space below 4 GiB, and --mmio-low says %s",
			ports, lend_size_text(align_up(computed, MIB)).text, lend_size_text(facts->low).text);
		return lend_error_hint(error, -ENOSPC, "leave --mmio-low out, or add --force to count so little");
	}
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
		       lend_size_text(attempt->window).text, lend_size_text(facts->guest->window.bytes).text);
	return lend_error_hint(error, -ENOSPC,
			       "remove '-fw_cfg' '%s' from <qemu:commandline>: assign sets what is needed",
			       facts->guest->window.argument);
}

/* QEMU refuses a second file of that name, so ours cannot stand beside it. */
static int refuse_ignored(const struct lend_window_facts *facts, const struct attempt *attempt,
			  struct lend_error *error)
{
	lend_error_set(error, -ENOSPC,
		       "its devices need a 64-bit window of %s, and OVMF ignores the domain's own X-PciMmio64Mb: %s",
		       lend_size_text(attempt->window).text, facts->guest->window.ignored_because);
	return lend_error_hint(error, -ENOSPC,
			       "remove '-fw_cfg' '%s' from <qemu:commandline>: assign sets what is needed",
			       facts->guest->window.argument);
}

static int refuse(const struct lend_window_facts *facts, const struct attempt *attempt, struct lend_error *error)
{
	char ports[48] = "";

	if (facts->guest->uefi && attempt->ports)
		(void)snprintf(ports, sizeof(ports), " and %u hot-plug ports", attempt->ports);
	if (mmio_has_own_argument(facts) && attempt->window > facts->guest->window.bytes)
		return refuse_by_hand(facts, attempt, error);
	lend_error_set(
		error, -ENOSPC,
		"its devices%s need %s of 64-bit address space, %s a window of %s; behind memory that ends at %s it would lie from %s to %s, but %u address bits end at %s",
		ports, lend_size_text(attempt->need).text, facts->high ? "and --mmio-high asks for" : "so",
		lend_size_text(attempt->window).text, lend_size_text(attempt->memory).text,
		lend_size_text(attempt->base).text, lend_size_text(attempt->base + attempt->window).text,
		attempt->usable, lend_size_text(space_of(attempt->usable)).text);
	if (facts->guest->kvm && !facts->guest->host_cpu && mmio_host_bits(facts) > attempt->usable)
		return lend_error_hint(error, -ENOSPC,
				       "with <cpu mode='host-passthrough'/> the guest has the host's %u address bits",
				       mmio_host_bits(facts));
	if (facts->high)
		return lend_error_hint(error, -ENOSPC, "ask for less with --mmio-high");
	return lend_error_hint(error, -ENOSPC,
			       "assign fewer devices, or give the domain less memory or a CPU with more address bits");
}

/* What somebody asked for with --mmio-high, beside what the devices need in a window of that size. */
static int check_high(const struct lend_window_facts *facts, const struct attempt *attempt, struct lend_error *error)
{
	if (!facts->high || facts->force || attempt->need <= facts->high)
		return 0;
	lend_error_set(error, -ENOSPC,
		       "its devices and %u hot-plug ports need %s of 64-bit address space, and --mmio-high says %s",
		       facts->guest->uefi ? attempt->ports : 0, lend_size_text(attempt->need).text,
		       lend_size_text(facts->high).text);
	return lend_error_hint(error, -ENOSPC, "leave --mmio-high out, or add --force to set so little");
}

static int check_arguments(const struct lend_window_facts *facts, struct lend_error *error)
{
	const struct lend_guest_window *window = &facts->guest->window;

	if (window->count < 2)
		return 0;
	lend_error_set(
		error, -EINVAL,
		"its <qemu:commandline> sets opt/ovmf/X-PciMmio64Mb %u times, and QEMU stops with \"duplicate fw_cfg file name\"",
		window->count);
	return lend_error_hint(error, -EINVAL, "remove all but one of them, the last is '-fw_cfg' '%s'",
			       window->argument);
}

int lend_window_decide(const struct lend_window_facts *facts, struct lend_window_plan *ret, struct lend_error *error)
{
	const struct lend_guest *guest = facts->guest;
	struct lend_window_plan plan = { 0 };
	struct attempt attempt;
	bool fits;
	int r;

	if (!guest->x86) {
		*ret = plan;
		return 0;
	}
	r = check_arguments(facts, error);
	if (r == 0)
		r = check_low(facts, error);
	if (r < 0)
		return r;
	if (lend_mmio_high(facts->devices, facts->count, 0, CLASSIC_WINDOW, guest->uefi) || facts->high) {
		fits = mmio_try_widths(facts, guest->spare_ports + guest->used_ports, &attempt) ||
		       (guest->spare_ports && mmio_try_widths(facts, guest->used_ports, &attempt));
		r = check_high(facts, &attempt, error);
		if (r < 0)
			return r;
		if (!fits)
			return refuse(facts, &attempt, error);
		if (guest->uefi && guest->window.is_ignored && !attempt.top && attempt.window > CLASSIC_WINDOW)
			return refuse_ignored(facts, &attempt, error);
		fill(facts, &attempt, &plan);
	}
	if (guest->uefi && guest->window.is_ignored)
		say(&plan, "OVMF ignores the domain's own X-PciMmio64Mb: %s", guest->window.ignored_because);
	*ret = plan;
	return 0;
}
