/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/address.h"
#include "lendpci/know/pci/bars.h"

struct lend_error;

/** One function of a running guest, as its firmware, or later its kernel, has set it up. */
struct lend_guest_function {
	char *id;                    /* QEMU's name for it, which is libvirt's alias; "" without one */
	struct lend_address address; /* in the guest, which numbers its buses itself */
	uint16_t vendor, device;
	struct lend_bars bars; /* start: where it is mapped; 0: nowhere, or the function's memory is switched off */
	bool behind_bridge;
	uint64_t memory_window;       /* what the bridge above it forwards below 4 GiB, in bytes; 0: closed */
	uint64_t prefetchable_window; /* and anywhere */
};

/** What QEMU tells of a guest's PCI. A function behind a bridge that has no bus number yet is not told of. */
struct lend_guest_pci {
	struct lend_guest_function *functions; /* a bridge before what is behind it */
	size_t count;
	bool has_placed; /* something, anywhere, is mapped: the guest's firmware has been at work */
};
void lend_guest_pci_clear(struct lend_guest_pci *guest);

/**
 * Reads QEMU's answer to query-pci, with or without what libvirt put around it. -EBADMSG with what is wrong for
 * anything else, and with QEMU's own words where it refused.
 *
 * Source: QEMU's qapi/pci.json; hw/pci/pci-qmp-cmds.c, which shows a BAR that is not mapped at address -1.
 */
int lend_guest_pci_parse(const char *text, size_t size, struct lend_guest_pci *ret, struct lend_error *error);

/** The function that QEMU calls @id, borrowed; NULL for none. */
const struct lend_guest_function *lend_guest_pci_find(const struct lend_guest_pci *guest, const char *id);
