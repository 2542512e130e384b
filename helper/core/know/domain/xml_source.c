/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's function that an element has as its source. Source: libvirt's docs/formatdomain.rst. */
#include <errno.h>
#include <stdint.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/xml.h"
#include "lendpci/know/pci/address.h"

int lend_xml_source(const xmlNode *device, struct lend_address *ret, struct lend_error *error)
{
	const xmlNode *source = lend_xml_child(device, NULL, "source");
	const xmlNode *node = lend_xml_child(source, NULL, "address");
	struct {
		const char *name;
		uint64_t max, value;
	} parts[] = { { "domain", UINT32_MAX, 0 }, { "bus", 0xff, 0 }, { "slot", 0x1f, 0 }, { "function", 7, 0 } };

	if (!node)
		return lend_xml_fail(error, device, "a PCI <%.40s> has no source address", device->name);
	if (!lend_xml_attribute(node, "bus") || !lend_xml_attribute(node, "slot"))
		return lend_xml_fail(error, node, "a <%.40s>'s source address lacks its bus or slot", device->name);
	for (size_t i = 0; i < LEND_ARRAY_SIZE(parts); i++) {
		int r = lend_xml_number(node, parts[i].name, parts[i].max, &parts[i].value, error);

		if (r < 0)
			return r;
	}
	*ret = (struct lend_address){ (uint32_t)parts[0].value, (uint8_t)parts[1].value, (uint8_t)parts[2].value,
				      (uint8_t)parts[3].value };
	return 0;
}
