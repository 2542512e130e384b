/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares where a guest has a lent function's memory with what the function has, and says what to do about it. */
#include "lendpci/decide/bar_placement.h"

#include <errno.h>
#include <stdio.h>

#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/know/domain/guest_pci.h"

const char *lend_placement_name(enum lend_placement fit)
{
	static const char *const names[] = {
		[LEND_PLACEMENT_PLACED] = "placed",
		[LEND_PLACEMENT_SWITCHED_OFF] = "switched-off",
		[LEND_PLACEMENT_NO_PLACE] = "no-place",
		[LEND_PLACEMENT_NOT_SEEN] = "not-seen",
	};

	return names[fit];
}

static const struct lend_bar *find(const struct lend_bars *bars, uint8_t index)
{
	for (size_t i = 0; i < bars->count; i++)
		if (bars->items[i].index == index)
			return &bars->items[i];
	return NULL;
}

/* SeaBIOS puts a 32-bit prefetchable BAR into the one range, OVMF into the other. */
static bool has_room(const struct lend_guest_function *function, const struct lend_bar *bar)
{
	return function->behind_bridge && (bar->size <= function->memory_window ||
					   (bar->prefetchable && bar->size <= function->prefetchable_window));
}

static void place(const struct lend_bars *host, struct lend_bar_placement *placement)
{
	size_t placed = 0, fitted = 0;

	for (size_t i = 0; i < host->count; i++) {
		const struct lend_bar *there = find(&placement->guest->bars, host->items[i].index);
		struct lend_bar_placement_bar *bar = &placement->bars[placement->count];

		if (host->items[i].index == LEND_BAR_ROM)
			continue;
		*bar = (struct lend_bar_placement_bar){ .host = host->items[i] };
		if (there) {
			bar->address = there->start;
			bar->fits = there->start || has_room(placement->guest, there);
		}
		placed += bar->address != 0;
		placement->count++;
	}
	for (size_t i = 0; i < placement->count; i++) {
		if (placed)
			placement->bars[i].fits = placement->bars[i].address != 0;
		fitted += placement->bars[i].fits;
	}
	placement->fit = placed == placement->count   ? LEND_PLACEMENT_PLACED
			 : fitted == placement->count ? LEND_PLACEMENT_SWITCHED_OFF
						      : LEND_PLACEMENT_NO_PLACE;
}

void lend_bar_placement_evaluate(struct lend_address source, const char *alias, const struct lend_bars *host,
				 const struct lend_guest_pci *guest, struct lend_bar_placement *ret)
{
	*ret = (struct lend_bar_placement){
		.source = source,
		.fit = LEND_PLACEMENT_NOT_SEEN,
		.guest = alias ? lend_guest_pci_find(guest, alias) : NULL,
	};
	if (ret->guest)
		place(host, ret);
}

/* "BAR 1 (128 GiB, 64-bit prefetchable) and BAR 3 (…) have". Returns the first of them. */
static const struct lend_bar_placement_bar *name_culprits(const struct lend_bar_placement *placement, char *ret,
							  size_t size)
{
	const struct lend_bar_placement_bar *first = NULL;
	size_t length = 0, all = 0, left;

	for (size_t i = 0; i < placement->count; i++)
		all += !placement->bars[i].fits;
	left = all;
	for (size_t i = 0; i < placement->count && length < size; i++) {
		const struct lend_bar_placement_bar *bar = &placement->bars[i];
		const struct lend_bar *host = &bar->host;

		if (bar->fits)
			continue;
		length += (size_t)snprintf(ret + length, size - length, "%sBAR %u (%s, %u-bit%s)%s",
					   !first      ? ""
					   : left == 1 ? " and "
						       : ", ",
					   host->index, lend_size_text(host->size).text, host->bits,
					   host->prefetchable ? " prefetchable" : "",
					   left > 1  ? ""
					   : all > 1 ? " have"
						     : " has");
		first = first ? first : bar;
		left--;
	}
	return first;
}

static bool has_address(const struct lend_bar_placement *placement)
{
	for (size_t i = 0; i < placement->count; i++)
		if (placement->bars[i].address)
			return true;
	return false;
}

static int advise(const struct lend_bar_placement *placement, const struct lend_bar_placement_bar *bar,
		  const char *domain, struct lend_error *error)
{
	const struct lend_address_text address = lend_address_text(placement->source);
	const struct lend_shell_word word = lend_text_shell_quote(domain);

	if (!bar->host.start)
		return lend_error_hint(
			error, -ENOSPC,
			"the host assigned no address to it either: enable \"Above 4G decoding\" in the host's firmware setup");
	if (!placement->guest->behind_bridge && !has_address(placement))
		return lend_error_hint(
			error, -ENOSPC,
			"it looks the same when the guest has no driver for it; if it has, 'lendpci assign %s %s' computes a new window for the next start",
			word.text, address.text);
	if (bar->host.bits == 64 && bar->host.prefetchable)
		return lend_error_hint(
			error, -ENOSPC,
			"'lendpci assign %s %s' computes a new window for the next start; --mmio-high SIZE sets one",
			word.text, address.text);
	return lend_error_hint(
		error, -ENOSPC,
		"it needs address space below 4 GiB: 'lendpci assign %s %s' says whether there is enough; fewer devices and fewer empty ports leave more",
		word.text, address.text);
}

static int complain_of(const struct lend_bar_placement *placement, const char *domain, struct lend_error *error)
{
	const struct lend_address_text address = lend_address_text(placement->source);
	const struct lend_bar_placement_bar *first;
	char culprits[400] = "";

	if (placement->fit == LEND_PLACEMENT_NOT_SEEN)
		return lend_error_set(error, -ENODEV,
				      "%s: not seen by QEMU, or behind a bridge to which the guest gave no bus number",
				      address.text);
	if (placement->fit != LEND_PLACEMENT_NO_PLACE)
		return 0;
	first = name_culprits(placement, culprits, sizeof(culprits));
	lend_error_set(error, -ENOSPC, "%s: %s no place in the guest", address.text, culprits);
	return advise(placement, first, domain, error);
}

int lend_bar_placement_explain(const struct lend_bar_placement *items, size_t count, const struct lend_guest_pci *guest,
			       const char *domain, struct lend_error *error)
{
	int r = 0;

	if (count && !guest->has_placed) {
		lend_error_set(error, -EAGAIN,
			       "the guest's firmware has assigned no BARs yet: still booting, or failed");
		return lend_error_hint(error, -EAGAIN, "try again in a moment; the guest's screen may tell more");
	}
	for (size_t i = 0; r == 0 && i < count; i++)
		r = complain_of(&items[i], domain, error);
	return r;
}
