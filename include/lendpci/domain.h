/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/address.h"

struct lend_error;

#define LEND_POLICY_NAMESPACE "urn:lendpci:1"

/** Aliases of what assign injects begin so; libvirt keeps aliases with "ua-" in the inactive XML. */
#define LEND_ALIAS_PREFIX "ua-lendpci-"

/** One `<hostdev mode='subsystem' type='pci'>`. */
struct lend_hostdev {
	struct lend_address source; /* on the host */
	bool managed;               /* managed='yes' */
	char *alias;                /* NULL without one */
};

/** One `<device>` of the policy: which host function this domain wants, and what it was when it was assigned. */
struct lend_policy_device {
	struct lend_address address;
	char *location_path;     /* NULL in a policy written by hand */
	uint16_t vendor, device; /* 0 when the policy does not say */
	uint16_t subsystem_vendor, subsystem_device;
};

/** The `<assignment xmlns="urn:lendpci:1">` in the domain's `<metadata>`. */
struct lend_policy {
	bool present;
	bool take_group; /* group='take': members of other slots in the same IOMMU group go along */
	struct lend_policy_device *devices;
	size_t count;
};

/** What lendpci needs to know of a domain. All strings are owned. */
struct lend_domain {
	char *name;
	char uuid[37]; /* lower case, as libvirt prints it */
	struct lend_hostdev *hostdevs;
	size_t hostdev_count;
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
void lend_domain_free(struct lend_domain *domain);
void lend_domain_freep(struct lend_domain **domain);

/**
 * Whether the text can concern lendpci at all: a substring search for a hostdev or a policy, no parsing. A VM without
 * passthrough leaves the hook here.
 */
bool lend_domain_text_may_concern(const char *xml, size_t size);
