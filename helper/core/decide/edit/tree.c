/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes with their indentation. An element's indentation is the blank text before it; it comes and goes with the
 * element, so taking out what was put in leaves the text as it was. Where the text has none, none is added.
 *
 * Blanks that cannot be added for want of memory are let go: they are looks only.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(const xmlNode *node)
{
	return node && node->type == XML_TEXT_NODE && xmlIsBlankNode(node);
}

/* The line break and indentation before @node: "\n    ". NULL when it does not start a line. */
static const char *lead_of(const xmlNode *node)
{
	return is_blank(node->prev) ? strrchr((const char *)node->prev->content, '\n') : NULL;
}

xmlNode *edit_last_element(const xmlNode *parent)
{
	xmlNode *node = parent->last;

	while (node && node->type != XML_ELEMENT_NODE)
		node = node->prev;
	return node;
}

static void add_blank_before(xmlNode *node, const char *lead)
{
	xmlNode *blank = xmlNewDocText(node->doc, (const xmlChar *)lead);

	if (blank)
		(void)xmlAddPrevSibling(node, blank);
}

static void add_blank_at_end(xmlNode *parent, const char *lead)
{
	xmlNode *blank = xmlNewDocText(parent->doc, (const xmlChar *)lead);

	if (blank)
		(void)xmlAddChild(parent, blank);
}

/* Two blanks deeper than @lead; NULL when memory runs out. */
static char *deeper(const char *lead)
{
	char *text;

	return asprintf(&text, "%s  ", lead) < 0 ? NULL : text;
}

/* Indents what is inside @node, which itself is indented by @lead. */
static void indent_inside(xmlNode *node, const char *lead)
{
	char *inner = edit_last_element(node) ? deeper(lead) : NULL;

	if (!inner)
		return;
	for (xmlNode *child = node->children; child; child = child->next) {
		if (child->type != XML_ELEMENT_NODE)
			continue;
		add_blank_before(child, inner);
		indent_inside(child, inner);
	}
	add_blank_at_end(node, lead);
	free(inner);
}

void edit_insert_after(xmlNode *anchor, xmlNode *node)
{
	const char *lead = lead_of(anchor);

	(void)xmlAddNextSibling(anchor, node);
	if (!lead)
		return;
	add_blank_before(node, lead);
	indent_inside(node, lead);
}

void edit_insert_before(xmlNode *anchor, xmlNode *node)
{
	const char *lead = lead_of(anchor);

	/* The anchor's own blank stays with it. */
	(void)xmlAddPrevSibling(lead ? anchor->prev : anchor, node);
	if (!lead)
		return;
	add_blank_before(node, lead);
	indent_inside(node, lead);
}

void edit_append(xmlNode *parent, xmlNode *node)
{
	xmlNode *last = edit_last_element(parent);
	const char *lead = lead_of(parent);
	char *inner;

	if (last) {
		edit_insert_after(last, node);
		return;
	}
	while (is_blank(parent->children)) {
		xmlNode *blank = parent->children;

		xmlUnlinkNode(blank);
		xmlFreeNode(blank);
	}
	(void)xmlAddChild(parent, node);
	inner = lead ? deeper(lead) : NULL;
	if (!inner)
		return;
	add_blank_before(node, inner);
	indent_inside(node, inner);
	add_blank_at_end(parent, lead);
	free(inner);
}

void edit_replace(xmlNode *old, xmlNode *node)
{
	const char *lead = lead_of(old);

	(void)xmlReplaceNode(old, node);
	xmlFreeNode(old);
	if (lead)
		indent_inside(node, lead);
}

void edit_remove(xmlNode *node)
{
	xmlNode *parent = node->parent, *blank = node->prev;

	if (is_blank(blank)) {
		xmlUnlinkNode(blank);
		xmlFreeNode(blank);
	}
	xmlUnlinkNode(node);
	xmlFreeNode(node);

	/* libvirt writes an element that has become empty without a line break in it. */
	if (parent->children && is_blank(parent->children) && !parent->children->next) {
		blank = parent->children;
		xmlUnlinkNode(blank);
		xmlFreeNode(blank);
	}
}
