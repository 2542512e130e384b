/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy as XML, for a definition that is edited. */
#include <inttypes.h>
#include <stdio.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/policy.h"
#include "lendpci/know/domain/xml.h"
#include "lendpci/know/pci/serial.h"

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
	       (!device->serial || set_text(node, "serial", lend_serial_text(device->serial).text)) &&
	       (!*device->reset || set_text(node, "reset", device->reset)) &&
	       (!*device->rebar || set_text(node, "rebar", device->rebar)) &&
	       (!device->rom || !*device->rom || set_text(node, "rom", device->rom)) &&
	       (device->rom_bar != LEND_ROM_BAR_OFF || set_text(node, "rom-bar", "off")) &&
	       (!device->managed_before ||
		set_text(node, "managed", device->managed_before == LEND_MANAGED_NO ? "no" : "none"));
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
