/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Empty root ports of the domain without hot-plug, so that its firmware keeps no address space for them. */
#include <errno.h>
#include <string.h>

#include "internal.h"

/* An empty root port of the domain's own. */
static bool is_spare(const struct edit *edit, const xmlNode *port)
{
	return (lend_xml_attribute_is(port, "model", "pcie-root-port") ||
		lend_xml_attribute_is(port, "model", "pcie-switch-downstream-port")) &&
	       !edit_is_ours(port) && edit_index_of(port) < GUEST_BUSES &&
	       edit_count_tenants(edit, edit_index_of(port), GUEST_SLOTS) == 0;
}

static int switch_off(struct edit *edit, xmlNode *port, struct lend_error *error)
{
	xmlNode *target = lend_xml_child(port, NULL, "target"), *model = lend_xml_child(port, NULL, "model");

	if (target && lend_xml_attribute_is(target, "hotplug", "off"))
		return 0;
	if (!target) {
		target = xmlNewDocNode(edit->document, NULL, (const xmlChar *)"target", NULL);
		if (!target)
			return lend_error_set(error, -ENOMEM, "out of memory for a <target>");
		if (model)
			edit_insert_after(model, target);
		else
			edit_append(port, target);
	}
	(void)xmlSetProp(target, (const xmlChar *)"hotplug", (const xmlChar *)"off");
	edit->policy.before.hotplug_ours[edit_index_of(port)] = true;
	return 0;
}

static void switch_on(xmlNode *port)
{
	xmlNode *target = lend_xml_child(port, NULL, "target");

	if (!target || !lend_xml_attribute_is(target, "hotplug", "off"))
		return;
	(void)xmlUnsetProp(target, (const xmlChar *)"hotplug");
	if (!target->properties && !target->children)
		edit_remove(target);
}

int edit_set_hotplug(struct edit *edit, bool off, struct lend_error *error)
{
	bool *ours = edit->policy.before.hotplug_ours;
	int r = 0;

	for (xmlNode *node = edit_next_controller(edit, NULL); r == 0 && node;
	     node = edit_next_controller(edit, node)) {
		const uint64_t index = edit_index_of(node);

		if (off && is_spare(edit, node))
			r = switch_off(edit, node, error);
		else if (!off && index < GUEST_BUSES && ours[index])
			switch_on(node);
	}
	if (!off)
		memset(ours, 0, sizeof(edit->policy.before.hotplug_ours));
	return r;
}
