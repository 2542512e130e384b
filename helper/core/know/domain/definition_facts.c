/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A definition beside the host: the facts for lend_window_decide() and lend_definition_problems_find(). */
#include "lendpci/know/domain/definition_facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/firmware.h"
#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/resize.h"
#include "user_file.h"

static int out_of_memory(struct lend_error *error)
{
	return lend_error_set(error, -ENOMEM, "out of memory for the devices of a definition");
}

void lend_mmio_facts_clear(struct lend_mmio_facts *facts)
{
	free(facts->cards);
	*facts = (struct lend_mmio_facts){ 0 };
}

/* What the policy asks of the functions. */
struct wishes {
	const struct lend_policy_device *devices;
	size_t count;
};

static void resize(const struct wishes *wishes, struct lend_address address, struct lend_bars *bars)
{
	for (size_t i = 0; i < wishes->count; i++)
		if (lend_address_equal(wishes->devices[i].address, address) && *wishes->devices[i].rebar)
			lend_resize_apply(bars, wishes->devices[i].rebar);
}

/* The functions of the slot that begins at @sorted[*at], which moves behind them. */
static int read_card(const struct lend_fs *fs, const struct lend_addresses *sorted, size_t *at,
		     const struct wishes *wishes, struct lend_card_bars *ret, struct lend_error *error)
{
	const struct lend_address slot = sorted->items[*at];

	for (; *at < sorted->count && lend_address_same_slot(sorted->items[*at], slot); (*at)++) {
		int r;

		if ((*at && lend_address_equal(sorted->items[*at], sorted->items[*at - 1])) ||
		    !lend_fs_exists(fs, lend_function_path(sorted->items[*at], "").text))
			continue;
		r = lend_bars_read(fs, sorted->items[*at], &ret->functions[ret->count], error);
		if (r < 0)
			return r;
		resize(wishes, sorted->items[*at], &ret->functions[ret->count]);
		ret->count++;
	}
	return 0;
}

static int read_cards(const struct lend_fs *fs, const struct lend_addresses *functions, const struct wishes *wishes,
		      struct lend_mmio_facts *facts, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses sorted = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < functions->count; i++)
		r = lend_addresses_add(&sorted, functions->items[i]);
	facts->cards = calloc(functions->count + 1, sizeof(*facts->cards));
	if (r < 0 || !facts->cards)
		return out_of_memory(error);
	if (sorted.count)
		qsort(sorted.items, sorted.count, sizeof(*sorted.items), lend_address_compare_qsort);
	for (size_t at = 0; r == 0 && at < sorted.count; facts->count++)
		r = read_card(fs, &sorted, &at, wishes, &facts->cards[facts->count], error);
	return r;
}

static unsigned read_kernel(const struct lend_fs *fs)
{
	char release[65];
	unsigned major, minor;

	if (lend_fs_read(fs, "proc/sys/kernel/osrelease", release, sizeof(release), NULL) < 0 ||
	    sscanf(release, "%3u.%3u", &major, &minor) != 2)
		return 0;
	return major * 1000 + minor;
}

int lend_mmio_facts_read(const struct lend_fs *fs, const struct lend_addresses *functions,
			 const struct lend_policy_device *devices, size_t count, const char *xml, size_t size,
			 bool as_is, struct lend_mmio_facts *ret, struct lend_error *error)
{
	const struct wishes wishes = { devices, count };
	_cleanup_(lend_mmio_facts_clear) struct lend_mmio_facts facts = { 0 };
	int r;

	r = as_is ? lend_guest_parse_as_is(xml, size, &facts.guest, error)
		  : lend_guest_parse(xml, size, &facts.guest, error);
	if (r == 0)
		r = read_cards(fs, functions, &wishes, &facts, error);
	if (r < 0)
		return r;
	lend_guest_read_files(fs, &facts.guest);
	lend_address_width_read(fs, &facts.host);
	facts.firmware = lend_firmware_release(fs, &facts.guest);
	facts.kernel = read_kernel(fs);
	*ret = facts;
	facts = (struct lend_mmio_facts){ 0 };
	return 0;
}

static enum lend_rom_state read_rom(const struct lend_fs *fs, const char *file)
{
	char begin[2];
	ssize_t r;

	/* libvirt takes absolute paths only, and none is no ROM. */
	if (!file || !*file)
		return LEND_ROM_NONE;
	r = domain_read_user_file(fs, file, begin, sizeof(begin));
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		return LEND_ROM_MISSING;
	if (r < 0)
		return LEND_ROM_UNREADABLE;
	return r == 0 ? LEND_ROM_EMPTY : LEND_ROM_FINE;
}

static int read_node(const struct lend_fs *fs, struct lend_address address)
{
	char text[16];

	if (lend_fs_read(fs, lend_function_path(address, "numa_node").text, text, sizeof(text), NULL) < 0)
		return -1;
	return *text >= '0' && *text <= '9' ? (int)strtol(text, NULL, 10) : -1;
}

/* A function that is not there has no facts: somebody else says that. */
static void read_function(const struct lend_fs *fs, struct lend_address address, struct lend_hostdev_facts *ret)
{
	struct lend_function function;

	ret->node = read_node(fs, address);
	if (lend_function_read(fs, address, &function, NULL) < 0)
		return;
	ret->vendor = function.vendor;
	ret->class = function.class;
	ret->is_on_vfio = strstr(function.driver, "vfio");
}

void lend_definition_facts_clear(struct lend_definition_facts *facts)
{
	lend_mmio_facts_clear(&facts->mmio);
	free(facts->hostdevs);
	free(facts->arguments);
	*facts = (struct lend_definition_facts){ 0 };
}

static int make_room(const struct lend_domain *domain, struct lend_definition_facts *facts, struct lend_error *error)
{
	facts->domain = domain;
	facts->hostdevs = calloc(domain->hostdev_count + 1, sizeof(*facts->hostdevs));
	facts->arguments = calloc(domain->arguments.vfio_count + 1, sizeof(*facts->arguments));
	return facts->hostdevs && facts->arguments ? 0 : out_of_memory(error);
}

int lend_definition_facts_read(const struct lend_fs *fs, const struct lend_domain *domain, const char *xml, size_t size,
			       struct lend_definition_facts *ret, struct lend_error *error)
{
	_cleanup_(lend_definition_facts_clear) struct lend_definition_facts facts = { 0 };
	_cleanup_(lend_addresses_clear) struct lend_addresses devices = { 0 };
	int r;

	r = make_room(domain, &facts, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < domain->hostdev_count; i++) {
		read_function(fs, domain->hostdevs[i].source, &facts.hostdevs[i]);
		facts.hostdevs[i].rom = read_rom(fs, domain->hostdevs[i].rom);
	}
	for (size_t i = 0; i < domain->arguments.vfio_count; i++)
		read_function(fs, domain->arguments.vfio[i].address, &facts.arguments[i]);
	r = lend_domain_devices(domain, &devices, error);
	if (r == 0)
		r = lend_mmio_facts_read(fs, &devices, domain->policy.devices, domain->policy.count, xml, size, true,
					 &facts.mmio, error);
	if (r < 0)
		return r;
	*ret = facts;
	facts = (struct lend_definition_facts){ 0 };
	return 0;
}

int lend_definition_facts_read_text(const struct lend_fs *fs, const struct lend_domain *domain, const char *xml,
				    size_t size, struct lend_definition_facts *ret, struct lend_error *error)
{
	static const struct lend_addresses none = { 0 };
	_cleanup_(lend_definition_facts_clear) struct lend_definition_facts facts = { 0 };
	int r;

	r = make_room(domain, &facts, error);
	if (r == 0)
		r = lend_mmio_facts_read(fs, &none, NULL, 0, xml, size, true, &facts.mmio, error);
	if (r < 0)
		return r;
	*ret = facts;
	facts = (struct lend_definition_facts){ 0 };
	return 0;
}
