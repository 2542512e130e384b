/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The place of Intel's graphics in the guest: 00:02.0, on the root bus without a port of ours, where their ROM and
 * QEMU's legacy mode look for them.
 *
 * Whatever of ours is there makes room. What is the domain's own stays: a guest would find its disk or network
 * elsewhere.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "lendpci/base/error.h"

enum { IGD_SLOT = 2 };

/* "<controller index='1' model='pcie-root-port'>", "<video>". */
static void describe(const xmlNode *node, char *ret, size_t size)
{
	const char *index = lend_xml_attribute(node, "index"), *model = lend_xml_attribute(node, "model");

	if (index && model)
		(void)snprintf(ret, size, "<%.20s index='%.8s' model='%.32s'>", (const char *)node->name, index, model);
	else
		(void)snprintf(ret, size, "<%.20s>", (const char *)node->name);
}

static xmlNode *next_in_slot(xmlNode *node)
{
	struct guest_address at;

	for (; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE && edit_read_guest_address(node, &at) && !at.domain && !at.bus &&
		    at.slot == IGD_SLOT)
			return node;
	return NULL;
}

/* The first device in the slot that is not a port of ours; NULL for none. */
static const xmlNode *find_foreign(const struct edit *edit)
{
	for (xmlNode *node = next_in_slot(edit->devices->children); node; node = next_in_slot(node->next))
		if (!edit_is_ours(node) || !lend_xml_attribute_is(node, "model", "pcie-root-port"))
			return node;
	return NULL;
}

/* Gives each port of ours in the slot another place. */
static int move_ports(struct edit *edit, struct lend_error *error)
{
	xmlNode *port;

	while ((port = next_in_slot(edit->devices->children))) {
		xmlNode *address = lend_xml_child(port, NULL, "address");
		uint64_t slot = 0, function = 0;
		char text[24];
		int r;

		r = edit_find_root_place(edit, IGD_SLOT + 1, true, &slot, &function, error);
		if (r < 0)
			return r;
		(void)snprintf(text, sizeof(text), "0x%02" PRIx64, slot);
		(void)xmlSetProp(address, (const xmlChar *)"slot", (const xmlChar *)text);
		(void)snprintf(text, sizeof(text), "0x%" PRIx64, function);
		(void)xmlSetProp(address, (const xmlChar *)"function", (const xmlChar *)text);
		if (function)
			(void)xmlUnsetProp(address, (const xmlChar *)"multifunction");
		else
			(void)xmlSetProp(address, (const xmlChar *)"multifunction", (const xmlChar *)"on");
	}
	return 0;
}

static int find_elsewhere(const struct edit *edit, uint64_t *ret_slot, struct lend_error *error)
{
	uint64_t function;

	return edit_find_root_place(edit, IGD_SLOT + 1, false, ret_slot, &function, error);
}

int edit_find_igd_place(struct edit *edit, uint64_t *ret_slot, struct lend_error *error)
{
	const xmlNode *foreign = find_foreign(edit);
	char what[96];
	int r;

	if (!foreign) {
		r = move_ports(edit, error);
		*ret_slot = IGD_SLOT;
		return r;
	}
	if (edit->igd_anywhere)
		return find_elsewhere(edit, ret_slot, error);
	describe(foreign, what, sizeof(what));
	lend_error_set(
		error, -EEXIST,
		"0000:00:02.0: Intel's graphics have to be at 00:02.0 in the guest, too, and that slot has the domain's %s",
		what);
	return lend_error_hint(
		error, -EEXIST,
		"give what is in slot 0x02 of its bus 0x00 another slot with 'virsh edit'%s; or with --force they go elsewhere, and give no picture before their driver is loaded",
		lend_xml_is(foreign, NULL, "video") ? " or, for legacy mode, make it <model type='none'/>" : "");
}
