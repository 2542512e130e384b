/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes in libvirt's XML. Source: docs/formatdomain.rst, src/util/virutil.c (virScaleInteger). */
#include <errno.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"
#include "lendpci/know/domain/xml.h"

static const struct {
	const char *name;
	uint64_t bytes;
} units[] = {
	{ "KiB", 1ULL << 10 }, { "k", 1ULL << 10 },     { "KB", 1000 },       { "b", 1 },
	{ "bytes", 1 },        { "MiB", 1ULL << 20 },   { "M", 1ULL << 20 },  { "MB", 1000000 },
	{ "GiB", 1ULL << 30 }, { "G", 1ULL << 30 },     { "GB", 1000000000 }, { "TiB", 1ULL << 40 },
	{ "T", 1ULL << 40 },   { "TB", 1000000000000 },
};

int lend_xml_size(const xmlNode *node, uint64_t *ret, struct lend_error *error)
{
	const char *unit = lend_xml_attribute(node, "unit"), *text = lend_xml_text(node);
	uint64_t value, factor = 0;

	for (size_t i = 0; i < LEND_ARRAY_SIZE(units); i++)
		if (strcasecmp(unit ? unit : "KiB", units[i].name) == 0)
			factor = units[i].bytes;
	if (!factor || lend_text_to_u64(text, 10, &value) < 0 || __builtin_mul_overflow(value, factor, ret))
		return lend_xml_fail(error, node, "<%.40s>: '%.40s' %.40s is not a size", node->name, text,
				     unit ? unit : "");
	return 0;
}
