/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices of a domain. Source: libvirt's docs/formatdomain.rst.
 *
 * <hostdev mode='subsystem' type='pci'> counts, and <disk type='nvme'>, which libvirt puts on vfio-pci just so: an
 * <interface type='hostdev'> is libvirt's own to place and to bring home.
 */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/xml.h"
#include "lendpci/know/pci/function.h"

enum { BUSES = 256, CELLS_MAX = 1024, NO_CELL = -1 };

static int out_of_memory(struct lend_error *error)
{
	return lend_error_set(error, -ENOMEM, "out of memory for the domain's hostdevs");
}

/* A copy of @text, or NULL for NULL. False when memory runs out. */
static bool copy(const char *text, char **ret)
{
	*ret = text ? strdup(text) : NULL;
	return !text || *ret;
}

/* The PCI controller that makes each of the guest's buses. */
struct buses {
	const xmlNode *controllers[BUSES];
};

static void find_buses(const xmlNode *devices, struct buses *ret)
{
	for (const xmlNode *node = lend_xml_child(devices, NULL, "controller"); node; node = lend_xml_next(node)) {
		uint64_t index = BUSES;

		if (lend_xml_attribute_is(node, "type", "pci") &&
		    lend_xml_number(node, "index", BUSES - 1, &index, NULL) == 0 && index < BUSES)
			ret->controllers[index] = node;
	}
}

static const xmlNode *controller_above(const struct buses *buses, const xmlNode *device)
{
	const xmlNode *address = lend_xml_child(device, NULL, "address");
	uint64_t bus = 0;

	if (!address || !lend_xml_attribute_is(address, "type", "pci") ||
	    lend_xml_number(address, "bus", BUSES - 1, &bus, NULL) < 0)
		return NULL;
	return buses->controllers[bus];
}

/* The cell of the guest that a device belongs to: said by <acpi nodeset=…/>, or by an expander bus above it. */
static int find_cell(const struct buses *buses, const xmlNode *hostdev)
{
	const xmlNode *acpi = lend_xml_child(hostdev, NULL, "acpi"), *at = hostdev;
	uint64_t cell = CELLS_MAX;

	if (acpi && lend_xml_number(acpi, "nodeset", CELLS_MAX - 1, &cell, NULL) == 0 && cell < CELLS_MAX)
		return (int)cell;
	for (unsigned depth = 0; depth < BUSES && (at = controller_above(buses, at)); depth++) {
		const xmlNode *node = lend_xml_child(lend_xml_child(at, NULL, "target"), NULL, "node");
		const char *text = node ? lend_xml_text(node) : NULL;

		if (text && *text >= '0' && *text <= '9')
			return (int)strtol(text, NULL, 10);
	}
	return NO_CELL;
}

static int add_hostdev(const struct buses *buses, const xmlNode *node, struct lend_domain *domain,
		       struct lend_error *error)
{
	const xmlNode *alias = lend_xml_child(node, NULL, "alias"), *rom = lend_xml_child(node, NULL, "rom");
	const xmlNode *address = lend_xml_child(node, NULL, "address");
	struct lend_hostdev hostdev = {
		.managed = lend_xml_attribute_is(node, "managed", "yes"),
		.is_unassigned = address && lend_xml_attribute_is(address, "type", "unassigned"),
		.cell = find_cell(buses, node),
	};
	uint64_t bus = 0, slot = 0, function = 0;
	int r;

	if (domain->hostdev_count == LEND_HOSTDEVS_MAX)
		return lend_xml_fail(error, node, "the domain has more than %d hostdevs", LEND_HOSTDEVS_MAX);
	r = lend_xml_source(node, &hostdev.source, error);
	if (r < 0)
		return r;
	if (address && lend_xml_attribute_is(address, "type", "pci") &&
	    lend_xml_number(address, "bus", UINT8_MAX, &bus, NULL) == 0 &&
	    lend_xml_number(address, "slot", 31, &slot, NULL) == 0 &&
	    lend_xml_number(address, "function", 7, &function, NULL) == 0) {
		hostdev.has_guest_address = true;
		hostdev.guest = (struct lend_address){ 0, (uint8_t)bus, (uint8_t)slot, (uint8_t)function };
	}
	/* Powers of two as capacity: grow when the count has reached one. */
	if ((domain->hostdev_count & (domain->hostdev_count - 1)) == 0) {
		const size_t capacity = domain->hostdev_count ? domain->hostdev_count * 2 : 1;
		struct lend_hostdev *bigger = reallocarray(domain->hostdevs, capacity, sizeof(*bigger));

		if (!bigger)
			return out_of_memory(error);
		domain->hostdevs = bigger;
	}
	domain->hostdevs[domain->hostdev_count++] = hostdev;
	if (!copy(alias ? lend_xml_attribute(alias, "name") : NULL,
		  &domain->hostdevs[domain->hostdev_count - 1].alias) ||
	    !copy(rom ? lend_xml_attribute(rom, "file") : NULL, &domain->hostdevs[domain->hostdev_count - 1].rom))
		return out_of_memory(error);
	return 0;
}

/* A disk and all that it is backed by, of which any may be on an NVMe drive. */
static int add_drives(const xmlNode *disk, struct lend_domain *domain, struct lend_error *error)
{
	for (const xmlNode *at = disk; at; at = lend_xml_child(at, NULL, "backingStore")) {
		const xmlNode *source = lend_xml_child(at, NULL, "source");
		struct lend_address address;
		int r;

		if (!source || !lend_xml_attribute_is(at, "type", "nvme") ||
		    !lend_xml_attribute_is(source, "managed", "yes"))
			continue;
		if (domain->drives.count == LEND_HOSTDEVS_MAX)
			return lend_xml_fail(error, at, "the domain has more than %d NVMe disks", LEND_HOSTDEVS_MAX);
		r = lend_xml_source(at, &address, error);
		if (r < 0)
			return r;
		if (lend_addresses_add_once(&domain->drives, address) < 0)
			return out_of_memory(error);
	}
	return 0;
}

static bool is_hotplug_port(const xmlNode *controller)
{
	const xmlNode *target = lend_xml_child(controller, NULL, "target");

	if (!lend_xml_attribute_is(controller, "model", "pcie-root-port") &&
	    !lend_xml_attribute_is(controller, "model", "pcie-switch-downstream-port"))
		return false;
	return !target || !lend_xml_attribute_is(target, "hotplug", "off");
}

/* "0-3,^2,8": the host's nodes of a nodeset, the first 64. */
static uint64_t parse_nodes(const char *text)
{
	uint64_t nodes = 0;

	while (text && *text) {
		const bool is_out = *text == '^';
		unsigned from, to;
		int length = 0;

		if (sscanf(text + is_out, "%3u%n", &from, &length) != 1)
			return 0;
		text += is_out + length;
		to = from;
		if (*text == '-') {
			if (sscanf(text, "-%3u%n", &to, &length) != 1)
				return 0;
			text += length;
		}
		for (unsigned node = from; node <= to && node < 64; node++)
			nodes = is_out ? nodes & ~(1ULL << node) : nodes | 1ULL << node;
		text += *text == ',';
		if (*text && text[-1] != ',')
			return 0;
	}
	return nodes;
}

/* <numatune>: where the host keeps the guest's memory. Not what libvirt would place by itself. */
static void read_nodes(const xmlNode *root, struct lend_domain *domain)
{
	const xmlNode *tune = lend_xml_child(root, NULL, "numatune");
	const xmlNode *memory = lend_xml_child(tune, NULL, "memory");

	if (memory)
		domain->memory_nodes = parse_nodes(lend_xml_attribute(memory, "nodeset"));
	for (const xmlNode *node = lend_xml_child(tune, NULL, "memnode"); node; node = lend_xml_next(node)) {
		uint64_t cell = LEND_CELLS_MAX;

		if (lend_xml_number(node, "cellid", LEND_CELLS_MAX - 1, &cell, NULL) == 0 && cell < LEND_CELLS_MAX)
			domain->cell_nodes[cell] = parse_nodes(lend_xml_attribute(node, "nodeset"));
	}
}

int domain_read_devices(const xmlNode *root, struct lend_domain *domain, struct lend_error *error)
{
	const xmlNode *devices = lend_xml_child(root, NULL, "devices");
	const xmlNode *numa = lend_xml_child(lend_xml_child(root, NULL, "cpu"), NULL, "numa");
	struct buses buses = { 0 };
	int r;

	find_buses(devices, &buses);
	read_nodes(root, domain);
	for (const xmlNode *node = lend_xml_child(devices, NULL, "hostdev"); node; node = lend_xml_next(node)) {
		const char *mode = lend_xml_attribute(node, "mode");

		/* Without a mode libvirt takes it for subsystem. */
		if ((mode && strcmp(mode, "subsystem") != 0) || !lend_xml_attribute_is(node, "type", "pci"))
			continue;
		r = add_hostdev(&buses, node, domain, error);
		if (r < 0)
			return r;
	}
	for (const xmlNode *node = lend_xml_child(devices, NULL, "disk"); node; node = lend_xml_next(node)) {
		r = add_drives(node, domain, error);
		if (r < 0)
			return r;
	}
	for (const xmlNode *node = lend_xml_child(devices, NULL, "controller"); node; node = lend_xml_next(node))
		domain->hotplug_ports += is_hotplug_port(node);
	for (const xmlNode *node = lend_xml_child(numa, NULL, "cell"); node; node = lend_xml_next(node))
		domain->cells++;
	return 0;
}

int lend_domain_devices(const struct lend_domain *domain, struct lend_addresses *ret, struct lend_error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < domain->hostdev_count; i++)
		r = lend_addresses_add_once(ret, domain->hostdevs[i].source);
	for (size_t i = 0; r == 0 && i < domain->policy.count; i++)
		r = lend_addresses_add_once(ret, domain->policy.devices[i].address);
	return r < 0 ? out_of_memory(error) : 0;
}

const struct lend_hostdev *lend_domain_hostdev(const struct lend_domain *domain, struct lend_address address)
{
	for (size_t i = 0; i < domain->hostdev_count; i++)
		if (lend_address_equal(domain->hostdevs[i].source, address))
			return &domain->hostdevs[i];
	return NULL;
}

bool lend_domain_has(const struct lend_domain *domain, struct lend_address address)
{
	if (lend_policy_find(&domain->policy, address) || lend_addresses_contain(&domain->drives, address) ||
	    lend_domain_hostdev(domain, address))
		return true;
	for (size_t i = 0; i < domain->arguments.vfio_count; i++)
		if (lend_address_equal(domain->arguments.vfio[i].address, address))
			return true;
	return false;
}

bool lend_hostdev_is_ours(const struct lend_hostdev *hostdev)
{
	return hostdev->alias && strncmp(hostdev->alias, LEND_ALIAS_PREFIX, strlen(LEND_ALIAS_PREFIX)) == 0;
}
