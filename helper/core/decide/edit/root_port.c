/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root ports of our own on the guest's pcie-root (q35), one for each lent device.
 *
 * libvirt completes whatever it is given, so everything that could make it touch other elements is said here. It fills
 * gaps in the controller indexes with ports of its own: a port goes only while none has a higher index. It sets
 * multifunction='on' on function 0 when it puts something next to it: our ports join a slot only where that is set
 * already, and have it set where they open one.
 *
 * Source: libvirt's docs/pci-addresses.rst, src/qemu/qemu_domain_address.c, src/conf/domain_addr.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/template.h"

/* Slots of pcie-root for ports: libvirt keeps 1 for the display, and those from 0x1a on for q35's chipset. */
enum { FIRST_SLOT = 2, LAST_SLOT = 0x19 };

/* libvirt allows letters, digits, '-' and '_' in an alias. */
void edit_write_port_alias(struct lend_address slot, char *ret, size_t size)
{
	(void)snprintf(ret, size, LEND_ALIAS_PREFIX "port-%04x-%02x-%02x", slot.domain, slot.bus, slot.device);
}

/* Whether another root port can join @slot without anything in there being changed. */
static bool can_join(const struct edit *edit, uint64_t slot)
{
	const xmlNode *first = edit_device_at(edit, 0, slot, 0);
	const xmlNode *address = lend_xml_child(first, NULL, "address");

	return first && lend_xml_attribute_is(first, "model", "pcie-root-port") &&
	       lend_xml_attribute_is(address, "multifunction", "on");
}

/*
 * Finds a place on pcie-root, as libvirt does: the first slot from @first on that is empty, or for a port takes one
 * more.
 */
int edit_find_root_place(const struct edit *edit, uint64_t first, bool is_port, uint64_t *ret_slot,
			 uint64_t *ret_function, struct lend_error *error)
{
	bool taken[GUEST_SLOTS][GUEST_FUNCTIONS] = { 0 }, used[GUEST_SLOTS] = { 0 };
	struct guest_address at;

	/* One look at all devices, however many there are. */
	for (const xmlNode *node = edit->devices->children; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE && edit_read_guest_address(node, &at) && !at.domain && !at.bus)
			used[at.slot] = taken[at.slot][at.function] = true;
	for (uint64_t slot = first; slot <= LAST_SLOT; slot++) {
		if (used[slot] && (!is_port || !can_join(edit, slot)))
			continue;
		for (uint64_t function = 0; function < GUEST_FUNCTIONS; function++) {
			if (taken[slot][function])
				continue;
			*ret_slot = slot;
			*ret_function = function;
			return 0;
		}
	}
	return lend_error_set(error, -ENOSPC, "the guest's root bus has no room left for another root port");
}

/*
 * The first bus that nothing has or uses: a device can be on one whose controller libvirt has not made yet, when the
 * definition was written by hand.
 */
static uint64_t first_free_bus(const struct edit *edit)
{
	const xmlNode *highest = edit_highest_controller(edit);
	uint64_t last = highest ? edit_index_of(highest) : 0;
	struct guest_address at;

	for (const xmlNode *node = edit->devices->children; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE && edit_read_guest_address(node, &at) && !at.domain && at.bus > last)
			last = at.bus;
	return last + 1;
}

static int make_port(struct edit *edit, const char *alias, uint64_t *ret_bus, struct lend_error *error)
{
	uint64_t index = first_free_bus(edit), slot = 0, function = 0;
	xmlNode *last = edit_last_controller(edit), *port;
	char text[3][8];
	int r;

	if (index >= GUEST_BUSES)
		return lend_error_set(error, -ENOSPC, "the guest has no bus left for another root port");
	r = edit_find_root_place(edit, FIRST_SLOT, true, &slot, &function, error);
	if (r < 0)
		return r;
	(void)snprintf(text[0], sizeof(text[0]), "%" PRIu64, index);
	(void)snprintf(text[1], sizeof(text[1]), "0x%02" PRIx64, slot);
	(void)snprintf(text[2], sizeof(text[2]), "0x%" PRIx64, function);
	r = lend_template_make(edit->templates, LEND_TEMPLATE_ROOT_PORT,
			       (const struct lend_template_value[]){ { "index", text[0] },
								     { "alias", alias },
								     { "slot", text[1] },
								     { "function", text[2] },
								     { "multifunction", function ? "" : "on" },
								     { NULL, NULL } },
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

/* The port that was made for the device in @slot. */
xmlNode *edit_our_port(const struct edit *edit, struct lend_address slot)
{
	char alias[64];

	edit_write_port_alias(slot, alias, sizeof(alias));
	for (xmlNode *node = edit_next_controller(edit, NULL); node; node = edit_next_controller(edit, node))
		if (strcmp(edit_alias_of(node), alias) == 0 && edit_index_of(node) < GUEST_BUSES)
			return node;
	return NULL;
}

int edit_find_port(struct edit *edit, struct lend_address source, uint64_t *ret_bus, struct lend_error *error)
{
	const xmlNode *port = edit_our_port(edit, source);
	char alias[64];

	if (port) {
		*ret_bus = edit_index_of(port);
		return 0;
	}
	edit_write_port_alias(source, alias, sizeof(alias));
	return make_port(edit, alias, ret_bus, error);
}

void edit_remove_vacant_ports(struct edit *edit)
{
	xmlNode *node;

	while ((node = edit_highest_controller(edit)) && edit_is_ours(node) &&
	       edit_count_tenants(edit, edit_index_of(node), GUEST_SLOTS) == 0)
		edit_remove(node);
	if (edit->policy.count)
		return;

	/* Nothing is ours any more: a port that is still needed, or that a later one was built upon, is the domain's.
	 */
	for (node = edit_next_controller(edit, NULL); node; node = edit_next_controller(edit, node))
		if (edit_is_ours(node))
			edit_remove(lend_xml_child(node, NULL, "alias"));
}
