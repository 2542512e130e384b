/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/domain/policy.h"
#include "lendpci/know/host/address_width.h"

struct lend_error;
struct lend_fs;
struct _xmlNode;

/** X-PciMmio64Mb, by which OVMF is told its window, as somebody else than assign wrote it into <qemu:commandline>. */
struct lend_guest_window {
	unsigned count;            /* how often it is there: QEMU takes one */
	uint64_t bytes;            /* of the last */
	bool is_ignored;           /* OVMF takes no notice of the value */
	char ignored_because[128]; /* why, as "'0x4000' is not a decimal number of MiB" */
	char file[256];     /* its value is this file's content, until lend_guest_read_files() has read it; or "" */
	char argument[200]; /* as it is written behind -fw_cfg, cut to fit a message */
};

/**
 * What a domain's definition says about its address space. What assign itself has put there does not count: the facts
 * are those of the definition without it, so that deciding again decides the same.
 *
 * Source: libvirt's docs/formatdomain.rst.
 */
struct lend_guest {
	bool x86;                    /* no other machine has what follows */
	bool q35;                    /* and not i440fx */
	char machine[64];            /* its type as the definition has it; "pc" where that says nothing */
	bool is_known;               /* q35 or i440fx, for which alone all of this is known */
	bool kvm;                    /* not emulated: the CPU's addresses are the host's */
	bool uefi;                   /* OVMF, not SeaBIOS */
	char loader[256];            /* path of its image; "" where libvirt chooses one */
	uint64_t pcihole64;          /* bytes; 0 for QEMU's default */
	bool has_cpu;                /* <cpu> is spelt out */
	bool host_cpu;               /* its mode is host-passthrough or maximum */
	enum lend_cpu_vendor vendor; /* of a named CPU model, as far as it is known */
	struct lend_width width;
	uint64_t memory;              /* bytes at start */
	bool has_hugepages;           /* it lies in them */
	uint64_t pluggable;           /* bytes that can be plugged later */
	uint64_t mmio_low, mmio_high; /* bytes that the policy wants in place of what is computed */
	unsigned memory_slots;        /* in so many modules */
	struct lend_guest_window window;
	bool has_hole_argument; /* @pcihole64 is that of a -global of the domain's own, which overrules <pcihole64> */
	unsigned spare_ports;   /* PCIe ports that take hot-plugged devices and are empty */
	unsigned used_ports;    /* the same, with a device that is not lent */
};

/**
 * Reads a domain's XML, which may be less than a whole definition. As hostile as lend_domain_parse() takes it to be.
 * -EINVAL with the line for a size or number that is none.
 */
int lend_guest_parse(const char *xml, size_t size, struct lend_guest *ret, struct lend_error *error);

/**
 * The same, but as the definition is: also what assign has put there counts. For judging what a start would do.
 */
int lend_guest_parse_as_is(const char *xml, size_t size, struct lend_guest *ret, struct lend_error *error);

/** Reads the file that an argument of @guest takes its value from, as QEMU will. One that cannot be read: is_ignored.
 */
void lend_guest_read_files(const struct lend_fs *fs, struct lend_guest *guest);

/** What a `<maxphysaddr>` element says. -EINVAL with the line for a number that is none. */
int lend_guest_read_width(const struct _xmlNode *node, struct lend_width *ret, struct lend_error *error);
