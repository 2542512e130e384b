/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hostdev's <rom bar='…' file='…'/>: what a policy asks for. What it says nothing of, an administrator may have
 * written, and it stays.
 */
#include <errno.h>

#include "internal.h"
#include "lendpci/base/error.h"

/* Where libvirt prints it: before the <address>. */
static xmlNode *add_element(xmlNode *hostdev)
{
	xmlNode *rom = xmlNewDocNode(hostdev->doc, NULL, (const xmlChar *)"rom", NULL);
	xmlNode *address = lend_xml_child(hostdev, NULL, "address");

	if (rom && address)
		edit_insert_before(address, rom);
	else if (rom)
		edit_append(hostdev, rom);
	return rom;
}

/* Sets an attribute of <rom>, or takes it out with NULL, and the element with its last one. */
static void set(xmlNode *hostdev, const char *name, const char *value)
{
	xmlNode *rom = lend_xml_child(hostdev, NULL, "rom");

	if (!rom && value)
		rom = add_element(hostdev);
	if (!rom)
		return;
	if (value)
		(void)xmlSetProp(rom, (const xmlChar *)name, (const xmlChar *)value);
	else
		(void)xmlUnsetProp(rom, (const xmlChar *)name);
	if (!rom->properties)
		edit_remove(rom);
}

void edit_repair_rom(xmlNode *hostdev, const struct lend_policy_device *device)
{
	if (device->rom)
		set(hostdev, "file", *device->rom ? device->rom : NULL);
	if (device->rom_bar)
		set(hostdev, "bar", device->rom_bar == LEND_ROM_BAR_OFF ? "off" : NULL);
}

int edit_check_rom(struct edit *edit, const struct lend_policy_device *wish, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(wish->address);
	xmlNode *hostdev = edit_find_hostdev(edit, wish->address);

	if (!hostdev || edit_is_ours(hostdev) || (!wish->rom && !wish->rom_bar))
		return 0;
	lend_error_set(error, -EEXIST,
		       "%s: somebody wrote its hostdev, and lendpci does not change the ROM of such a one", name.text);
	return lend_error_hint(error, -EEXIST, "put <rom file='…'/> or <rom bar='off'/> into it with 'virsh edit'");
}
