/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An administrator's template of a hostdev, and what is made of it. */
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/decide/edit/edit.h"
#include "lendpci/know/domain/template.h"
#include "lendpci/know/domain/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char domain[] =
		"<domain type='kvm'><name>a</name><os><type machine='q35'>hvm</type></os><devices/></domain>";
	static const struct lend_policy_device device = { .address = { .bus = 1 }, .vendor = 0x10de };
	const struct lend_edit_request request = { .devices = &device, .count = 1 };
	_cleanup_(lend_templates_freep) struct lend_templates *templates = NULL;
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	_cleanup_free_ char *made = NULL;
	const struct lend_fs *fs = fuzz_host("lab");
	struct lend_edit_report report;
	struct lend_error error = { 0 };
	int r;

	fuzz_put(LEND_TEMPLATE_DIR "/hostdev.xml", data, size);
	r = lend_templates_load(fs, &templates, &error);
	FUZZ_RULE((r == 0) == (templates != NULL) && (r == 0 || *error.text), "templates, or a sentence");
	if (r < 0 || lend_edit_inject(domain, strlen(domain), &request, templates, &made, &report, NULL) < 0)
		return 0;
	FUZZ_RULE(lend_xml_parse_to_edit(made, strlen(made), &document, NULL) == 0, "what is made of it is XML");
	return 0;
}
