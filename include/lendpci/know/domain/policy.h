/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/base/settings.h"
#include "lendpci/know/pci/address.h"

struct lend_error;
struct _xmlDoc;
struct _xmlNode;

#define LEND_POLICY_NAMESPACE "urn:lendpci:1"

/** What `<maxphysaddr>` says of the width of a guest's physical addresses. */
enum lend_width_mode {
	LEND_WIDTH_DEFAULT,     /* nothing: it depends on the CPU */
	LEND_WIDTH_PASSTHROUGH, /* as wide as the host's */
	LEND_WIDTH_EMULATE,     /* so many bits */
};

struct lend_width {
	enum lend_width_mode mode;
	unsigned bits; /* emulated, or the limit of what is passed through; 0 without one */
};

/** No guest has a larger window. */
#define LEND_POLICY_MMIO_MAX (1ULL << 52)

/** A policy with more devices is refused: a guest has no room for so many cards. */
enum { LEND_POLICY_DEVICES_MAX = 256 };

/** One `<device>` of the policy: which host function this domain wants, and what it was when it was assigned. */
struct lend_policy_device {
	struct lend_address address;
	char *location_path;     /* NULL in a policy written by hand */
	uint16_t vendor, device; /* 0 when the policy does not say */
	uint16_t subsystem_vendor, subsystem_device;
	uint64_t serial; /* 0 when the card has none, or the policy does not say */

	char reset[64]; /* how to reset it while it is on loan, in the words of sysfs' reset_method; "" for the kernel's
			   own */

	char rebar[16]; /* how large its Resizable BAR is to be while it is on loan: "16G", "max" or "keep"; "" likewise
			 */

	/*
	 * The option ROM that the guest gets in place of the card's own: an absolute path. NULL says nothing: put()
	 * keeps what the policy has. "" ends it.
	 */
	char *rom;
	/* Whether the guest sees an option ROM at all. Likewise. */
	enum lend_rom_bar { LEND_ROM_BAR_KEPT, LEND_ROM_BAR_ON, LEND_ROM_BAR_OFF } rom_bar;

	/* What a hostdev that somebody wrote for it had as managed='…' before assign made that 'yes'. */
	enum lend_managed { LEND_MANAGED_KEPT, LEND_MANAGED_NO, LEND_MANAGED_UNSET } managed_before;
};

/** The elements of a definition that decide whether a shutdown releases the devices. */
enum lend_stop {
	LEND_STOP_POWEROFF, /* <on_poweroff> */
	LEND_STOP_CRASH,    /* <on_crash> */
	LEND_STOP_TO_MEM,   /* <suspend-to-mem> of <pm> */
	LEND_STOP_TO_DISK,  /* <suspend-to-disk> of <pm> */
	LEND_STOP_COUNT,
};

/** The element's name, which is also its attribute's in the policy. */
extern const char *const lend_stop_names[LEND_STOP_COUNT];

/** What such an element says. */
enum lend_word {
	LEND_WORD_OTHER,   /* none of these; in the policy: nothing to put back */
	LEND_WORD_NONE,    /* there is no such element */
	LEND_WORD_UNSET,   /* it is there without its attribute */
	LEND_WORD_YES,     /* enabled='yes' */
	LEND_WORD_RESTART, /* from here on the text of <on_poweroff> and <on_crash> */
	LEND_WORD_RENAME_RESTART,
	LEND_WORD_PRESERVE,
	LEND_WORD_COUNT,
};

/** A word's name; NULL for LEND_WORD_OTHER. */
const char *lend_word_name(enum lend_word word);

/** The word of that name; LEND_WORD_OTHER for any other. */
enum lend_word lend_word_from_name(const char *name);

/**
 * The `<before>` of the policy: what the definition had where assign changed it, so that unassign leaves what it found.
 * All zero when there is nothing to put back.
 */
struct lend_policy_before {
	bool empty_metadata;     /* an empty <metadata/> was there */
	bool no_root;            /* the root controller was not spelt out */
	uint64_t pcihole64;      /* bytes; 0 when there was none */
	uint64_t pcihole64_ours; /* bytes, what assign put in its place; 0 when it left the window alone */

	/* What was not there at all, and what assign has put there. */
	struct lend_width width_ours; /* <maxphysaddr> */
	uint64_t mmio64_ours;         /* bytes of X-PciMmio64Mb */
	bool no_commandline;          /* no <qemu:commandline> */
	bool no_qemu_namespace;       /* nor was its namespace declared */
	bool hotplug_ours[256];       /* hotplug='off' on the root ports of these indexes */

	enum lend_word stops[LEND_STOP_COUNT]; /* what was there where assign has put 'destroy' or 'no' */
};

/** The `<assignment xmlns="urn:lendpci:1">` in the domain's `<metadata>`. */
struct lend_policy {
	bool present;
	bool take_group;  /* group='take': members of other slots in the same IOMMU group go along */
	bool has_holders; /* holders='refuse', 'wait' or 'stop': instead of the host's own setting */
	enum lend_holders_policy holders;
	uint64_t mmio_low, mmio_high; /* bytes, in place of what is computed; 0 to compute */
	struct lend_policy_device *devices;
	size_t count;
	struct lend_policy_before before;
};
void lend_policy_clear(struct lend_policy *policy);

/**
 * Reads the policy of a `<domain>` element; none is fine. -EINVAL with the line for one that lendpci does not
 * understand: what it could not read it could not keep either. @ret is untouched on failure.
 */
int lend_policy_read(const struct _xmlNode *domain, struct lend_policy *ret, struct lend_error *error);

/** The device of @policy at @address, borrowed; NULL for none. */
struct lend_policy_device *lend_policy_find(const struct lend_policy *policy, struct lend_address address);

/** Adds a copy of @device, or replaces the one at its address. -ENOMEM. */
int lend_policy_put(struct lend_policy *policy, const struct lend_policy_device *device);

/** Drops the device at @address; one that is not there is fine. */
void lend_policy_drop(struct lend_policy *policy, struct lend_address address);

/** The policy as an `<assignment>` element for @document, not linked yet. NULL when memory runs out. */
struct _xmlNode *lend_policy_write(const struct lend_policy *policy, struct _xmlDoc *document);
