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
#include "lendpci/know/pci/serial.h"

static int read_device(const xmlNode *node, struct lend_policy *policy, struct lend_error *error)
{
	const char *text = lend_xml_attribute(node, "address"), *serial = lend_xml_attribute(node, "serial");
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
	if (serial && lend_serial_parse(serial, &device.serial) < 0)
		return lend_xml_fail(error, node, "policy: '%.40s' is not a serial number", serial);

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

const char *const lend_stop_names[LEND_STOP_COUNT] = {
	[LEND_STOP_POWEROFF] = "on_poweroff",
	[LEND_STOP_CRASH] = "on_crash",
	[LEND_STOP_TO_MEM] = "suspend-to-mem",
	[LEND_STOP_TO_DISK] = "suspend-to-disk",
};

static const char *const words[LEND_WORD_COUNT] = {
	[LEND_WORD_NONE] = "none",
	[LEND_WORD_UNSET] = "unset",
	[LEND_WORD_YES] = "yes",
	[LEND_WORD_RESTART] = "restart",
	[LEND_WORD_RENAME_RESTART] = "rename-restart",
	[LEND_WORD_PRESERVE] = "preserve",
};

const char *lend_word_name(enum lend_word word)
{
	return words[word];
}

enum lend_word lend_word_from_name(const char *name)
{
	for (enum lend_word word = LEND_WORD_NONE; word < LEND_WORD_COUNT; word++)
		if (strcmp(words[word], name) == 0)
			return word;
	return LEND_WORD_OTHER;
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
		return lend_xml_fail(error, assignment, "policy: holders='%.40s' is not one of refuse, wait, stop",
				     holders);
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

void lend_policy_clear(struct lend_policy *policy)
{
	for (size_t i = 0; i < policy->count; i++)
		free(policy->devices[i].location_path);
	free(policy->devices);
	*policy = (struct lend_policy){ 0 };
}

struct lend_policy_device *lend_policy_find(const struct lend_policy *policy, struct lend_address address)
{
	for (size_t i = 0; i < policy->count; i++)
		if (lend_address_equal(policy->devices[i].address, address))
			return &policy->devices[i];
	return NULL;
}

int lend_policy_put(struct lend_policy *policy, const struct lend_policy_device *device)
{
	struct lend_policy_device *slot = lend_policy_find(policy, device->address), *bigger;
	_cleanup_free_ char *path = NULL;

	if (device->location_path) {
		path = strdup(device->location_path);
		if (!path)
			return -ENOMEM;
	}
	if (!slot) {
		bigger = reallocarray(policy->devices, policy->count + 1, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		policy->devices = bigger;
		slot = &bigger[policy->count++];
		*slot = (struct lend_policy_device){ 0 };
	}
	free(slot->location_path);
	*slot = *device;
	slot->location_path = TAKE_PTR(path);
	return 0;
}

void lend_policy_drop(struct lend_policy *policy, struct lend_address address)
{
	struct lend_policy_device *gone = lend_policy_find(policy, address);
	size_t after;

	if (!gone)
		return;
	free(gone->location_path);
	after = policy->count - (size_t)(gone - policy->devices) - 1;
	memmove(gone, gone + 1, after * sizeof(*gone));
	policy->count--;
}

static bool set_text(xmlNode *node, const char *name, const char *value)
{
	return xmlNewProp(node, (const xmlChar *)name, (const xmlChar *)value);
}

/* What is zero is not known, and is left out. */
static bool set_id(xmlNode *node, const char *name, uint16_t id)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "0x%04x", id);
	return !id || set_text(node, name, text);
}

static bool set_bytes(xmlNode *node, const char *name, uint64_t bytes)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, bytes);
	return !bytes || set_text(node, name, text);
}

static bool write_device(xmlNode *assignment, const struct lend_policy_device *device)
{
	xmlNode *node = xmlNewChild(assignment, assignment->ns, (const xmlChar *)"device", NULL);

	return node && set_text(node, "address", lend_address_text(device->address).text) &&
	       (!device->location_path || set_text(node, "path", device->location_path)) &&
	       set_id(node, "vendor", device->vendor) && set_id(node, "device", device->device) &&
	       set_id(node, "subsystem-vendor", device->subsystem_vendor) &&
	       set_id(node, "subsystem-device", device->subsystem_device) &&
	       (!device->serial || set_text(node, "serial", lend_serial_text(device->serial).text));
}

static bool set_width(xmlNode *node, struct lend_width width)
{
	const char *mode = width.mode == LEND_WIDTH_EMULATE ? "emulate" : "passthrough";
	char text[32];

	(void)snprintf(text, sizeof(text), width.bits ? "%s:%u" : "%s", mode, width.bits);
	return width.mode == LEND_WIDTH_DEFAULT || set_text(node, "maxphysaddr-ours", text);
}

static bool set_ports(xmlNode *node, const bool ports[static 256])
{
	char text[256 * 4 + 1] = "";
	size_t length = 0;

	for (unsigned i = 0; i < 256; i++)
		if (ports[i])
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%u", length ? "," : "", i);
	return !length || set_text(node, "hotplug-ours", text);
}

static bool set_stops(xmlNode *node, const enum lend_word stops[static LEND_STOP_COUNT])
{
	for (enum lend_stop stop = 0; stop < LEND_STOP_COUNT; stop++)
		if (stops[stop] && !set_text(node, lend_stop_names[stop], lend_word_name(stops[stop])))
			return false;
	return true;
}

static bool write_before(xmlNode *assignment, const struct lend_policy_before *before)
{
	xmlNode *node = xmlNewChild(assignment, assignment->ns, (const xmlChar *)"before", NULL);

	if (!node ||
	    !((!before->empty_metadata || set_text(node, "metadata", "empty")) &&
	      (!before->no_root || set_text(node, "root", "none")) && set_bytes(node, "pcihole64", before->pcihole64) &&
	      set_bytes(node, "pcihole64-ours", before->pcihole64_ours) && set_width(node, before->width_ours) &&
	      set_bytes(node, "mmio64-ours", before->mmio64_ours) &&
	      (!before->no_commandline || set_text(node, "commandline", "none")) &&
	      (!before->no_qemu_namespace || set_text(node, "namespace", "none")) &&
	      set_ports(node, before->hotplug_ours) && set_stops(node, before->stops)))
		return false;
	if (!node->properties) {
		xmlUnlinkNode(node);
		xmlFreeNode(node);
	}
	return true;
}

xmlNode *lend_policy_write(const struct lend_policy *policy, xmlDoc *document)
{
	_cleanup_(lend_xml_node_freep) xmlNode *assignment = NULL;
	xmlNs *namespace;

	assignment = xmlNewDocNode(document, NULL, (const xmlChar *)"assignment", NULL);
	if (!assignment)
		return NULL;
	namespace = xmlNewNs(assignment, (const xmlChar *)LEND_POLICY_NAMESPACE, (const xmlChar *)"lendpci");
	if (!namespace)
		return NULL;
	xmlSetNs(assignment, namespace);
	if (policy->take_group && !set_text(assignment, "group", "take"))
		return NULL;
	if (policy->has_holders && !set_text(assignment, "holders", lend_holders_policy_name(policy->holders)))
		return NULL;
	if (!set_bytes(assignment, "mmio-low", policy->mmio_low) ||
	    !set_bytes(assignment, "mmio-high", policy->mmio_high))
		return NULL;
	for (size_t i = 0; i < policy->count; i++)
		if (!write_device(assignment, &policy->devices[i]))
			return NULL;
	if (!write_before(assignment, &policy->before))
		return NULL;
	return TAKE_PTR(assignment);
}
