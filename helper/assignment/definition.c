/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read a definition, and write it back. */
#include "assignment/definition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/diff.h"
#include "cli/verb.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/xml.h"
#include "libvirt/connection.h"

int lend_definition_open(const struct lend_call *call, const char *name, struct lend_definition *ret,
			 struct lend_error *error)
{
	int r;

	r = lend_libvirt_open(call->connect, &ret->libvirt, error);
	if (r < 0)
		return r;
	r = lend_libvirt_find(ret->libvirt, name, &ret->handle, error);
	if (r < 0)
		return r;
	/* What is only shown should not show a password. */
	r = call->dry_run ? lend_libvirt_definition(ret->handle, &ret->xml, error)
			  : lend_libvirt_definition_to_edit(ret->handle, &ret->xml, error);
	if (r < 0)
		return r;
	ret->size = strlen(ret->xml);
	r = lend_domain_parse(ret->xml, ret->size, &ret->domain, error);
	return r < 0 ? lend_error_wrap(error, r, "%s", name) : 0;
}

void lend_definition_clear(struct lend_definition *definition)
{
	lend_domain_free(definition->domain);
	free(definition->xml);
	lend_libvirt_domain_free(definition->handle);
	lend_libvirt_close(definition->libvirt);
	*definition = (struct lend_definition){ 0 };
}

int lend_definition_store(const struct lend_call *call, const struct lend_definition *definition, const char *xml,
			  struct lend_error *error)
{
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	_cleanup_free_ char *before = NULL;
	int r;

	if (!call->dry_run)
		return lend_libvirt_define(definition->libvirt, definition->domain->name, xml, error);

	/* Both sides in the same handwriting, so that only what changed differs. */
	r = lend_xml_parse(definition->xml, definition->size, &document, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", definition->domain->name);
	before = lend_xml_format(document);
	if (!before || lend_diff_print(stdout, definition->domain->name, before, xml) < 0)
		return lend_error_set(error, -ENOMEM, "%s: out of memory for a diff", definition->domain->name);
	return 0;
}
