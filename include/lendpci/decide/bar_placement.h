/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/address.h"
#include "lendpci/know/pci/bars.h"

struct lend_error;
struct lend_guest_function;
struct lend_guest_pci;

/** How a lent function sits in the guest's address space. */
enum lend_placement {
	LEND_PLACEMENT_PLACED,       /* each BAR is where the guest can reach it */
	LEND_PLACEMENT_SWITCHED_OFF, /* there is room for each, but the guest does not use them now */
	LEND_PLACEMENT_NO_PLACE,     /* there is a BAR without a place */
	LEND_PLACEMENT_NOT_SEEN,     /* QEMU does not tell of it: no such device, or no bus number on the way to it */
};

/** "placed", "switched-off", "no-place", "not-seen". */
const char *lend_placement_name(enum lend_placement fit);

/** A BAR as the host has it, and where the guest has it. */
struct lend_bar_placement_bar {
	struct lend_bar host;
	uint64_t address; /* in the guest; 0: nowhere */
	bool fits;        /* it has an address, or only the guest's use of it is lacking */
};

struct lend_bar_placement {
	struct lend_address source; /* on the host */
	enum lend_placement fit;
	const struct lend_guest_function *guest; /* borrowed; NULL when it is not seen */
	struct lend_bar_placement_bar bars[LEND_BARS_MAX];
	size_t count;
};

/**
 * Compares the function's BARs on the host with what the guest made of them. @alias is libvirt's for its hostdev, which
 * QEMU calls it by too; NULL for none. The ROM is left out: it is normal that a guest has it only for a moment.
 *
 * A function whose memory is switched off, since no driver in the guest has it or it sleeps, is shown by QEMU like one
 * that found no place. The bridge above it tells them apart: firmware that rejects a BAR leaves no room for it there.
 * Where one BAR has an address its memory is on, and a BAR without one has no place.
 *
 * Source: PCI-to-PCI bridge specification 1.2, 3.2.5; QEMU's pci_update_mappings(); OVMF's PciHostBridgeDxe and
 * PciBusDxe, which reject all BARs of the function whose BAR is too large.
 */
void lend_bar_placement_evaluate(struct lend_address source, const char *alias, const struct lend_bars *host,
				 const struct lend_guest_pci *guest, struct lend_bar_placement *ret);

/**
 * The first of @count functions that is not as it should be, in one sentence to stand behind "win11: ", with advice.
 * -ENOSPC for one with a BAR that has no place, which is named; -ENODEV for one that is not seen; -EAGAIN when nothing
 * in
 * @guest is placed yet. 0 when there is none. @domain is for the advice.
 */
int lend_bar_placement_explain(const struct lend_bar_placement *items, size_t count, const struct lend_guest_pci *guest,
			       const char *domain, struct lend_error *error);
