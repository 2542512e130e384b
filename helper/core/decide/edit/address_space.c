/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else makes room for lent devices: the width of the CPU's addresses, OVMF's window, ports without hot-plug.
 *
 * Each is set to what is wanted now, and with nothing wanted taken out again. The policy remembers what is ours; what
 * somebody else has written, or has changed since, is theirs and stays.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"
#include "lendpci/know/domain/template.h"

#define MIB (1ULL << 20)

static bool same_width(struct lend_width a, struct lend_width b)
{
	return a.mode == b.mode && a.bits == b.bits;
}

/* The last element of @parent that has one of the names; NULL for none. */
static xmlNode *last_of(const xmlNode *parent, const char *const *names, size_t count)
{
	xmlNode *last = NULL;

	for (size_t i = 0; i < count; i++)
		for (xmlNode *node = lend_xml_child(parent, NULL, names[i]); node; node = lend_xml_next(node))
			last = node;
	return last;
}

static int make_width(struct edit *edit, struct lend_width width, xmlNode **ret, struct lend_error *error)
{
	const bool is_emulated = width.mode == LEND_WIDTH_EMULATE;
	char bits[16] = "";

	if (width.bits)
		(void)snprintf(bits, sizeof(bits), "%u", width.bits);
	return lend_template_make(
		edit->templates, LEND_TEMPLATE_MAXPHYSADDR,
		(const struct lend_template_value[]){ { "mode", is_emulated ? "emulate" : "passthrough" },
						      { "bits", is_emulated ? bits : "" },
						      { "limit", is_emulated ? "" : bits },
						      { NULL, NULL } },
		edit->document, ret, error);
}

static int set_width(struct edit *edit, struct lend_width want, struct lend_error *error)
{
	/* libvirt prints it behind these. */
	static const char *const before_it[] = { "model", "vendor", "topology", "cache" };
	xmlNode *cpu = lend_xml_child(edit->domain, NULL, "cpu"), *old = lend_xml_child(cpu, NULL, "maxphysaddr");
	struct lend_width *ours = &edit->policy.before.width_ours, now = { 0 };
	xmlNode *anchor, *node;
	int r;

	r = old ? lend_guest_read_width(old, &now, error) : 0;
	if (r < 0)
		return r;
	if (!cpu || (old && !same_width(now, *ours)) || (same_width(now, want) && same_width(now, *ours)))
		return 0;
	if (want.mode != LEND_WIDTH_DEFAULT) {
		r = make_width(edit, want, &node, error);
		if (r < 0)
			return r;
		anchor = last_of(cpu, before_it, LEND_ARRAY_SIZE(before_it));
		if (old)
			edit_replace(old, node);
		else if (anchor)
			edit_insert_after(anchor, node);
		else
			edit_append(cpu, node);
	} else if (old) {
		edit_remove(old);
	}
	*ours = want;
	return 0;
}

static xmlNode *find_argument(const struct edit *edit, uint64_t bytes)
{
	xmlNode *line = lend_xml_child(edit->domain, LEND_XML_QEMU, "commandline");

	for (xmlNode *arg = lend_xml_child(line, LEND_XML_QEMU, "arg"); bytes && arg; arg = lend_xml_next(arg)) {
		const char *value = lend_xml_attribute(arg, "value");
		const char *text = value ? strstr(value, LEND_MMIO64_ARGUMENT) : NULL;
		uint64_t mib;

		if (text && lend_text_to_u64(text + strlen(LEND_MMIO64_ARGUMENT), 10, &mib) == 0 && mib == bytes / MIB)
			return arg;
	}
	return NULL;
}

/* Whether anything below @node belongs to @namespace. The depth is bounded by the parser. */
static bool uses(const xmlNode *node, const xmlNs *namespace)
{
	for (; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (node->ns == namespace || uses(node->children, namespace))
			return true;
		for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next)
			if (attribute->ns == namespace)
				return true;
	}
	return false;
}

/* Takes back the declaration of QEMU's namespace, unless somebody has come to use it. */
static void undeclare(struct edit *edit)
{
	for (xmlNs **at = &edit->domain->nsDef; *at; at = &(*at)->next) {
		xmlNs *namespace = *at;

		if (strcmp((const char *)namespace->href, LEND_XML_QEMU) != 0 || namespace == edit->domain->ns ||
		    uses(edit->domain->children, namespace))
			continue;
		*at = namespace->next;
		xmlFreeNs(namespace);
		return;
	}
}

static void remove_argument(struct edit *edit)
{
	struct lend_policy_before *before = &edit->policy.before;
	xmlNode *arg = find_argument(edit, before->mmio64_ours), *line, *option;

	if (arg) {
		option = arg->prev;
		while (option && option->type != XML_ELEMENT_NODE)
			option = option->prev;
		if (option && lend_xml_attribute_is(option, "value", "-fw_cfg"))
			edit_remove(option);
		edit_remove(arg);
	}
	line = lend_xml_child(edit->domain, LEND_XML_QEMU, "commandline");
	if (line && before->no_commandline && !edit_last_element(line))
		edit_remove(line);
	if (before->no_qemu_namespace)
		undeclare(edit);
	before->mmio64_ours = 0;
	before->no_commandline = before->no_qemu_namespace = false;
}

/* @node and its children use the document's declaration instead of one of their own. */
static void use_namespace(xmlNode *node, xmlNs *namespace)
{
	for (xmlNode *child = node->children; child; child = child->next)
		if (child->type == XML_ELEMENT_NODE)
			xmlSetNs(child, namespace);
	xmlSetNs(node, namespace);
	xmlFreeNsList(node->nsDef);
	node->nsDef = NULL;
}

static xmlNs *find_namespace(struct edit *edit)
{
	xmlNs *namespace = xmlSearchNsByHref(edit->document, edit->domain, (const xmlChar *)LEND_XML_QEMU);

	if (namespace)
		return namespace;
	namespace = xmlNewNs(edit->domain, (const xmlChar *)LEND_XML_QEMU, (const xmlChar *)"qemu");
	edit->policy.before.no_qemu_namespace = namespace;
	return namespace;
}

/* Behind the last argument that is there. */
static void join_arguments(xmlNode *line, xmlNode *made)
{
	xmlNode *last = lend_xml_child(line, LEND_XML_QEMU, "arg"), *next;

	while (last && lend_xml_next(last))
		last = lend_xml_next(last);
	for (xmlNode *arg = made->children; arg; arg = next) {
		next = arg->next;
		xmlUnlinkNode(arg);
		if (last)
			edit_insert_after(last, arg);
		else
			edit_append(line, arg);
		last = arg;
	}
	xmlFreeNode(made);
}

static int add_argument(struct edit *edit, uint64_t bytes, struct lend_error *error)
{
	xmlNode *line = lend_xml_child(edit->domain, LEND_XML_QEMU, "commandline"), *made;
	char mib[24];
	xmlNs *namespace;
	int r;

	(void)snprintf(mib, sizeof(mib), "%" PRIu64, (uint64_t)(bytes / MIB));
	r = lend_template_make(edit->templates, LEND_TEMPLATE_MMIO64,
			       (const struct lend_template_value[]){ { "mib", mib }, { NULL, NULL } }, edit->document,
			       &made, error);
	if (r < 0)
		return r;
	namespace = find_namespace(edit);
	if (!namespace) {
		xmlFreeNode(made);
		return lend_error_set(error, -EINVAL, "the prefix 'qemu' stands for something else in this domain");
	}
	use_namespace(made, namespace);
	if (line) {
		join_arguments(line, made);
	} else {
		edit_append(edit->domain, made);
		edit->policy.before.no_commandline = true;
	}
	edit->policy.before.mmio64_ours = bytes;
	return 0;
}

static int set_mmio64(struct edit *edit, uint64_t bytes, struct lend_error *error)
{
	if (bytes && bytes == edit->policy.before.mmio64_ours && find_argument(edit, bytes))
		return 0;
	remove_argument(edit);
	return bytes ? add_argument(edit, bytes, error) : 0;
}

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

static int set_hotplug(struct edit *edit, bool off, struct lend_error *error)
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

int edit_set_space(struct edit *edit, const struct lend_window *window, struct lend_error *error)
{
	int r;

	r = set_width(edit, window->width, error);
	if (r == 0)
		r = set_mmio64(edit, window->mmio64, error);
	if (r == 0)
		r = set_hotplug(edit, window->hotplug_off, error);
	return r;
}
