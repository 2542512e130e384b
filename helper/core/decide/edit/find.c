/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a definition has: controllers, hostdevs, and who sits where in the guest. Changes nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "lendpci/know/domain/domain.h"

xmlNode *edit_next_controller(const struct edit *edit, const xmlNode *after)
{
	xmlNode *node = after ? lend_xml_next(after) : lend_xml_child(edit->devices, NULL, "controller");

	while (node && !lend_xml_attribute_is(node, "type", "pci"))
		node = lend_xml_next(node);
	return node;
}

/* A controller without a readable index gets one from libvirt, so it occupies none. */
uint64_t edit_index_of(const xmlNode *controller)
{
	uint64_t index = GUEST_BUSES;

	(void)lend_xml_number(controller, "index", GUEST_BUSES - 1, &index, NULL);
	return index;
}

xmlNode *edit_pci_controller(const struct edit *edit, uint64_t index)
{
	for (xmlNode *node = edit_next_controller(edit, NULL); node; node = edit_next_controller(edit, node))
		if (edit_index_of(node) == index)
			return node;
	return NULL;
}

xmlNode *edit_last_controller(const struct edit *edit)
{
	xmlNode *last = NULL;

	for (xmlNode *node = lend_xml_child(edit->devices, NULL, "controller"); node; node = lend_xml_next(node))
		last = node;
	return last;
}

/* The PCI controller with the highest index; NULL when none has one. */
xmlNode *edit_highest_controller(const struct edit *edit)
{
	xmlNode *highest = NULL;

	for (xmlNode *node = edit_next_controller(edit, NULL); node; node = edit_next_controller(edit, node))
		if (edit_index_of(node) < GUEST_BUSES && (!highest || edit_index_of(node) > edit_index_of(highest)))
			highest = node;
	return highest;
}

const char *edit_alias_of(const xmlNode *device)
{
	const xmlNode *alias = lend_xml_child(device, NULL, "alias");
	const char *name = alias ? lend_xml_attribute(alias, "name") : NULL;

	return name ? name : "";
}

bool edit_is_ours(const xmlNode *device)
{
	return strncmp(edit_alias_of(device), LEND_ALIAS_PREFIX, strlen(LEND_ALIAS_PREFIX)) == 0;
}

xmlNode *edit_next_hostdev(const struct edit *edit, const xmlNode *after)
{
	xmlNode *node = after ? lend_xml_next(after) : lend_xml_child(edit->devices, NULL, "hostdev");

	while (node && !lend_xml_attribute_is(node, "type", "pci"))
		node = lend_xml_next(node);
	return node;
}

/* The host function of a hostdev; false when it is not readable, and so not one that we injected. */
bool edit_read_source(const xmlNode *hostdev, struct lend_address *ret)
{
	const xmlNode *address = lend_xml_child(lend_xml_child(hostdev, NULL, "source"), NULL, "address");
	uint64_t domain = 0, bus = 0, slot = 0, function = 0;

	if (!address || lend_xml_number(address, "domain", UINT32_MAX, &domain, NULL) < 0 ||
	    lend_xml_number(address, "bus", GUEST_BUSES - 1, &bus, NULL) < 0 ||
	    lend_xml_number(address, "slot", GUEST_SLOTS - 1, &slot, NULL) < 0 ||
	    lend_xml_number(address, "function", GUEST_FUNCTIONS - 1, &function, NULL) < 0)
		return false;
	*ret = (struct lend_address){ (uint32_t)domain, (uint8_t)bus, (uint8_t)slot, (uint8_t)function };
	return true;
}

xmlNode *edit_find_hostdev(const struct edit *edit, struct lend_address source)
{
	struct lend_address address;

	for (xmlNode *node = edit_next_hostdev(edit, NULL); node; node = edit_next_hostdev(edit, node))
		if (edit_read_source(node, &address) && lend_address_equal(address, source))
			return node;
	return NULL;
}

/* The guest address of @device, whatever it is. False when libvirt has not chosen one yet. */
bool edit_read_guest_address(const xmlNode *device, struct guest_address *ret)
{
	const xmlNode *node = lend_xml_child(device, NULL, "address");
	struct guest_address address = { 0 };

	if (!node || !lend_xml_attribute_is(node, "type", "pci") ||
	    lend_xml_number(node, "domain", UINT32_MAX, &address.domain, NULL) < 0 ||
	    lend_xml_number(node, "bus", GUEST_BUSES - 1, &address.bus, NULL) < 0 ||
	    lend_xml_number(node, "slot", GUEST_SLOTS - 1, &address.slot, NULL) < 0 ||
	    lend_xml_number(node, "function", GUEST_FUNCTIONS - 1, &address.function, NULL) < 0)
		return false;
	*ret = address;
	return true;
}

/* How many devices sit on guest bus @bus; with @slot below GUEST_SLOTS only those in that slot. */
unsigned edit_count_tenants(const struct edit *edit, uint64_t bus, uint64_t slot)
{
	struct guest_address address;
	unsigned count = 0;

	for (const xmlNode *node = edit->devices->children; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE && edit_read_guest_address(node, &address) && address.domain == 0 &&
		    address.bus == bus && (slot >= GUEST_SLOTS || address.slot == slot))
			count++;
	return count;
}

/* The device at a guest address; NULL for none. */
const xmlNode *edit_device_at(const struct edit *edit, uint64_t bus, uint64_t slot, uint64_t function)
{
	struct guest_address address;

	for (const xmlNode *node = edit->devices->children; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE && edit_read_guest_address(node, &address) && address.domain == 0 &&
		    address.bus == bus && address.slot == slot && address.function == function)
			return node;
	return NULL;
}

/* libvirt's defaults for a machine whose definition does not spell out the root controller. */
int edit_find_root_kind(struct edit *edit, struct lend_error *error)
{
	const xmlNode *root = edit_pci_controller(edit, 0);
	const xmlNode *type = lend_xml_child(lend_xml_child(edit->domain, NULL, "os"), NULL, "type");
	const char *machine = type ? lend_xml_attribute(type, "machine") : NULL;
	const char *arch = type ? lend_xml_attribute(type, "arch") : NULL;

	machine = machine ? machine : "pc";
	arch = arch ? arch : "x86_64";
	edit->x86 = strcmp(arch, "x86_64") == 0 || strcmp(arch, "i686") == 0;
	edit->pcie = root ? lend_xml_attribute_is(root, "model", "pcie-root")
			  : strstr(machine, "q35") || strncmp(machine, "virt", 4) == 0;

	if (root || edit->pcie || (edit->x86 && strncmp(machine, "pc", 2) == 0))
		return 0;
	return lend_error_set(error, -ENOTSUP, "the machine type '%.40s' has no PCI bus that lendpci knows", machine);
}
