/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assignment/options.h"

#include "assignment/inject.h"
#include <string.h>

#include "cli/verb.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/resize.h"

#define MIB (1ULL << 20)

static int read_size(const char *option, const char *text, uint64_t *ret, struct lend_error *error)
{
	uint64_t bytes;

	if (!text)
		return 0;
	if (lend_text_to_size(text, &bytes) < 0 || !bytes || bytes % MIB || bytes > LEND_POLICY_MMIO_MAX) {
		lend_error_set(error, LEND_EXIT_USAGE, "--%s: '%.40s' is not a size", option, text);
		return lend_error_hint(error, LEND_EXIT_USAGE, "a size is 512M, 64G or 2T");
	}
	*ret = bytes;
	return 0;
}

static int check_rebar(const struct lend_call *call, struct lend_error *error)
{
	if (!call->rebar || lend_resize_is_wish(call->rebar))
		return 0;
	lend_error_set(error, LEND_EXIT_USAGE, "--rebar: '%.40s' is not a size of a power of two", call->rebar);
	return lend_error_hint(error, LEND_EXIT_USAGE, "a size is 256M or 16G; max and keep will do, too");
}

static int read_rom_bar(const struct lend_call *call, enum lend_rom_bar *ret, struct lend_error *error)
{
	if (!call->rom_bar)
		return 0;
	if (strcmp(call->rom_bar, "on") != 0 && strcmp(call->rom_bar, "off") != 0)
		return lend_error_set(error, LEND_EXIT_USAGE, "--rom-bar: '%.40s' is neither on nor off",
				      call->rom_bar);
	*ret = strcmp(call->rom_bar, "off") == 0 ? LEND_ROM_BAR_OFF : LEND_ROM_BAR_ON;
	if (*ret == LEND_ROM_BAR_OFF && call->rom && strcmp(call->rom, "none") != 0)
		return lend_error_set(error, LEND_EXIT_USAGE,
				      "--rom: with --rom-bar off the guest does not see the ROM");
	return 0;
}

int lend_assign_options_read(const struct lend_call *call, struct lend_assign_options *ret, struct lend_error *error)
{
	int r;

	*ret = (struct lend_assign_options){ .take_group = call->take_group, .force = call->force };
	r = read_size("mmio-low", call->mmio_low, &ret->mmio_low, error);
	if (r == 0)
		r = read_size("mmio-high", call->mmio_high, &ret->mmio_high, error);
	if (r == 0)
		r = check_rebar(call, error);
	return r == 0 ? read_rom_bar(call, &ret->rom_bar, error) : r;
}
