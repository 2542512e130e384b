/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hostdevs, and where the guest sees them: behind a root port of their own on q35, in a free slot of the root bus on
 * i440fx.
 *
 * The functions of one host slot stay functions of one guest slot, as drivers expect a card's to be, and one of them is
 * always function 0, without which no guest looks for the others.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/decide/igd.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/template.h"

/*
 * From 10.0.0 on libvirt may choose a driver that is made for the card, and what such a driver lends can be saved and
 * migrated. Earlier ones do not know how to be told.
 */
enum { LIBVIRT_DRIVER_MODEL = 10000000 };

/* i440fx: slot 1 is the chipset's, 2 the first display's. */
enum { FIRST_FREE_SLOT = 3 };

/* Where a device's functions go in the guest. */
struct place {
	uint64_t bus, slot;
};

static bool is_igd(const struct edit *edit, struct lend_address address)
{
	const struct lend_policy_device *device = lend_policy_find(&edit->policy, address);

	return device && lend_is_igd(address, device->vendor);
}

/* The first of our hostdevs whose host function is in @source's slot and that has a place already. */
static bool find_sibling_place(const struct edit *edit, struct lend_address source, struct place *ret)
{
	struct guest_address guest;
	struct lend_address other;

	for (xmlNode *node = edit_next_hostdev(edit, NULL); node; node = edit_next_hostdev(edit, node)) {
		if (!edit_is_ours(node) || !edit_read_source(node, &other) || !lend_address_same_slot(other, source) ||
		    is_igd(edit, other) || !edit_read_guest_address(node, &guest))
			continue;
		*ret = (struct place){ guest.bus, guest.slot };
		return true;
	}
	return false;
}

static int find_place(struct edit *edit, struct lend_address source, struct place *ret, struct lend_error *error)
{
	struct place place = { 0 };

	if (is_igd(edit, source)) {
		int r = edit_find_igd_place(edit, &place.slot, error);

		*ret = place;
		return r;
	}
	if (find_sibling_place(edit, source, ret))
		return 0;
	if (edit->pcie) {
		int r = edit_find_port(edit, source, &place.bus, error);

		if (r == 0)
			*ret = place;
		return r;
	}
	for (place.slot = FIRST_FREE_SLOT; place.slot < GUEST_SLOTS; place.slot++) {
		if (edit_count_tenants(edit, place.bus, place.slot) == 0) {
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
	xmlNode *found[GUEST_FUNCTIONS] = { NULL };
	struct guest_address guest;
	struct lend_address source;
	unsigned count = 0, lowest = GUEST_FUNCTIONS;

	for (xmlNode *node = edit_next_hostdev(edit, NULL); node; node = edit_next_hostdev(edit, node)) {
		if (!edit_is_ours(node) || !edit_read_source(node, &source) || !lend_address_same_slot(source, slot) ||
		    !edit_read_guest_address(node, &guest) || guest.bus != place.bus || guest.slot != place.slot)
			continue;
		found[source.function] = node;
		count++;
		if (source.function < lowest)
			lowest = source.function;
	}
	for (unsigned function = lowest; function < GUEST_FUNCTIONS; function++) {
		if (!found[function])
			continue;
		set_function(found[function], function == lowest ? 0 : function, function == lowest && count > 1);
	}
}

void edit_write_hostdev_alias(struct lend_address source, char *ret, size_t size)
{
	(void)snprintf(ret, size, LEND_ALIAS_PREFIX "%04x-%02x-%02x-%x", source.domain, source.bus, source.device,
		       source.function);
}

static int make_hostdev(struct edit *edit, struct lend_address source, struct place place, xmlNode **ret,
			struct lend_error *error)
{
	const char *driver = edit->libvirt >= LIBVIRT_DRIVER_MODEL ? "vfio-pci" : "";
	char text[6][16], alias[64];
	const struct lend_template_value values[] = {
		{ "source-domain", text[0] },  { "source-bus", text[1] },
		{ "source-slot", text[2] },    { "source-function", text[3] },
		{ "guest-bus", text[4] },      { "guest-slot", text[5] },
		{ "guest-function", text[3] }, { "alias", alias },
		{ "driver", driver },          { NULL, NULL },
	};

	(void)snprintf(text[0], sizeof(text[0]), "0x%04x", source.domain);
	(void)snprintf(text[1], sizeof(text[1]), "0x%02x", source.bus);
	(void)snprintf(text[2], sizeof(text[2]), "0x%02x", source.device);
	(void)snprintf(text[3], sizeof(text[3]), "0x%x", source.function);
	(void)snprintf(text[4], sizeof(text[4]), "0x%02" PRIx64, place.bus);
	(void)snprintf(text[5], sizeof(text[5]), "0x%02" PRIx64, place.slot);
	edit_write_hostdev_alias(source, alias, sizeof(alias));

	return lend_template_make(edit->templates, LEND_TEMPLATE_HOSTDEV, values, edit->document, ret, error);
}

int lend_edit_hostdev_alone(struct lend_address source, unsigned long libvirt, const struct lend_templates *templates,
			    char **ret, struct lend_error *error)
{
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	struct edit edit = { .libvirt = libvirt, .templates = templates };
	const struct place anywhere = { 0 };
	xmlNode *hostdev, *address;
	int r;

	r = lend_xml_parse("<hostdev/>", strlen("<hostdev/>"), &document, error);
	if (r < 0)
		return r;
	edit.document = document;
	r = make_hostdev(&edit, source, anywhere, &hostdev, error);
	if (r < 0)
		return r;
	address = lend_xml_child(hostdev, NULL, "address");
	if (address)
		edit_remove(address);
	xmlFreeNode(xmlReplaceNode(xmlDocGetRootElement(document), hostdev));
	*ret = lend_xml_format(document);
	return *ret ? 0 : edit_out_of_memory(error);
}

/*
 * Gives a hostdev from before libvirt was upgraded the <driver> that the template has by now. One that is there is
 * somebody's choice, if not ours.
 */
static int pin_driver(struct edit *edit, struct lend_address source, xmlNode *hostdev, struct lend_error *error)
{
	_cleanup_(lend_xml_node_freep) xmlNode *made = NULL;
	const struct place anywhere = { 0 };
	xmlNode *driver;
	int r;

	if (lend_xml_child(hostdev, NULL, "driver"))
		return 0;
	r = make_hostdev(edit, source, anywhere, &made, error);
	driver = r == 0 ? lend_xml_child(made, NULL, "driver") : NULL;
	if (!driver)
		return r;
	xmlUnlinkNode(driver);
	edit_insert_before(lend_xml_child(hostdev, NULL, "source"), driver);
	return 0;
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

/* A hostdev that somebody wrote stays as it is, but for managed='yes': without it libvirt would refuse to start. */
static void take_foreign(struct edit *edit, xmlNode *hostdev, struct lend_policy_device *device)
{
	edit->report.foreign_hostdevs++;
	if (lend_xml_attribute_is(hostdev, "managed", "yes"))
		return;
	device->managed_before = lend_xml_attribute(hostdev, "managed") ? LEND_MANAGED_NO : LEND_MANAGED_UNSET;
	(void)xmlSetProp(hostdev, (const xmlChar *)"managed", (const xmlChar *)"yes");
}

static void give_back_foreign(xmlNode *hostdev, const struct lend_policy_device *device)
{
	if (!lend_xml_attribute_is(hostdev, "managed", "yes"))
		return;
	if (device->managed_before == LEND_MANAGED_NO)
		(void)xmlSetProp(hostdev, (const xmlChar *)"managed", (const xmlChar *)"no");
	else if (device->managed_before == LEND_MANAGED_UNSET)
		(void)xmlUnsetProp(hostdev, (const xmlChar *)"managed");
}

/* QEMU would open the function twice. */
static int refuse_argument(const struct edit *edit, struct lend_address source, struct lend_error *error)
{
	for (size_t i = 0; i < edit->arguments.vfio_count; i++) {
		if (!lend_address_equal(edit->arguments.vfio[i].address, source))
			continue;
		lend_error_set(error, -EEXIST, "%s: the domain's <qemu:commandline> has it already",
			       lend_address_text(source).text);
		if (!*edit->arguments.vfio[i].option)
			return lend_error_hint(
				error, -EEXIST,
				"remove its property with the value '%s' from <qemu:override>, then assign it again",
				edit->arguments.vfio[i].text);
		return lend_error_hint(
			error, -EEXIST,
			"remove <qemu:arg value='-%s'/> and <qemu:arg value='%s'/>, then assign it again",
			edit->arguments.vfio[i].option, edit->arguments.vfio[i].text);
	}
	return 0;
}

int edit_add_hostdev(struct edit *edit, struct lend_policy_device *device, struct lend_error *error)
{
	const struct lend_address source = device->address;
	xmlNode *hostdev = edit_find_hostdev(edit, source);
	struct place place;
	int r;

	r = refuse_argument(edit, source, error);
	if (r < 0)
		return r;
	if (hostdev && edit_is_ours(hostdev))
		edit_repair_rom(hostdev, device);
	if (hostdev && edit_is_ours(hostdev))
		return pin_driver(edit, source, hostdev, error);
	if (hostdev) {
		take_foreign(edit, hostdev, device);
		return 0;
	}
	r = find_place(edit, source, &place, error);
	if (r < 0)
		return r;
	r = make_hostdev(edit, source, place, &hostdev, error);
	if (r < 0)
		return r;
	edit_repair_rom(hostdev, device);
	link_hostdev(edit, hostdev);
	number_functions(edit, source, place);
	edit->report.added++;
	return 0;
}

void edit_remove_hostdev(struct edit *edit, struct lend_address source)
{
	const struct lend_policy_device *device = lend_policy_find(&edit->policy, source);
	xmlNode *hostdev = edit_find_hostdev(edit, source);
	struct place place;

	if (hostdev && device && !edit_is_ours(hostdev))
		give_back_foreign(hostdev, device);
	if (!hostdev || !edit_is_ours(hostdev))
		return;
	edit_remove(hostdev);
	edit->report.removed++;
	if (find_sibling_place(edit, source, &place))
		number_functions(edit, source, place);
}

int edit_collect_ours(const struct edit *edit, struct lend_addresses *ret, struct lend_error *error)
{
	struct lend_address source;

	for (xmlNode *node = edit_next_hostdev(edit, NULL); node; node = edit_next_hostdev(edit, node))
		if (edit_is_ours(node) && edit_read_source(node, &source) && lend_addresses_add(ret, source) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the domain's hostdevs");
	return 0;
}
