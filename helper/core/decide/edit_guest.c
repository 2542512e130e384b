/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the guest sees a device: a root port of its own on q35, a free slot of the root bus on i440fx.
 *
 * The functions of one host slot stay functions of one guest slot, as drivers expect a card's to be, and one of them is
 * always function 0, without which no guest looks for the others. libvirt fills gaps in the controller indexes with
 * ports of its own, so a port in the middle is never taken out while later ones stay.
 *
 * Source: libvirt's docs/pci-addresses.rst, src/qemu/qemu_domain_address.c.
 */
#include "edit_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/domain.h"
#include "lendpci/own.h"
#include "lendpci/template.h"

enum { BUSES = 256, SLOTS = 32, FUNCTIONS = 8, FIRST_FREE_SLOT = 3 /* 1: the chipset, 2: the first display */ };

/* Where a device's functions go in the guest. */
struct place {
	uint64_t bus, slot;
};

/* One guest address, as a "pci" <address> of any device says. */
struct guest_address {
	uint64_t domain, bus, slot, function;
};

/* --- What the definition has --- */

static xmlNode *next_controller(const struct edit *edit, const xmlNode *after)
{
	xmlNode *node = after ? lend_xml_next(after) : lend_xml_child(edit->devices, NULL, "controller");

	while (node && !lend_xml_attribute_is(node, "type", "pci"))
		node = lend_xml_next(node);
	return node;
}

/* A controller without a readable index gets one from libvirt, so it occupies none. */
static uint64_t index_of(const xmlNode *controller)
{
	uint64_t index = BUSES;

	(void)lend_xml_number(controller, "index", BUSES - 1, &index, NULL);
	return index;
}

xmlNode *edit_pci_controller(const struct edit *edit, uint64_t index)
{
	for (xmlNode *node = next_controller(edit, NULL); node; node = next_controller(edit, node))
		if (index_of(node) == index)
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
static xmlNode *highest_controller(const struct edit *edit)
{
	xmlNode *highest = NULL;

	for (xmlNode *node = next_controller(edit, NULL); node; node = next_controller(edit, node))
		if (index_of(node) < BUSES && (!highest || index_of(node) > index_of(highest)))
			highest = node;
	return highest;
}

static const char *alias_of(const xmlNode *device)
{
	const xmlNode *alias = lend_xml_child(device, NULL, "alias");
	const char *name = alias ? lend_xml_attribute(alias, "name") : NULL;

	return name ? name : "";
}

static bool is_ours(const xmlNode *device)
{
	return strncmp(alias_of(device), LEND_ALIAS_PREFIX, strlen(LEND_ALIAS_PREFIX)) == 0;
}

static xmlNode *next_hostdev(const struct edit *edit, const xmlNode *after)
{
	xmlNode *node = after ? lend_xml_next(after) : lend_xml_child(edit->devices, NULL, "hostdev");

	while (node && !lend_xml_attribute_is(node, "type", "pci"))
		node = lend_xml_next(node);
	return node;
}

/* The host function of a hostdev; false when it is not readable, and so not one that we injected. */
static bool read_source(const xmlNode *hostdev, struct lend_address *ret)
{
	const xmlNode *address = lend_xml_child(lend_xml_child(hostdev, NULL, "source"), NULL, "address");
	uint64_t domain = 0, bus = 0, slot = 0, function = 0;

	if (!address || lend_xml_number(address, "domain", UINT32_MAX, &domain, NULL) < 0 ||
	    lend_xml_number(address, "bus", BUSES - 1, &bus, NULL) < 0 ||
	    lend_xml_number(address, "slot", SLOTS - 1, &slot, NULL) < 0 ||
	    lend_xml_number(address, "function", FUNCTIONS - 1, &function, NULL) < 0)
		return false;
	*ret = (struct lend_address){ (uint32_t)domain, (uint8_t)bus, (uint8_t)slot, (uint8_t)function };
	return true;
}

static xmlNode *find_hostdev(const struct edit *edit, struct lend_address source)
{
	struct lend_address address;

	for (xmlNode *node = next_hostdev(edit, NULL); node; node = next_hostdev(edit, node))
		if (read_source(node, &address) && lend_address_equal(address, source))
			return node;
	return NULL;
}

/* The guest address of @device, whatever it is. False when libvirt has not chosen one yet. */
static bool read_guest_address(const xmlNode *device, struct guest_address *ret)
{
	const xmlNode *node = lend_xml_child(device, NULL, "address");
	struct guest_address address = { 0 };

	if (!node || !lend_xml_attribute_is(node, "type", "pci") ||
	    lend_xml_number(node, "domain", UINT32_MAX, &address.domain, NULL) < 0 ||
	    lend_xml_number(node, "bus", BUSES - 1, &address.bus, NULL) < 0 ||
	    lend_xml_number(node, "slot", SLOTS - 1, &address.slot, NULL) < 0 ||
	    lend_xml_number(node, "function", FUNCTIONS - 1, &address.function, NULL) < 0)
		return false;
	*ret = address;
	return true;
}

/* How many devices sit on guest bus @bus; with @slot below SLOTS only those in that slot. */
static unsigned count_tenants(const struct edit *edit, uint64_t bus, uint64_t slot)
{
	struct guest_address address;
	unsigned count = 0;

	for (const xmlNode *node = edit->devices->children; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE && read_guest_address(node, &address) && address.domain == 0 &&
		    address.bus == bus && (slot >= SLOTS || address.slot == slot))
			count++;
	return count;
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

/* --- Places --- */

/* libvirt allows letters, digits, '-' and '_' in an alias. */
static void write_port_alias(struct lend_address slot, char *ret, size_t size)
{
	(void)snprintf(ret, size, LEND_ALIAS_PREFIX "port-%04x-%02x-%02x", slot.domain, slot.bus, slot.device);
}

static int make_port(struct edit *edit, const char *alias, uint64_t *ret_bus, struct lend_error *error)
{
	const xmlNode *highest = highest_controller(edit);
	uint64_t index = highest ? index_of(highest) + 1 : 1;
	xmlNode *last = edit_last_controller(edit), *port;
	char text[8];
	int r;

	if (index >= BUSES)
		return lend_error_set(error, -ENOSPC, "the guest has no bus left for another root port");
	(void)snprintf(text, sizeof(text), "%" PRIu64, index);
	r = lend_template_make(
		edit->templates, LEND_TEMPLATE_ROOT_PORT,
		(const struct lend_template_value[]){ { "index", text }, { "alias", alias }, { NULL, NULL } },
		edit->document, &port, error);
	if (r < 0)
		return r;
	if (last)
		edit_insert_after(last, port);
	else
		edit_append(edit->devices, port);
	*ret_bus = index;
	return 0;
}

static int find_port(struct edit *edit, struct lend_address source, uint64_t *ret_bus, struct lend_error *error)
{
	char alias[64];

	write_port_alias(source, alias, sizeof(alias));
	for (xmlNode *node = next_controller(edit, NULL); node; node = next_controller(edit, node)) {
		if (strcmp(alias_of(node), alias) == 0 && index_of(node) < BUSES) {
			*ret_bus = index_of(node);
			return 0;
		}
	}
	return make_port(edit, alias, ret_bus, error);
}

/* The first of our hostdevs whose host function is in @source's slot and that has a place already. */
static bool find_sibling_place(const struct edit *edit, struct lend_address source, struct place *ret)
{
	struct guest_address guest;
	struct lend_address other;

	for (xmlNode *node = next_hostdev(edit, NULL); node; node = next_hostdev(edit, node)) {
		if (!is_ours(node) || !read_source(node, &other) || !lend_address_same_slot(other, source) ||
		    !read_guest_address(node, &guest))
			continue;
		*ret = (struct place){ guest.bus, guest.slot };
		return true;
	}
	return false;
}

static int find_place(struct edit *edit, struct lend_address source, struct place *ret, struct lend_error *error)
{
	struct place place = { 0 };

	if (find_sibling_place(edit, source, ret))
		return 0;
	if (edit->pcie) {
		int r = find_port(edit, source, &place.bus, error);

		if (r == 0)
			*ret = place;
		return r;
	}
	for (place.slot = FIRST_FREE_SLOT; place.slot < SLOTS; place.slot++) {
		if (count_tenants(edit, place.bus, place.slot) == 0) {
			*ret = place;
			return 0;
		}
	}
	return lend_error_set(error, -ENOSPC, "the guest's PCI bus has no free slot left");
}

/* Gives a hostdev its function number. */
static void set_function(xmlNode *hostdev, unsigned function, bool multifunction)
{
	xmlNode *address = lend_xml_child(hostdev, NULL, "address");
	char text[8];

	(void)snprintf(text, sizeof(text), "0x%x", function);
	(void)xmlSetProp(address, (const xmlChar *)"function", (const xmlChar *)text);
	if (multifunction)
		(void)xmlSetProp(address, (const xmlChar *)"multifunction", (const xmlChar *)"on");
	else
		(void)xmlUnsetProp(address, (const xmlChar *)"multifunction");
}

/*
 * Numbers our hostdevs of one host slot: each keeps the function number it has on the host, but the lowest becomes 0,
 * and tells the guest to look for more if there are more.
 */
static void number_functions(struct edit *edit, struct lend_address slot, struct place place)
{
	xmlNode *found[FUNCTIONS] = { NULL };
	struct guest_address guest;
	struct lend_address source;
	unsigned count = 0, lowest = FUNCTIONS;

	for (xmlNode *node = next_hostdev(edit, NULL); node; node = next_hostdev(edit, node)) {
		if (!is_ours(node) || !read_source(node, &source) || !lend_address_same_slot(source, slot) ||
		    !read_guest_address(node, &guest) || guest.bus != place.bus || guest.slot != place.slot)
			continue;
		found[source.function] = node;
		count++;
		if (source.function < lowest)
			lowest = source.function;
	}
	for (unsigned function = lowest; function < FUNCTIONS; function++) {
		if (!found[function])
			continue;
		set_function(found[function], function == lowest ? 0 : function, function == lowest && count > 1);
	}
}

/* --- Hostdevs --- */

static int make_hostdev(struct edit *edit, struct lend_address source, struct place place, xmlNode **ret,
			struct lend_error *error)
{
	char text[6][16], alias[64];
	const struct lend_template_value values[] = {
		{ "source-domain", text[0] },   { "source-bus", text[1] }, { "source-slot", text[2] },
		{ "source-function", text[3] }, { "guest-bus", text[4] },  { "guest-slot", text[5] },
		{ "guest-function", text[3] },  { "alias", alias },        { NULL, NULL },
	};

	(void)snprintf(text[0], sizeof(text[0]), "0x%04x", source.domain);
	(void)snprintf(text[1], sizeof(text[1]), "0x%02x", source.bus);
	(void)snprintf(text[2], sizeof(text[2]), "0x%02x", source.device);
	(void)snprintf(text[3], sizeof(text[3]), "0x%x", source.function);
	(void)snprintf(text[4], sizeof(text[4]), "0x%02" PRIx64, place.bus);
	(void)snprintf(text[5], sizeof(text[5]), "0x%02" PRIx64, place.slot);
	(void)snprintf(alias, sizeof(alias), LEND_ALIAS_PREFIX "%04x-%02x-%02x-%x", source.domain, source.bus,
		       source.device, source.function);

	return lend_template_make(edit->templates, LEND_TEMPLATE_HOSTDEV, values, edit->document, ret, error);
}

/* Behind what libvirt prints before hostdevs, so that a diff with its own text stays short. */
static void link_hostdev(struct edit *edit, xmlNode *hostdev)
{
	static const char *const kinds[] = { "audio", "video", "hostdev" };
	xmlNode *anchor = NULL;

	for (size_t i = 0; i < LEND_ARRAY_SIZE(kinds); i++)
		for (xmlNode *node = lend_xml_child(edit->devices, NULL, kinds[i]); node; node = lend_xml_next(node))
			anchor = node;
	if (anchor)
		edit_insert_after(anchor, hostdev);
	else
		edit_append(edit->devices, hostdev);
}

int edit_add_hostdev(struct edit *edit, struct lend_address source, struct lend_error *error)
{
	xmlNode *hostdev = find_hostdev(edit, source);
	struct place place;
	int r;

	if (hostdev) {
		edit->report.adopted += !is_ours(hostdev);
		return 0;
	}
	r = find_place(edit, source, &place, error);
	if (r < 0)
		return r;
	r = make_hostdev(edit, source, place, &hostdev, error);
	if (r < 0)
		return r;
	link_hostdev(edit, hostdev);
	number_functions(edit, source, place);
	edit->report.added++;
	return 0;
}

void edit_remove_hostdev(struct edit *edit, struct lend_address source)
{
	xmlNode *hostdev = find_hostdev(edit, source);
	struct place place;

	if (!hostdev || !is_ours(hostdev))
		return;
	edit_remove(hostdev);
	edit->report.removed++;
	if (find_sibling_place(edit, source, &place))
		number_functions(edit, source, place);
}

int edit_collect_ours(const struct edit *edit, struct lend_addresses *ret, struct lend_error *error)
{
	struct lend_address source;

	for (xmlNode *node = next_hostdev(edit, NULL); node; node = next_hostdev(edit, node))
		if (is_ours(node) && read_source(node, &source) && lend_addresses_add(ret, source) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the domain's hostdevs");
	return 0;
}

/* libvirt may have put a device of its own choice on our port meanwhile: then the port is the domain's. */
static void hand_over_ports(struct edit *edit)
{
	for (xmlNode *node = next_controller(edit, NULL); node; node = next_controller(edit, node))
		if (is_ours(node))
			edit_remove(lend_xml_child(node, NULL, "alias"));
}

void edit_remove_vacant_ports(struct edit *edit)
{
	bool all = edit->policy.count == 0;
	xmlNode *next;

	for (xmlNode *node = highest_controller(edit); node && is_ours(node); node = highest_controller(edit)) {
		if (count_tenants(edit, index_of(node), SLOTS) > 0)
			break;
		edit_remove(node);
	}
	if (!all)
		return;
	for (xmlNode *node = next_controller(edit, NULL); node; node = next) {
		next = next_controller(edit, node);
		if (is_ours(node) && count_tenants(edit, index_of(node), SLOTS) == 0)
			edit_remove(node);
	}
	hand_over_ports(edit);
}
