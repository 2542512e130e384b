/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A definition that is being edited: read, its policy written, and what came of it as text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/domain.h"

/* No guest has buses for a tenth of it. */
enum { DEVICES_MAX = 4096 };

void edit_clear(struct edit *edit)
{
	lend_policy_clear(&edit->policy);
	lend_qemu_arguments_clear(&edit->arguments);
	lend_xml_freep(&edit->document);
}

/* Before anything that looks at all devices for each of them. */
static int check_size(const struct edit *edit, struct lend_error *error)
{
	size_t hostdevs = 0, devices = 0;

	for (const xmlNode *node = edit->devices->children; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		devices++;
		hostdevs += lend_xml_is(node, NULL, "hostdev");
		if (hostdevs > LEND_HOSTDEVS_MAX)
			return lend_xml_fail(error, node, "the domain has more than %d hostdevs", LEND_HOSTDEVS_MAX);
		if (devices > DEVICES_MAX)
			return lend_xml_fail(error, node, "the domain has more than %d devices", DEVICES_MAX);
	}
	return 0;
}

int edit_open(struct edit *edit, const char *xml, size_t size, struct lend_error *error)
{
	int r;

	r = lend_xml_parse_to_edit(xml, size, &edit->document, error);
	if (r < 0)
		return r;
	edit->domain = xmlDocGetRootElement(edit->document);
	if (!lend_xml_is(edit->domain, NULL, "domain"))
		return lend_xml_fail(error, edit->domain, "<%.40s> is not a domain", edit->domain->name);
	edit->devices = lend_xml_child(edit->domain, NULL, "devices");
	if (!edit->devices)
		return lend_xml_fail(error, edit->domain, "the domain has no <devices>");
	r = check_size(edit, error);
	if (r == 0)
		r = edit_find_root_kind(edit, error);
	if (r < 0)
		return r;
	r = lend_qemu_arguments_read(edit->domain, &edit->arguments, error);
	return r < 0 ? r : lend_policy_read(edit->domain, &edit->policy, error);
}

int edit_out_of_memory(struct lend_error *error)
{
	return lend_error_set(error, -ENOMEM, "out of memory for editing a domain");
}

/* The result, and whether it differs from what came in once both are written alike. */
int edit_close(struct edit *edit, const char *before, char **ret, struct lend_edit_report *ret_report,
	       struct lend_error *error)
{
	_cleanup_free_ char *after = lend_xml_format(edit->document);

	if (!after || !before)
		return edit_out_of_memory(error);
	edit->report.changed = strcmp(before, after) != 0;
	*ret = TAKE_PTR(after);
	*ret_report = edit->report;
	return 0;
}

static xmlNode *find_assignment(xmlNode *metadata)
{
	return lend_xml_child(metadata, LEND_POLICY_NAMESPACE, "assignment");
}

/* libvirt prints <metadata> behind what names the domain. */
static xmlNode *make_metadata(struct edit *edit)
{
	static const char *const names[] = { "name", "uuid", "genid", "title", "description", "hwuuid" };
	xmlNode *metadata = xmlNewDocNode(edit->document, NULL, (const xmlChar *)"metadata", NULL), *anchor = NULL;

	if (!metadata)
		return NULL;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(names); i++) {
		xmlNode *node = lend_xml_child(edit->domain, NULL, names[i]);

		anchor = node ? node : anchor;
	}
	if (anchor)
		edit_insert_after(anchor, metadata);
	else
		edit_append(edit->domain, metadata);
	return metadata;
}

int edit_write_policy(struct edit *edit, struct lend_error *error)
{
	xmlNode *metadata = lend_xml_child(edit->domain, NULL, "metadata");
	xmlNode *old = find_assignment(metadata), *assignment;

	if (metadata && !old && !edit_last_element(metadata))
		edit->policy.before.empty_metadata = true;
	assignment = lend_policy_write(&edit->policy, edit->document);
	if (!assignment)
		return edit_out_of_memory(error);
	if (!metadata)
		metadata = make_metadata(edit);
	if (!metadata) {
		xmlFreeNode(assignment);
		return edit_out_of_memory(error);
	}
	if (old)
		edit_replace(old, assignment);
	else
		edit_append(metadata, assignment);
	return 0;
}

void edit_remove_policy(struct edit *edit)
{
	xmlNode *metadata = lend_xml_child(edit->domain, NULL, "metadata");
	xmlNode *assignment = find_assignment(metadata);

	if (!assignment)
		return;
	edit_remove(assignment);
	if (!edit_last_element(metadata) && !edit->policy.before.empty_metadata)
		edit_remove(metadata);
}

int edit_make_room(struct edit *edit, const struct lend_window *window, struct lend_error *error)
{
	int r = edit_set_window(edit, window->pcihole64, error);

	if (r < 0 || !edit->x86)
		return r;
	r = edit_set_width(edit, window->width, error);
	if (r == 0)
		r = edit_set_mmio64(edit, window->mmio64, error);
	if (r == 0)
		r = edit_set_hotplug(edit, window->hotplug_off, error);
	return r;
}
