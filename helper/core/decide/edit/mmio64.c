/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OVMF's window, an argument of QEMU's in <qemu:commandline>. Ours is known by its size, which the policy remembers.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/qemu_arguments.h"
#include "lendpci/know/domain/template.h"

#define MIB (1ULL << 20)

/* The argument behind -fw_cfg that has our size, in whatever spelling; NULL for none. */
static xmlNode *find_argument(const struct edit *edit, uint64_t bytes)
{
	_cleanup_(lend_qemu_arguments_clear) struct lend_qemu_arguments arguments = { 0 };

	if (!bytes || lend_qemu_arguments_read(edit->domain, &arguments, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < arguments.window_count; i++)
		if (arguments.windows[i].is_number && arguments.windows[i].bytes == bytes)
			return (xmlNode *)arguments.windows[i].value;
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
		if (option)
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

int edit_set_mmio64(struct edit *edit, uint64_t bytes, struct lend_error *error)
{
	if (bytes && bytes == edit->policy.before.mmio64_ours && find_argument(edit, bytes))
		return 0;
	remove_argument(edit);
	return bytes ? add_argument(edit, bytes, error) : 0;
}
