/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/domain/guest.h"
#include "lendpci/know/host/address_width.h"
#include "lendpci/know/pci/bars.h"

struct lend_addresses;
struct lend_domain;
struct lend_error;
struct lend_fs;
struct lend_policy_device;

/** The memory ranges of one card: of those of its functions that the domain has. */
struct lend_card_bars {
	struct lend_bars functions[8];
	size_t count;
};

/** What decides whether cards find room in a guest. Release with lend_mmio_facts_clear(). */
struct lend_mmio_facts {
	struct lend_guest guest;
	struct lend_address_width host;
	unsigned firmware; /* lend_firmware_release() */
	unsigned kernel;   /* 6012 for 6.12; 0 when it is unknown */
	struct lend_card_bars *cards;
	size_t count;
};
void lend_mmio_facts_clear(struct lend_mmio_facts *facts);

/**
 * Reads it for the domain of @xml with the host functions @functions. Those that the host does not have, as after a
 * card was pulled, have no ranges. @devices (may be NULL), of @count, say which are to have a BAR of another size, as
 * the guest will see it. @as_is: what assign has written counts like the rest, see lend_guest_parse_as_is().
 */
int lend_mmio_facts_read(const struct lend_fs *fs, const struct lend_addresses *functions,
			 const struct lend_policy_device *devices, size_t count, const char *xml, size_t size,
			 bool as_is, struct lend_mmio_facts *ret, struct lend_error *error);

enum lend_rom_state { LEND_ROM_NONE, LEND_ROM_FINE, LEND_ROM_MISSING, LEND_ROM_UNREADABLE, LEND_ROM_EMPTY };

/** What the host says of a function that a domain has. */
struct lend_hostdev_facts {
	enum lend_rom_state rom; /* of the file that it names */
	int node;                /* NUMA node of the host; -1 for none, or no such function */
	uint16_t vendor;         /* 0 when the host has no such function */
	uint32_t class;
	bool is_on_vfio; /* vfio-pci or a variant driver has it now */
};

/** A definition beside the host that is to start it. Release with lend_definition_facts_clear(). */
struct lend_definition_facts {
	const struct lend_domain *domain;     /* borrowed */
	struct lend_hostdev_facts *hostdevs;  /* one for each of the domain's */
	struct lend_hostdev_facts *arguments; /* one for each vfio-pci of its arguments */
	struct lend_mmio_facts mmio;          /* as it is, for all devices that it has */
};
void lend_definition_facts_clear(struct lend_definition_facts *facts);

/**
 * Reads it. @domain is what @xml says.
 *
 * Source: sysfs' numa_node (Documentation/ABI/testing/sysfs-bus-pci); QEMU opens the ROM as its own user, so a file
 * that not everybody can read may be refused there: only what is certain is said.
 */
int lend_definition_facts_read(const struct lend_fs *fs, const struct lend_domain *domain, const char *xml, size_t size,
			       struct lend_definition_facts *ret, struct lend_error *error);

/**
 * The same without its devices, of which nothing is known then: enough for the problems that are the hook's, which must
 * not wait for a card that sleeps.
 */
int lend_definition_facts_read_text(const struct lend_fs *fs, const struct lend_domain *domain, const char *xml,
				    size_t size, struct lend_definition_facts *ret, struct lend_error *error);
