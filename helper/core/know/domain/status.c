/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The domains that libvirt takes for running, from the files by which it finds them again. */
#include "lendpci/know/domain/status.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/domain/xml.h"

static bool has_device(const xmlNode *domain, struct lend_address address)
{
	const xmlNode *devices = lend_xml_child(domain, NULL, "devices");
	struct lend_address source;

	for (const xmlNode *device = devices ? devices->children : NULL; device; device = device->next)
		if (device->type == XML_ELEMENT_NODE && lend_xml_source(device, &source, NULL) == 0 &&
		    lend_address_equal(source, address))
			return true;
	return false;
}

static bool has_monitor(const xmlNode *status)
{
	const xmlNode *monitor = lend_xml_child(status, NULL, "monitor");

	return monitor && lend_xml_attribute(monitor, "path");
}

/* Most domains have no device, and are not parsed to find that out. libvirt itself prints these files, always alike. */
static bool may_have_device(const char *xml, size_t size, struct lend_address address)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "bus='0x%02x' slot='0x%02x' function='0x%x'", address.bus, address.device,
		       address.function);
	return memmem(xml, size, text, strlen(text));
}

/* It may be gone by now: its domain ended. */
static bool read_one(const struct lend_fs *fs, const char *file, struct lend_address address,
		     struct lend_domain_status *ret)
{
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	char path[sizeof(LEND_DOMAIN_STATUS_DIR) + NAME_MAX + 2];
	_cleanup_free_ char *xml = NULL;
	const xmlNode *status;
	size_t size = 0;

	(void)snprintf(path, sizeof(path), LEND_DOMAIN_STATUS_DIR "/%.*s", NAME_MAX, file);
	if (lend_fs_read_all(fs, path, LEND_XML_SIZE_MAX, &xml, &size, NULL) < 0 ||
	    !may_have_device(xml, size, address) || lend_xml_parse(xml, size, &document, NULL) < 0)
		return false;
	status = xmlDocGetRootElement(document);
	if (!has_device(lend_xml_child(status, NULL, "domain"), address))
		return false;
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s", (int)(strlen(file) - strlen(".xml")), file);
	lend_text_make_printable(ret->name);
	ret->is_found_again = has_monitor(status);
	return true;
}

int lend_domain_status_find(const struct lend_fs *fs, struct lend_address address, struct lend_domain_status *ret,
			    struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r;

	if (!lend_fs_exists(fs, LEND_DOMAIN_STATUS_DIR))
		return 0;
	r = lend_fs_list(fs, LEND_DOMAIN_STATUS_DIR, &names, NULL, error);
	if (r < 0)
		return r;
	for (char **name = names; *name; name++)
		if (lend_text_ends_with(*name, ".xml") && read_one(fs, *name, address, ret))
			return 1;
	return 0;
}
