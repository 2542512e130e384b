/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;

/** What a function is on the bus: the device/port type of its PCI Express capability. */
enum lend_pci_kind {
	LEND_KIND_UNKNOWN,      /* its configuration space could not be read: that takes root */
	LEND_KIND_CONVENTIONAL, /* PCI or PCI-X, without PCI Express */
	LEND_KIND_ENDPOINT,
	LEND_KIND_LEGACY_ENDPOINT,     /* PCI Express, but with I/O ports: most graphics cards */
	LEND_KIND_INTEGRATED_ENDPOINT, /* in the root complex itself */
	LEND_KIND_ROOT_PORT,
	LEND_KIND_UPSTREAM_PORT,   /* a switch's side to the host */
	LEND_KIND_DOWNSTREAM_PORT, /* a switch's side to a device */
	LEND_KIND_PCI_BRIDGE,      /* PCI Express to PCI, or the other way */
	LEND_KIND_EVENT_COLLECTOR,
};

/** A BAR that can be given another size. */
struct lend_resizable {
	uint8_t bar;    /* 0 to 5 */
	uint64_t size;  /* bytes, what it is set to now */
	uint64_t sizes; /* bit n: it can be 1 MiB << n */
};

/** What a function's configuration space says of it, as far as lending depends on it. */
struct lend_capabilities {
	bool answers;  /* false: all ones, the card is off the bus. True when nothing could be read */
	bool known;    /* the capability list could be read: what follows is true, not a guess */
	bool extended; /* so could the extended list: ACS, resizable BARs, the serial number */
	enum lend_pci_kind kind;
	bool multifunction;
	bool intx, msi, msix; /* how it can interrupt */
	bool flr;             /* it can be reset alone: Function Level Reset, PCI Express' or Advanced Features' */
	bool acs;             /* it has an Access Control Services capability, which may be empty */
	uint16_t acs_enabled; /* PCI_ACS_… bits of <linux/pci_regs.h> that are switched on */
	struct lend_resizable resizable[6];
	size_t resizable_count;

	/*
	 * Device Serial Number, which tells two cards of one model apart; 0 without one. The functions of a card say
	 * the same one, or only function 0 says it.
	 *
	 * Source: PCI Express base specification, 7.9.3.
	 */
	uint64_t serial;
};

/**
 * Reads a function's configuration space. Without root the kernel gives out 64 bytes: @ret then says what it does not
 * know. A function without a `config` file is no error either. @ret is untouched on failure.
 *
 * Source: PCI Express base specification, chapter 7; the offsets of <linux/pci_regs.h>.
 */
int lend_capabilities_read(const struct lend_fs *fs, struct lend_address address, struct lend_capabilities *ret,
			   struct lend_error *error);

/** The same from @size bytes of configuration space, of whatever content: a broken card writes what it likes. */
void lend_capabilities_parse(const uint8_t *config, size_t size, struct lend_capabilities *ret);

/**
 * Whether a bridge keeps what is below it apart: ACS with source validation, request and completion redirect and
 * upstream forwarding switched on, as the kernel demands before it splits a group.
 *
 * Source: drivers/iommu/iommu.c (REQ_ACS_FLAGS).
 */
bool lend_capabilities_isolate(const struct lend_capabilities *capabilities);
