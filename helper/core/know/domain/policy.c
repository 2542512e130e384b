/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy that travels with a domain, in its <metadata>:
 *
 *	<lendpci:assignment xmlns:lendpci="urn:lendpci:1">
 *	  <lendpci:device address="0000:01:00.0" path="PCIROOT(0)#PCI(0100)#PCI(0000)" vendor="0x10de" …/>
 *	  <lendpci:before pcihole64="…" pcihole64-ours="…"/>
 *	</lendpci:assignment>
 *
 * libvirt keeps it untouched and never looks inside.
 */
#include "lendpci/know/domain/policy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"
#include "lendpci/know/domain/xml.h"
#include "lendpci/know/pci/resize.h"
#include "lendpci/know/pci/serial.h"

static int read_rebar(const xmlNode *node, struct lend_policy_device *device, struct lend_error *error)
{
	const char *rebar = lend_xml_attribute(node, "rebar");

	if (!rebar)
		return 0;
	if (strlen(rebar) >= sizeof(device->rebar) || !lend_resize_is_wish(rebar))
		return lend_xml_fail(
			error, node,
			"policy: rebar='%.40s' is none of max, keep and a size of a power of two such as 16G", rebar);
	(void)snprintf(device->rebar, sizeof(device->rebar), "%s", rebar);
	return 0;
}

/* A path is libvirt's to open, which takes absolute ones. */
static int read_rom(const xmlNode *node, struct lend_policy_device *device, struct lend_error *error)
{
	const char *rom = lend_xml_attribute(node, "rom"), *bar = lend_xml_attribute(node, "rom-bar");

	if (rom && *rom != '/')
		return lend_xml_fail(error, node, "policy: rom='%.40s' is no absolute path", rom);
	if (bar && strcmp(bar, "off") != 0)
		return lend_xml_fail(error, node, "policy: rom-bar='%.40s' is not understood, only 'off' is", bar);
	device->rom = (char *)rom; /* borrowed, too */
	device->rom_bar = bar ? LEND_ROM_BAR_OFF : LEND_ROM_BAR_KEPT;
	return 0;
}

static int read_device(const xmlNode *node, struct lend_policy *policy, struct lend_error *error)
{
	const char *text = lend_xml_attribute(node, "address"), *serial = lend_xml_attribute(node, "serial");
	const char *managed = lend_xml_attribute(node, "managed"), *reset = lend_xml_attribute(node, "reset");
	struct lend_policy_device device = { 0 };
	struct {
		const char *name;
		uint16_t *into;
		uint64_t value;
	} ids[] = {
		{ "vendor", &device.vendor, 0 },
		{ "device", &device.device, 0 },
		{ "subsystem-vendor", &device.subsystem_vendor, 0 },
		{ "subsystem-device", &device.subsystem_device, 0 },
	};
	int r;

	if (policy->count == LEND_POLICY_DEVICES_MAX)
		return lend_xml_fail(error, node, "policy: it names more than %d devices", LEND_POLICY_DEVICES_MAX);
	if (!text)
		return lend_xml_fail(error, node, "policy: a <device> has no address");
	if (lend_address_parse(text, &device.address, NULL) < 0)
		return lend_xml_fail(error, node, "policy: '%.40s' is not a PCI address", text);
	if (lend_policy_find(policy, device.address))
		return lend_xml_fail(error, node, "policy: %s is named twice", lend_address_text(device.address).text);
	for (size_t i = 0; i < LEND_ARRAY_SIZE(ids); i++) {
		r = lend_xml_number(node, ids[i].name, UINT16_MAX, &ids[i].value, error);
		if (r < 0)
			return r;
		*ids[i].into = (uint16_t)ids[i].value;
	}
	if (managed && strcmp(managed, "no") != 0 && strcmp(managed, "none") != 0)
		return lend_xml_fail(error, node, "policy: managed='%.40s' is not understood, 'no' and 'none' are",
				     managed);
	if (managed)
		device.managed_before = strcmp(managed, "no") == 0 ? LEND_MANAGED_NO : LEND_MANAGED_UNSET;
	if (serial && lend_serial_parse(serial, &device.serial) < 0)
		return lend_xml_fail(error, node, "policy: '%.40s' is not a serial number", serial);

	if (reset && (!*reset || strlen(reset) >= sizeof(device.reset) ||
		      reset[strspn(reset, "abcdefghijklmnopqrstuvwxyz_ ")] != '\0'))
		return lend_xml_fail(error, node, "policy: '%.40s' is not a reset method", reset);
	if (reset)
		(void)snprintf(device.reset, sizeof(device.reset), "%s", reset);

	r = read_rebar(node, &device, error);
	if (r == 0)
		r = read_rom(node, &device, error);
	if (r < 0)
		return r;
	/* Borrowed for the copy that put makes. */
	device.location_path = (char *)lend_xml_attribute(node, "path");
	r = lend_policy_put(policy, &device);
	return r < 0 ? lend_error_set(error, r, "policy: out of memory") : 0;
}

/* "passthrough", "passthrough:39", "emulate:39". */
static int read_width(const xmlNode *node, struct lend_width *ret, struct lend_error *error)
{
	const char *text = lend_xml_attribute(node, "maxphysaddr-ours");
	struct lend_width width = { .mode = LEND_WIDTH_PASSTHROUGH };
	uint32_t bits = 0;
	const char *colon;

	if (!text)
		return 0;
	colon = strchrnul(text, ':');
	if (strncmp(text, "emulate", (size_t)(colon - text)) == 0)
		width.mode = LEND_WIDTH_EMULATE;
	else if (strncmp(text, "passthrough", (size_t)(colon - text)) != 0)
		return lend_xml_fail(error, node, "policy: '%.40s' is no width of addresses", text);
	if (*colon && (lend_text_to_u32(colon + 1, 10, &bits) < 0 || bits > 64))
		return lend_xml_fail(error, node, "policy: '%.40s' is no width of addresses", text);
	width.bits = bits;
	*ret = width;
	return 0;
}

/* "3,4,5": controller indexes. */
static int read_ports(const xmlNode *node, bool ret[static 256], struct lend_error *error)
{
	const char *at = lend_xml_attribute(node, "hotplug-ours");

	while (at && *at) {
		const size_t length = strcspn(at, ",");
		char text[4];
		uint32_t index;

		(void)snprintf(text, sizeof(text), "%.*s", (int)(length < 4 ? length : 0), at);
		if (lend_text_to_u32(text, 10, &index) < 0 || index > 255)
			return lend_xml_fail(error, node, "policy: '%.40s' is no list of controllers", at);
		ret[index] = true;
		at += length;
		at += *at == ',';
	}
	return 0;
}

static int read_stops(const xmlNode *node, enum lend_word ret[static LEND_STOP_COUNT], struct lend_error *error)
{
	for (enum lend_stop stop = 0; stop < LEND_STOP_COUNT; stop++) {
		const char *name = lend_stop_names[stop], *text = lend_xml_attribute(node, name);
		const bool is_action = stop == LEND_STOP_POWEROFF || stop == LEND_STOP_CRASH;

		if (!text)
			continue;
		ret[stop] = lend_word_from_name(text);
		if (ret[stop] == LEND_WORD_OTHER || (ret[stop] >= LEND_WORD_RESTART) != is_action)
			return lend_xml_fail(error, node, "policy: %s='%.40s' is not understood", name, text);
	}
	return 0;
}

static int read_before(const xmlNode *node, struct lend_policy_before *ret, struct lend_error *error)
{
	struct lend_policy_before before = {
		.empty_metadata = lend_xml_attribute_is(node, "metadata", "empty"),
		.no_root = lend_xml_attribute_is(node, "root", "none"),
		.no_commandline = lend_xml_attribute_is(node, "commandline", "none"),
		.no_qemu_namespace = lend_xml_attribute_is(node, "namespace", "none"),
	};
	int r;

	r = lend_xml_number(node, "pcihole64", UINT64_MAX, &before.pcihole64, error);
	if (r < 0)
		return r;
	r = lend_xml_number(node, "pcihole64-ours", UINT64_MAX, &before.pcihole64_ours, error);
	if (r == 0)
		r = lend_xml_number(node, "mmio64-ours", UINT64_MAX, &before.mmio64_ours, error);
	if (r == 0)
		r = read_width(node, &before.width_ours, error);
	if (r == 0)
		r = read_ports(node, before.hotplug_ours, error);
	if (r == 0)
		r = read_stops(node, before.stops, error);
	if (r < 0)
		return r;
	*ret = before;
	return 0;
}

/* Not 'ignore': how careful the host has to be is not for a domain's owner to say. */
static int read_holders(const xmlNode *assignment, struct lend_policy *policy, struct lend_error *error)
{
	const char *holders = lend_xml_attribute(assignment, "holders");

	if (!holders)
		return 0;
	if (lend_holders_policy_from_name(holders, &policy->holders) < 0 || policy->holders == LEND_HOLDERS_IGNORE)
		return lend_xml_fail(error, assignment,
				     "policy: holders='%.40s' is not one of refuse, wait, stop, release", holders);
	policy->has_holders = true;
	return 0;
}

static int read_assignment(const xmlNode *assignment, struct lend_policy *policy, struct lend_error *error)
{
	const char *group = lend_xml_attribute(assignment, "group");
	int r;

	policy->present = true;
	if (group && strcmp(group, "take") != 0)
		return lend_xml_fail(error, assignment, "policy: group='%.40s' is not understood, only 'take' is",
				     group);
	policy->take_group = group;
	r = read_holders(assignment, policy, error);
	if (r == 0)
		r = lend_xml_number(assignment, "mmio-low", LEND_POLICY_MMIO_MAX, &policy->mmio_low, error);
	if (r == 0)
		r = lend_xml_number(assignment, "mmio-high", LEND_POLICY_MMIO_MAX, &policy->mmio_high, error);
	if (r < 0)
		return r;

	for (const xmlNode *node = assignment->children; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (lend_xml_is(node, LEND_POLICY_NAMESPACE, "device"))
			r = read_device(node, policy, error);
		else if (lend_xml_is(node, LEND_POLICY_NAMESPACE, "before"))
			r = read_before(node, &policy->before, error);
		else
			r = lend_xml_fail(error, node, "policy: the element <%.40s> is not understood", node->name);
		if (r < 0)
			return r;
	}
	return 0;
}

int lend_policy_read(const xmlNode *domain, struct lend_policy *ret, struct lend_error *error)
{
	_cleanup_(lend_policy_clear) struct lend_policy policy = { 0 };
	const xmlNode *metadata = lend_xml_child(domain, NULL, "metadata");
	int r;

	for (const xmlNode *node = metadata ? metadata->children : NULL; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE || !node->ns ||
		    strcmp((const char *)node->ns->href, LEND_POLICY_NAMESPACE) != 0)
			continue;
		if (!lend_xml_is(node, LEND_POLICY_NAMESPACE, "assignment"))
			return lend_xml_fail(error, node, "policy: the element <%.40s> is not understood", node->name);
		if (policy.present)
			return lend_xml_fail(error, node, "policy: there is a second <assignment>");
		r = read_assignment(node, &policy, error);
		if (r < 0)
			return r;
	}
	*ret = policy;
	policy = (struct lend_policy){ 0 };
	return 0;
}
