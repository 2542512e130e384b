/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/domain/policy.h"
#include "lendpci/know/domain/qemu_arguments.h"
#include "lendpci/know/pci/function.h"

struct lend_error;

/** Aliases of what assign injects begin so; libvirt keeps aliases with "ua-" in the inactive XML. */
#define LEND_ALIAS_PREFIX "ua-lendpci-"

/** A domain with more is refused: no guest has so many PCI functions. */
enum { LEND_HOSTDEVS_MAX = 1024 };

/** Of the first cells of a guest, and nodes of a host, it is known where they are. */
enum { LEND_CELLS_MAX = 64 };

/** One `<hostdev mode='subsystem' type='pci'>`. */
struct lend_hostdev {
	struct lend_address source; /* on the host */
	bool managed;               /* managed='yes' */
	bool is_unassigned;         /* <address type='unassigned'/>: bound for the VM, but not in it */
	bool has_guest_address;     /* libvirt, or somebody, has chosen one */
	struct lend_address guest;  /* where the guest sees it, buses as the definition numbers them */
	char *alias;                /* NULL without one */
	char *rom;                  /* <rom file=…>; NULL without one */
	int cell;                   /* the guest's NUMA cell, by a pxb above it or <acpi nodeset=…/>; -1 for none */
};

/** Whether assign wrote it. */
bool lend_hostdev_is_ours(const struct lend_hostdev *hostdev);

/** What lendpci needs to know of a domain. All strings are owned. */
struct lend_domain {
	char *name;
	char uuid[37]; /* lower case, as libvirt prints it */
	struct lend_hostdev *hostdevs;
	size_t hostdev_count;
	struct lend_addresses drives; /* <disk type='nvme'> with managed='yes': QEMU drives it, the guest sees a disk */
	unsigned hotplug_ports; /* PCIe ports that take hot-plugged devices: firmware keeps address space for each */
	struct lend_qemu_arguments arguments; /* what it hands to QEMU past libvirt */
	unsigned cells;                       /* NUMA cells of the guest; 0 without <numa> */
	uint64_t memory_nodes;               /* of the host, bit by bit, where its memory is; 0 where it says nothing */
	uint64_t cell_nodes[LEND_CELLS_MAX]; /* the same of one cell */
	struct lend_policy policy;
};

/**
 * Reads a domain's XML: libvirt's live, inactive or saved form.
 *
 * The XML is hostile: a VM's owner may have written parts of it. No network, no entities, no DTD, at most 16 MiB and
 * 256 levels. -EINVAL with a sentence that names the element and line for anything that is not a domain, for an address
 * that is none, for a UUID that is none, for more than LEND_HOSTDEVS_MAX hostdevs, and for a policy that lendpci does
 * not understand.
 */
int lend_domain_parse(const char *xml, size_t size, struct lend_domain **ret, struct lend_error *error);

/**
 * Reads only which domain it is. For the end of a loan: whatever else an owner wrote into the XML of a running VM, its
 * devices have to come home. Text that begins as libvirt writes it is not even parsed: what follows may be anything.
 */
int lend_domain_parse_uuid(const char *xml, size_t size, char ret[static 37], struct lend_error *error);
void lend_domain_free(struct lend_domain *domain);
void lend_domain_freep(struct lend_domain **domain);

/**
 * The first function that @domain borrows: what its policy names, or a hostdev with managed='yes'. Part of @domain;
 * NULL for none. A hostdev with managed='no' and without a policy is the administrator's own business.
 */
const struct lend_address *lend_domain_first_borrowed(const struct lend_domain *domain);

/**
 * The host functions that the guest sees as PCI devices: @domain's hostdevs and what its policy names, each once, added
 * to @ret. -ENOMEM.
 */
int lend_domain_devices(const struct lend_domain *domain, struct lend_addresses *ret, struct lend_error *error);

/** The hostdev of @domain whose function on the host is @address. Part of @domain; NULL for none. */
const struct lend_hostdev *lend_domain_hostdev(const struct lend_domain *domain, struct lend_address address);

/** Whether @address is among them, one of its drives, or given to QEMU by an argument. */
bool lend_domain_has(const struct lend_domain *domain, struct lend_address address);

/**
 * Whether the text can concern lendpci at all: a substring search for a hostdev, an NVMe disk as libvirt writes it, a
 * policy or an argument with vfio-pci, no parsing. A VM without passthrough leaves the hook here.
 */
bool lend_domain_text_may_concern(const char *xml, size_t size);
