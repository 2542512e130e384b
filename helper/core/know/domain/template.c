/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is injected, as XML that an administrator can read and override.
 *
 * All that can be wrong with a template is found when it is loaded, before any domain is touched.
 */
#include "lendpci/know/domain/template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/domain/xml.h"

#include "builtin_templates.h" /* made from xml-templates/ by the build */

enum { TEMPLATE_SIZE_MAX = 64 * 1024, PLACEHOLDERS_MAX = 12 };

struct lend_templates {
	xmlDoc *documents[LEND_TEMPLATE_COUNT];
};

/* Those with a "!" have to be there: without them lendpci would not find again what it injected. */
static const struct {
	const char *file, *element, *builtin;
	const char *namespace;
	const char *placeholders[PLACEHOLDERS_MAX];
} kinds[LEND_TEMPLATE_COUNT] = {
	[LEND_TEMPLATE_HOSTDEV] = { "hostdev.xml",
				    "hostdev",
				    builtin_hostdev,
				    NULL,
				    { "!source-domain", "!source-bus", "!source-slot", "!source-function", "!alias",
				      "?guest-bus", "?guest-slot", "?guest-function", "?multifunction", "?driver" } },
	[LEND_TEMPLATE_ROOT_PORT] = { "root-port.xml",
				      "controller",
				      builtin_root_port,
				      NULL,
				      { "!index", "!alias", "?slot", "?function", "?multifunction" } },
	[LEND_TEMPLATE_PCIHOLE64] = { "pcihole64.xml", "pcihole64", builtin_pcihole64, NULL, { "!kib" } },
	[LEND_TEMPLATE_MAXPHYSADDR] = { "maxphysaddr.xml",
					"maxphysaddr",
					builtin_maxphysaddr,
					NULL,
					{ "!mode", "!bits", "!limit" } },
	[LEND_TEMPLATE_MMIO64] = { "mmio64.xml", "commandline", builtin_mmio64, LEND_XML_QEMU, { "!mib" } },
};

/* Finds the next ${name} in @text. Returns its start, with the name's extent; NULL for none. */
static const char *find_placeholder(const char *text, const char **ret_name, size_t *ret_length)
{
	const char *start = strstr(text, "${");
	const char *end = start ? strchr(start, '}') : NULL;

	if (!end)
		return NULL;
	*ret_name = start + 2;
	*ret_length = (size_t)(end - start) - 2;
	return start;
}

/* Which placeholder of @which is named so; -1 for none. */
static int placeholder_index(enum lend_template which, const char *name, size_t length)
{
	for (int i = 0; i < PLACEHOLDERS_MAX && kinds[which].placeholders[i]; i++) {
		const char *known = kinds[which].placeholders[i] + 1;

		if (strlen(known) == length && strncmp(known, name, length) == 0)
			return i;
	}
	return -1;
}

/* Notes in @used the placeholders of one value. */
static int check_value(enum lend_template which, const xmlNode *node, const xmlChar *value, unsigned *used,
		       struct lend_error *error)
{
	const char *at = (const char *)value, *name;
	size_t length;

	while (at && (at = find_placeholder(at, &name, &length))) {
		int index = placeholder_index(which, name, length);

		if (index < 0)
			return lend_xml_fail(error, node, "there is no placeholder ${%.*s}", (int)length, name);
		*used |= 1U << index;
		at = name + length;
	}
	return 0;
}

static int check_node(enum lend_template which, const xmlNode *node, unsigned *used, struct lend_error *error)
{
	int r = 0;

	if (node->type == XML_TEXT_NODE)
		return check_value(which, node, node->content, used, error);
	if (node->type != XML_ELEMENT_NODE)
		return 0;
	for (const xmlAttr *attribute = node->properties; attribute && r == 0; attribute = attribute->next)
		if (attribute->children)
			r = check_value(which, node, attribute->children->content, used, error);
	for (const xmlNode *child = node->children; child && r == 0; child = child->next)
		r = check_node(which, child, used, error);
	return r;
}

static int check_template(enum lend_template which, xmlDoc *document, struct lend_error *error)
{
	const xmlNode *root = xmlDocGetRootElement(document);
	unsigned used = 0;
	int r;

	if (!lend_xml_is(root, kinds[which].namespace, kinds[which].element))
		return lend_xml_fail(error, root, "<%.40s> is not the <%s> that belongs here", root->name,
				     kinds[which].element);
	r = check_node(which, root, &used, error);
	if (r < 0)
		return r;
	for (int i = 0; i < PLACEHOLDERS_MAX && kinds[which].placeholders[i]; i++)
		if (kinds[which].placeholders[i][0] == '!' && !(used & 1U << i))
			return lend_xml_fail(error, root, "the placeholder ${%s} is missing",
					     kinds[which].placeholders[i] + 1);
	return 0;
}

/* Comments explain the template to its reader, and blanks are set anew where the element lands. */
static void strip(xmlNode *parent)
{
	xmlNode *next;

	for (xmlNode *node = parent->children; node; node = next) {
		next = node->next;
		if (node->type == XML_ELEMENT_NODE) {
			strip(node);
		} else if (node->type != XML_TEXT_NODE || xmlIsBlankNode(node)) {
			xmlUnlinkNode(node);
			xmlFreeNode(node);
		}
	}
}

static int load_one(const struct lend_fs *fs, enum lend_template which, xmlDoc **ret, struct lend_error *error)
{
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	_cleanup_free_ char *text = NULL;
	const char *used = kinds[which].builtin;
	char path[128];
	size_t size;
	int r;

	(void)snprintf(path, sizeof(path), LEND_TEMPLATE_DIR "/%s", kinds[which].file);
	r = lend_fs_read_all(fs, path, TEMPLATE_SIZE_MAX, &text, &size, error);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0)
		used = text;
	else
		size = strlen(used);

	/* It becomes part of a definition, which has to parse afterwards. */
	r = lend_xml_parse_to_edit(used, size, &document, error);
	if (r == 0)
		r = check_template(which, document, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s%s", text ? "/" : "built-in ", text ? path : kinds[which].file);
	strip(xmlDocGetRootElement(document));
	*ret = TAKE_PTR(document);
	return 0;
}

int lend_templates_load(const struct lend_fs *fs, struct lend_templates **ret, struct lend_error *error)
{
	_cleanup_(lend_templates_freep) struct lend_templates *templates = NULL;

	templates = calloc(1, sizeof(*templates));
	if (!templates)
		return lend_error_set(error, -ENOMEM, "out of memory for the XML templates");
	for (enum lend_template which = 0; which < LEND_TEMPLATE_COUNT; which++) {
		int r = load_one(fs, which, &templates->documents[which], error);

		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(templates);
	return 0;
}

void lend_templates_free(struct lend_templates *templates)
{
	if (!templates)
		return;
	for (enum lend_template which = 0; which < LEND_TEMPLATE_COUNT; which++)
		xmlFreeDoc(templates->documents[which]);
	free(templates);
}

void lend_templates_freep(struct lend_templates **templates)
{
	lend_templates_free(*templates);
}

static const char *value_of(const struct lend_template_value *values, const char *name, size_t length)
{
	for (; values->name; values++)
		if (strlen(values->name) == length && strncmp(values->name, name, length) == 0)
			return values->value;
	return "";
}

/* @text with its placeholders replaced; NULL when memory runs out. */
static char *replace(const char *text, const struct lend_template_value *values)
{
	_cleanup_free_ char *result = NULL;
	const char *start, *name;
	size_t length, size;
	FILE *out;

	out = open_memstream(&result, &size);
	if (!out)
		return NULL;
	while ((start = find_placeholder(text, &name, &length))) {
		(void)fprintf(out, "%.*s%s", (int)(start - text), text, value_of(values, name, length));
		text = name + length + 1;
	}
	(void)fputs(text, out);
	return fclose(out) == 0 ? TAKE_PTR(result) : NULL;
}

static int replace_attributes(xmlNode *node, const struct lend_template_value *values)
{
	xmlAttr *next;

	for (xmlAttr *attribute = node->properties; attribute; attribute = next) {
		_cleanup_free_ char *value = NULL;

		next = attribute->next;
		if (!attribute->children)
			continue;
		value = replace((const char *)attribute->children->content, values);
		if (!value)
			return -ENOMEM;
		if (!*value)
			(void)xmlRemoveProp(attribute);
		else
			xmlNodeSetContent(attribute->children, (const xmlChar *)value);
	}
	return 0;
}

static int replace_below(xmlNode *node, const struct lend_template_value *values)
{
	int r = replace_attributes(node, values);
	xmlNode *next;

	for (xmlNode *child = node->children; child && r == 0; child = next) {
		_cleanup_free_ char *text = NULL;
		const bool said_something = child->type == XML_ELEMENT_NODE && child->properties;

		next = child->next;
		if (child->type == XML_ELEMENT_NODE) {
			r = replace_below(child, values);
			if (said_something && !child->properties && !child->children) {
				xmlUnlinkNode(child);
				xmlFreeNode(child);
			}
			continue;
		}
		text = replace((const char *)child->content, values);
		if (!text)
			return -ENOMEM;
		xmlNodeSetContent(child, (const xmlChar *)text);
	}
	return r;
}

int lend_template_make(const struct lend_templates *templates, enum lend_template which,
		       const struct lend_template_value *values, xmlDoc *document, xmlNode **ret,
		       struct lend_error *error)
{
	_cleanup_(lend_xml_node_freep) xmlNode *node = NULL;

	node = xmlDocCopyNode(xmlDocGetRootElement(templates->documents[which]), document, 1);
	if (!node || replace_below(node, values) < 0)
		return lend_error_set(error, -ENOMEM, "out of memory for a <%s>", kinds[which].element);
	*ret = TAKE_PTR(node);
	return 0;
}
