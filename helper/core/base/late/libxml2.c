/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/late.h"

static struct lend_late_library library = { .soname = LENDPCI_XML2_SONAME, .package = "libxml2" };

LEND_LATE_FUNCTION(xmlAddChild);
LEND_LATE_FUNCTION(xmlAddNextSibling);
LEND_LATE_FUNCTION(xmlAddPrevSibling);
LEND_LATE_FUNCTION(xmlBufferContent);
LEND_LATE_FUNCTION(xmlBufferCreate);
LEND_LATE_FUNCTION(xmlBufferFree);
LEND_LATE_FUNCTION(xmlCtxtReadMemory);
LEND_LATE_FUNCTION(xmlDocCopyNode);
LEND_LATE_FUNCTION(xmlDocGetRootElement);
LEND_LATE_FUNCTION(xmlFreeDoc);
LEND_LATE_FUNCTION(xmlFreeNode);
LEND_LATE_FUNCTION(xmlFreeNs);
LEND_LATE_FUNCTION(xmlFreeNsList);
LEND_LATE_FUNCTION(xmlFreeParserCtxt);
LEND_LATE_FUNCTION(xmlGetLineNo);
LEND_LATE_FUNCTION(xmlHasNsProp);
LEND_LATE_FUNCTION(xmlIsBlankNode);
LEND_LATE_FUNCTION(xmlNewChild);
LEND_LATE_FUNCTION(xmlNewDocNode);
LEND_LATE_FUNCTION(xmlNewDocText);
LEND_LATE_FUNCTION(xmlNewNs);
LEND_LATE_FUNCTION(xmlNewParserCtxt);
LEND_LATE_FUNCTION(xmlNewProp);
LEND_LATE_FUNCTION(xmlNodeDump);
LEND_LATE_FUNCTION(xmlNodeSetContent);
LEND_LATE_FUNCTION(xmlRemoveProp);
LEND_LATE_FUNCTION(xmlReplaceNode);
LEND_LATE_FUNCTION(xmlSAX2EndElementNs);
LEND_LATE_FUNCTION(xmlSAX2GetLineNumber);
LEND_LATE_FUNCTION(xmlSAX2StartElementNs);
LEND_LATE_FUNCTION(xmlSearchNsByHref);
LEND_LATE_FUNCTION(xmlSetNs);
LEND_LATE_FUNCTION(xmlSetProp);
LEND_LATE_FUNCTION(xmlStopParser);
LEND_LATE_FUNCTION(xmlUnlinkNode);
LEND_LATE_FUNCTION(xmlUnsetProp);
