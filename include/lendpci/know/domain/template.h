/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libxml/tree.h>

struct lend_error;
struct lend_fs;

/** Where an administrator's own templates lie, below the root. */
#define LEND_TEMPLATE_DIR "etc/lendpci/templates"

/** What lendpci injects, each a file of xml-templates/. */
enum lend_template {
	LEND_TEMPLATE_HOSTDEV,
	LEND_TEMPLATE_ROOT_PORT,
	LEND_TEMPLATE_PCIHOLE64,
	LEND_TEMPLATE_MAXPHYSADDR,
	LEND_TEMPLATE_MMIO64,
	LEND_TEMPLATE_COUNT,
};

struct lend_templates;

/**
 * Loads the templates: an administrator's from LEND_TEMPLATE_DIR where there is one, else those that lendpci was built
 * with. -EINVAL naming file and line for one that is no XML, is another element, has a placeholder that does not exist
 * or lacks one that lendpci depends on.
 */
int lend_templates_load(const struct lend_fs *fs, struct lend_templates **ret, struct lend_error *error);
void lend_templates_free(struct lend_templates *templates);
void lend_templates_freep(struct lend_templates **templates);

/** What a placeholder stands for. An array of them ends with a NULL name. */
struct lend_template_value {
	const char *name;
	const char *value;
};

/**
 * Makes the element of a template for @document, with its placeholders replaced. They are replaced in attribute values
 * and text of the parsed template, so a value can never become markup. An attribute that comes out empty is left out,
 * and so is an element inside that has nothing else. @ret is the caller's to link or free. -ENOMEM.
 */
int lend_template_make(const struct lend_templates *templates, enum lend_template which,
		       const struct lend_template_value *values, xmlDoc *document, xmlNode **ret,
		       struct lend_error *error);
