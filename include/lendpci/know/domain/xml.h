/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/base/error.h"

struct lend_address;

/** Bounds of what is read: far above any domain that libvirt prints, far below what hurts. */
enum { LEND_XML_SIZE_MAX = 16 * 1024 * 1024, LEND_XML_DEPTH_MAX = 256 };

/**
 * Parses hostile XML. No network, no DTD and so no entities, UTF-8 only, bounded by LEND_XML_SIZE_MAX bytes and
 * LEND_XML_DEPTH_MAX levels. -EINVAL with `line 7: reason`, -EFBIG when it is too long. @ret is the caller's,
 * lend_xml_freep() releases it.
 */
int lend_xml_parse(const char *text, size_t size, xmlDoc **ret, struct lend_error *error);

/**
 * The same, for who writes it again: also -EINVAL for namespaces that are not well-formed. A prefix that is declared
 * nowhere libxml2 keeps as part of a name, or drops, and what is written from that may be another document or none.
 */
int lend_xml_parse_to_edit(const char *text, size_t size, xmlDoc **ret, struct lend_error *error);
void lend_xml_freep(xmlDoc **document);
void lend_xml_node_freep(xmlNode **node);

/**
 * Writes a document as libvirt does: no declaration, single quotes, and the `<metadata>` as libxml2 prints it. What
 * libvirt printed comes back byte for byte. NULL when memory runs out; the text is the caller's.
 */
char *lend_xml_format(const xmlDoc *document);

/** Whether @node is the element @name in @namespace (a URI; NULL for an element in none). */
bool lend_xml_is(const xmlNode *node, const char *namespace, const char *name);

/** The first child element of that name, and the next sibling with the name and namespace of @node. NULL for none. */
xmlNode *lend_xml_child(const xmlNode *parent, const char *namespace, const char *name);
xmlNode *lend_xml_next(const xmlNode *node);

/** An attribute's value, borrowed until it changes; NULL when it is not there. Attributes in a namespace do not count.
 */
const char *lend_xml_attribute(const xmlNode *node, const char *name);

/** The attribute says exactly that. */
bool lend_xml_attribute_is(const xmlNode *node, const char *name, const char *value);

/** Text of an element without child elements, borrowed; "" when it is empty. */
const char *lend_xml_text(const xmlNode *node);

/**
 * Reads a number as libvirt takes it, hexadecimal with 0x and decimal otherwise, up to @max. An attribute that is not
 * there leaves @ret as it is. -EINVAL with the element, the attribute and the line.
 */
int lend_xml_number(const xmlNode *node, const char *name, uint64_t max, uint64_t *ret, struct lend_error *error);

/**
 * Reads an element that is a size, as `<memory unit='KiB'>`: in libvirt's units, KiB without one. @ret is in bytes.
 * -EINVAL with the element and the line.
 */
int lend_xml_size(const xmlNode *node, uint64_t *ret, struct lend_error *error);

/**
 * Reads the host's function that a device of a domain has as its `<source>`: a hostdev, a network interface of that
 * kind, an NVMe disk. -EINVAL with the element and the line when it has none.
 */
int lend_xml_source(const xmlNode *device, struct lend_address *ret, struct lend_error *error);

/** The namespace of what libvirt hands to QEMU as it is, `<qemu:commandline>`. */
#define LEND_XML_QEMU "http://libvirt.org/schemas/domain/qemu/1.0"

/** Sets an error that names @node's line: `line 7: …`. Yields -EINVAL. */
#define lend_xml_fail(error, node, format, ...)                                                                        \
	lend_error_set(error, -EINVAL, "line %ld: " format, xmlGetLineNo(node), ##__VA_ARGS__)
