/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/address.h"

struct lend_guest;

/**
 * Intel's graphics in the processor, at 00:02.0 of the host. Its firmware and the guest's look for it at 00:02.0 of the
 * guest. Its virtual functions are 00:02.1 and on, and need none of this.
 *
 * Source: QEMU's docs/igd-assign.txt of 7.2 (legacy mode or "universal passthrough"), 10.0 (legacy mode on i440fx
 * alone; x-igd-legacy-mode) and 10.1 (x-igd-opregion is on by default).
 */
bool lend_is_igd(struct lend_address address, uint16_t vendor);

/** What the guest of such a device still needs from its owner, in one sentence each. */
enum { LEND_IGD_NEEDS = 3 };
struct lend_igd_needs {
	char text[LEND_IGD_NEEDS][400]; /* to stand behind "0000:00:02.0: " */
	size_t count;
};

/** @has_rom: its hostdev names a ROM file. @alias: of the hostdev; NULL for none. */
void lend_igd_needs(const struct lend_guest *guest, bool has_rom, const char *alias, struct lend_igd_needs *ret);
