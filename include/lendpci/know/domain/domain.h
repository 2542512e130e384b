/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/domain/policy.h"
#include "lendpci/know/pci/address.h"

struct lend_error;

/** Aliases of what assign injects begin so; libvirt keeps aliases with "ua-" in the inactive XML. */
#define LEND_ALIAS_PREFIX "ua-lendpci-"

/** One `<hostdev mode='subsystem' type='pci'>`. */
struct lend_hostdev {
	struct lend_address source; /* on the host */
	bool managed;               /* managed='yes' */
	char *alias;                /* NULL without one */
};

/** What lendpci needs to know of a domain. All strings are owned. */
struct lend_domain {
	char *name;
	char uuid[37]; /* lower case, as libvirt prints it */
	struct lend_hostdev *hostdevs;
	size_t hostdev_count;
	unsigned hotplug_ports; /* PCIe ports that take hot-plugged devices: firmware keeps address space for each */
	struct lend_policy policy;
};

/**
 * Reads a domain's XML: libvirt's live, inactive or saved form.
 *
 * The XML is hostile: a VM's owner may have written parts of it. No network, no entities, no DTD, at most 16 MiB and
 * 256 levels. -EINVAL with a sentence that names the element and line for anything that is not a domain, for an address
 * that is none, for a UUID that is none, and for a policy that lendpci does not understand.
 */
int lend_domain_parse(const char *xml, size_t size, struct lend_domain **ret, struct lend_error *error);

/**
 * Reads only which domain it is. For the end of a loan: whatever else an owner wrote into the XML of a running VM, its
 * devices have to come home.
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
 * Whether the text can concern lendpci at all: a substring search for a hostdev or a policy, no parsing. A VM without
 * passthrough leaves the hook here.
 */
bool lend_domain_text_may_concern(const char *xml, size_t size);
