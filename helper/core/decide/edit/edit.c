/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A definition's edits as a whole: read, change, write. What is changed is in edit_hostdev.c, edit_port.c,
 * edit_window.c, edit_space.c and edit_stop.c. */
#include "lendpci/decide/edit/edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"

static void edit_clear(struct edit *edit)
{
	lend_policy_clear(&edit->policy);
	lend_xml_freep(&edit->document);
}

static int edit_open(struct edit *edit, const char *xml, size_t size, struct lend_error *error)
{
	int r;

	r = lend_xml_parse(xml, size, &edit->document, error);
	if (r < 0)
		return r;
	edit->domain = xmlDocGetRootElement(edit->document);
	if (!lend_xml_is(edit->domain, NULL, "domain"))
		return lend_xml_fail(error, edit->domain, "<%.40s> is not a domain", edit->domain->name);
	edit->devices = lend_xml_child(edit->domain, NULL, "devices");
	if (!edit->devices)
		return lend_xml_fail(error, edit->domain, "the domain has no <devices>");
	r = edit_find_root_kind(edit, error);
	if (r < 0)
		return r;
	return lend_policy_read(edit->domain, &edit->policy, error);
}

static int out_of_memory(struct lend_error *error)
{
	return lend_error_set(error, -ENOMEM, "out of memory for editing a domain");
}

/* The result, and whether it differs from what came in once both are written alike. */
static int edit_close(struct edit *edit, const char *before, char **ret, struct lend_edit_report *ret_report,
		      struct lend_error *error)
{
	_cleanup_free_ char *after = lend_xml_format(edit->document);

	if (!after || !before)
		return out_of_memory(error);
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

static int write_policy(struct edit *edit, struct lend_error *error)
{
	xmlNode *metadata = lend_xml_child(edit->domain, NULL, "metadata");
	xmlNode *old = find_assignment(metadata), *assignment;

	if (metadata && !old && !edit_last_element(metadata))
		edit->policy.before.empty_metadata = true;
	assignment = lend_policy_write(&edit->policy, edit->document);
	if (!assignment)
		return out_of_memory(error);
	if (!metadata)
		metadata = make_metadata(edit);
	if (!metadata) {
		xmlFreeNode(assignment);
		return out_of_memory(error);
	}
	if (old)
		edit_replace(old, assignment);
	else
		edit_append(metadata, assignment);
	return 0;
}

static void remove_policy(struct edit *edit)
{
	xmlNode *metadata = lend_xml_child(edit->domain, NULL, "metadata");
	xmlNode *assignment = find_assignment(metadata);

	if (!assignment)
		return;
	edit_remove(assignment);
	if (!edit_last_element(metadata) && !edit->policy.before.empty_metadata)
		edit_remove(metadata);
}

static int make_room(struct edit *edit, const struct lend_window *window, struct lend_error *error)
{
	int r = edit_set_window(edit, window->pcihole64, error);

	return r < 0 || !edit->x86 ? r : edit_set_space(edit, window, error);
}

int lend_edit_inject(const char *xml, size_t size, const struct lend_edit_request *request,
		     const struct lend_templates *templates, char **ret, struct lend_edit_report *ret_report,
		     struct lend_error *error)
{
	_cleanup_(edit_clear) struct edit edit = { .templates = templates, .libvirt = request->libvirt };
	_cleanup_free_ char *before = NULL;
	int r;

	r = edit_open(&edit, xml, size, error);
	if (r < 0)
		return r;
	before = lend_xml_format(edit.document);

	r = edit_move_all(&edit, request->moves, request->move_count, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < request->count; i++)
		if (lend_policy_put(&edit.policy, &request->devices[i]) < 0)
			return out_of_memory(error);
	edit.policy.take_group |= request->take_group;

	for (size_t i = 0; i < edit.policy.count; i++) {
		r = edit_add_hostdev(&edit, edit.policy.devices[i].address, error);
		if (r < 0)
			return r;
	}
	if (request->mmio_low)
		edit.policy.mmio_low = request->mmio_low;
	if (request->mmio_high)
		edit.policy.mmio_high = request->mmio_high;
	r = make_room(&edit, &request->window, error);
	if (r < 0)
		return r;
	if (edit.policy.count) {
		r = edit_set_stop(&edit, error);
		if (r == 0)
			r = write_policy(&edit, error);
		if (r < 0)
			return r;
	}
	return edit_close(&edit, before, ret, ret_report, error);
}

/* The devices to take out: those named, which the policy must have, or everything that was ever injected. */
static int choose_devices(const struct edit *edit, const struct lend_address *devices, size_t count,
			  struct lend_addresses *ret, struct lend_error *error)
{
	if (!count) {
		for (size_t i = 0; i < edit->policy.count; i++)
			if (lend_addresses_add(ret, edit->policy.devices[i].address) < 0)
				return out_of_memory(error);
		/* Also what lost its policy to somebody's editor. */
		return edit_collect_ours(edit, ret, error);
	}
	for (size_t i = 0; i < count; i++) {
		if (!lend_policy_find(&edit->policy, devices[i]))
			return lend_error_set(error, -ENOENT, "%s: it is not assigned to this domain",
					      lend_address_text(devices[i]).text);
		if (lend_addresses_add(ret, devices[i]) < 0)
			return out_of_memory(error);
	}
	return 0;
}

int lend_edit_withdraw(const char *xml, size_t size, const struct lend_address *devices, size_t count,
		       const struct lend_window *window, const struct lend_templates *templates, char **ret,
		       struct lend_edit_report *ret_report, struct lend_error *error)
{
	static const struct lend_window nothing = { 0 };
	_cleanup_(lend_addresses_clear) struct lend_addresses gone = { 0 };
	_cleanup_(edit_clear) struct edit edit = { .templates = templates };
	_cleanup_free_ char *before = NULL;
	int r;

	r = edit_open(&edit, xml, size, error);
	if (r < 0)
		return r;
	before = lend_xml_format(edit.document);
	r = choose_devices(&edit, devices, count, &gone, error);
	if (r < 0)
		return r;

	for (size_t i = 0; i < gone.count; i++) {
		edit_remove_hostdev(&edit, gone.items[i]);
		lend_policy_drop(&edit.policy, gone.items[i]);
	}
	edit_remove_vacant_ports(&edit);
	if (!edit.policy.count)
		window = &nothing;
	r = window ? make_room(&edit, window, error) : 0;
	if (r < 0)
		return r;
	if (edit.policy.count) {
		r = write_policy(&edit, error);
		if (r < 0)
			return r;
	} else {
		edit_forget_root(&edit);
		edit_restore_stop(&edit);
		remove_policy(&edit);
	}
	return edit_close(&edit, before, ret, ret_report, error);
}
