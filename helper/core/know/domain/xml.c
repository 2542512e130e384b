/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML in: libxml2 behind one door. Its errors become sentences here and nowhere else.
 *
 * A VM's owner writes parts of the XML that root's hook reads. So the parser is stopped at the first sign of a DTD
 * (entity bombs and external files both begin there) and at a depth of our own: libxml2's differs between versions.
 */
#include "lendpci/know/domain/xml.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"

/* What the SAX callbacks know of the document so far. */
struct progress {
	unsigned depth;
	bool stopped;
	int line;
	char reason[200]; /* the first thing that is wrong; what libxml2 says after it is only its consequence */

	/* The first thing that is wrong with a namespace: no reason to refuse it to who only reads. */
	int namespace_line;
	char namespace_reason[200];
};

static void note(struct progress *progress, int line, const char *reason)
{
	if (*progress->reason)
		return;
	progress->line = line;
	(void)snprintf(progress->reason, sizeof(progress->reason), "%s", reason);
}

static void stop(xmlParserCtxt *parser, const char *reason)
{
	struct progress *progress = parser->_private;

	note(progress, xmlSAX2GetLineNumber(parser), reason);
	progress->stopped = true;
	xmlStopParser(parser);
}

#if LIBXML_VERSION >= 21200
typedef const xmlError said_error;
#else
typedef xmlError said_error;
#endif

/* libxml2 ends its messages with a newline and quotes the document in them; one printable line is wanted. */
static void hear(void *context, said_error *said)
{
	struct progress *progress = ((xmlParserCtxt *)context)->_private;
	char reason[sizeof(progress->reason)];

	if (!said->message)
		return;
	(void)snprintf(reason, sizeof(reason), "%s", said->message);
	reason[strcspn(reason, "\n")] = '\0';
	for (char *at = reason; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	/* libvirt tolerates what is less, such as a prefix without a namespace, and so prints it. */
	if (said->level >= XML_ERR_FATAL) {
		note(progress, said->line, reason);
	} else if (said->domain == XML_FROM_NAMESPACE && !*progress->namespace_reason) {
		progress->namespace_line = said->line;
		(void)snprintf(progress->namespace_reason, sizeof(progress->namespace_reason), "%s", reason);
	}
}

static void refuse_dtd(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name;
	(void)external;
	(void)system;
	stop(context, "a document type declaration is not allowed in a domain's XML");
}

static void start_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *namespace,
			  int namespace_count, const xmlChar **namespaces, int attribute_count, int default_count,
			  const xmlChar **attributes)
{
	xmlParserCtxt *parser = context;
	struct progress *progress = parser->_private;

	if (++progress->depth > LEND_XML_DEPTH_MAX) {
		stop(parser, "elements are nested more than 256 levels deep");
		return;
	}
	xmlSAX2StartElementNs(context, name, prefix, namespace, namespace_count, namespaces, attribute_count,
			      default_count, attributes);
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *namespace)
{
	struct progress *progress = ((xmlParserCtxt *)context)->_private;

	progress->depth--;
	xmlSAX2EndElementNs(context, name, prefix, namespace);
}

static void free_parser(xmlParserCtxt **parser)
{
	xmlFreeParserCtxt(*parser);
}

static int parse(const char *text, size_t size, bool to_edit, xmlDoc **ret, struct lend_error *error)
{
	_cleanup_(free_parser) xmlParserCtxt *parser = NULL;
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	struct progress progress = { 0 };

	if (size > LEND_XML_SIZE_MAX)
		return lend_error_set(error, -EFBIG, "the XML has %zu bytes, more than 16 MiB", size);
	if (size == 0)
		return lend_error_set(error, -EINVAL, "the XML is empty");
	if (memchr(text, '\0', size))
		return lend_error_set(error, -EINVAL, "the XML holds a NUL byte");

	parser = xmlNewParserCtxt();
	if (!parser)
		return lend_error_set(error, -ENOMEM, "out of memory for parsing XML");
	parser->_private = &progress;
	parser->sax->serror = hear;
	parser->sax->internalSubset = refuse_dtd;
	parser->sax->startElementNs = start_element;
	parser->sax->endElementNs = end_element;

	document = xmlCtxtReadMemory(parser, text, (int)size, NULL, "UTF-8",
				     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES);
	if (progress.stopped || !document || !xmlDocGetRootElement(document))
		return lend_error_set(error, -EINVAL, "line %d: %s", progress.line,
				      *progress.reason ? progress.reason : "it is not well-formed XML");
	if (to_edit && !parser->nsWellFormed)
		return lend_error_set(error, -EINVAL, "line %d: %s", progress.namespace_line,
				      *progress.namespace_reason ? progress.namespace_reason
								 : "its namespaces are not well-formed");
	*ret = TAKE_PTR(document);
	return 0;
}

int lend_xml_parse(const char *text, size_t size, xmlDoc **ret, struct lend_error *error)
{
	return parse(text, size, false, ret, error);
}

int lend_xml_parse_to_edit(const char *text, size_t size, xmlDoc **ret, struct lend_error *error)
{
	return parse(text, size, true, ret, error);
}

/* The library would be loaded only to free nothing. */
void lend_xml_freep(xmlDoc **document)
{
	if (*document)
		xmlFreeDoc(*document);
}

void lend_xml_node_freep(xmlNode **node)
{
	if (*node)
		xmlFreeNode(*node);
}

bool lend_xml_is(const xmlNode *node, const char *namespace, const char *name)
{
	const char *own;

	/* libxml2 keeps short texts in the fields that only elements have. */
	if (node->type != XML_ELEMENT_NODE || strcmp((const char *)node->name, name) != 0)
		return false;
	own = node->ns ? (const char *)node->ns->href : NULL;
	return namespace ? own && strcmp(own, namespace) == 0 : !own;
}

xmlNode *lend_xml_child(const xmlNode *parent, const char *namespace, const char *name)
{
	for (xmlNode *node = parent ? parent->children : NULL; node; node = node->next)
		if (lend_xml_is(node, namespace, name))
			return node;
	return NULL;
}

xmlNode *lend_xml_next(const xmlNode *node)
{
	const char *namespace = node->ns ? (const char *)node->ns->href : NULL;

	for (xmlNode *next = node->next; next; next = next->next)
		if (lend_xml_is(next, namespace, (const char *)node->name))
			return next;
	return NULL;
}

/* Without a DTD there are no entity references, so a value is at most one text node. */
static const char *only_text(const xmlNode *children)
{
	return children && children->content ? (const char *)children->content : "";
}

const char *lend_xml_attribute(const xmlNode *node, const char *name)
{
	const xmlAttr *attribute = xmlHasNsProp(node, (const xmlChar *)name, NULL);

	return attribute ? only_text(attribute->children) : NULL;
}

bool lend_xml_attribute_is(const xmlNode *node, const char *name, const char *value)
{
	const char *is = lend_xml_attribute(node, name);

	return is && strcmp(is, value) == 0;
}

const char *lend_xml_text(const xmlNode *node)
{
	return only_text(node->children);
}

/* libvirt reads 010 as octal; whoever wrote it may have meant ten. Small numbers are the same either way. */
static bool is_ambiguous(const char *text)
{
	size_t zeros = strspn(text, "0");

	return zeros && (strlen(text + zeros) > 1 || strchr("89", text[zeros])) && isdigit((unsigned char)text[zeros]);
}

int lend_xml_number(const xmlNode *node, const char *name, uint64_t max, uint64_t *ret, struct lend_error *error)
{
	const char *text = lend_xml_attribute(node, name);
	uint64_t value;
	int r;

	if (!text)
		return 0;
	r = lend_text_to_u64(text, 0, &value);
	if (r < 0 || is_ambiguous(text))
		return lend_xml_fail(error, node, "<%s>: %s='%.40s' is not a number", node->name, name, text);
	if (value > max)
		return lend_xml_fail(error, node, "<%s>: %s='%.40s' is more than %#" PRIx64, node->name, name, text,
				     max);
	*ret = value;
	return 0;
}
