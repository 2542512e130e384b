/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML out, in libvirt's handwriting, so that a diff against `virsh dumpxml` shows what changed and nothing else.
 *
 * libvirt writes a definition itself, with single quotes; only what lies inside <metadata> is printed by libxml2.
 * Source: src/conf/domain_conf.c (virDomainDefFormatInternal), src/util/virbuffer.c (virBufferEscapeString).
 */
#include "lendpci/know/domain/xml.h"

#include <stdio.h>
#include <stdlib.h>

#include "lendpci/base/cleanup.h"

static void write_escaped(FILE *out, const xmlChar *text, bool in_attribute)
{
	for (; text && *text; text++) {
		if (*text == '<')
			(void)fputs("&lt;", out);
		else if (*text == '>')
			(void)fputs("&gt;", out);
		else if (*text == '&')
			(void)fputs("&amp;", out);
		else if (*text == '"')
			(void)fputs("&quot;", out);
		else if (*text == '\'')
			(void)fputs("&apos;", out);
		else if (*text == '\r' || (in_attribute && *text < ' '))
			(void)fprintf(out, "&#%d;", *text);
		else
			(void)fputc(*text, out);
	}
}

/* Whatever is neither a plain element nor text, and all metadata: exactly as libxml2 has it. */
static void write_as_libxml2(FILE *out, xmlNode *node)
{
	xmlBuffer *buffer = xmlBufferCreate();

	if (!buffer)
		return;
	if (xmlNodeDump(buffer, node->doc, node, 0, 0) >= 0)
		(void)fputs((const char *)xmlBufferContent(buffer), out);
	xmlBufferFree(buffer);
}

static void write_name(FILE *out, const xmlNs *namespace, const xmlChar *name)
{
	if (namespace && namespace->prefix)
		(void)fprintf(out, "%s:%s", namespace->prefix, name);
	else
		(void)fprintf(out, "%s", name);
}

static void write_start(FILE *out, const xmlNode *node)
{
	(void)fputc('<', out);
	write_name(out, node->ns, node->name);
	for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
		(void)fputc(' ', out);
		write_name(out, attribute->ns, attribute->name);
		(void)fputs("='", out);
		if (attribute->children)
			write_escaped(out, attribute->children->content, true);
		(void)fputc('\'', out);
	}
	/* After the attributes, where libvirt puts xmlns:qemu. */
	for (const xmlNs *namespace = node->nsDef; namespace; namespace = namespace->next) {
		(void)fprintf(out, " xmlns%s%s='", namespace->prefix ? ":" : "",
			      namespace->prefix ? (const char *)namespace->prefix : "");
		write_escaped(out, namespace->href, true);
		(void)fputc('\'', out);
	}
}

/* The depth is bounded by the parser. */
static void write_node(FILE *out, xmlNode *node)
{
	if (node->type == XML_TEXT_NODE) {
		write_escaped(out, node->content, false);
		return;
	}
	if (node->type != XML_ELEMENT_NODE || (node->parent && lend_xml_is(node->parent, NULL, "metadata"))) {
		write_as_libxml2(out, node);
		return;
	}

	write_start(out, node);
	if (!node->children) {
		(void)fputs("/>", out);
		return;
	}
	(void)fputc('>', out);
	for (xmlNode *child = node->children; child; child = child->next)
		write_node(out, child);
	(void)fputs("</", out);
	write_name(out, node->ns, node->name);
	(void)fputc('>', out);
}

char *lend_xml_format(const xmlDoc *document)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out;
	bool written;

	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for (xmlNode *node = document->children; node; node = node->next) {
		write_node(out, node);
		(void)fputc('\n', out);
	}
	/* The text is final only once the stream is closed. */
	written = !ferror(out);
	if (fclose(out) != 0 || !written)
		return NULL;
	return TAKE_PTR(text);
}
