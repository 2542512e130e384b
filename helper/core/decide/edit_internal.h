/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lendpci/edit.h"
#include "lendpci/function.h"
#include "lendpci/xml.h"

/* Between the parts of the editor: edit.c (the whole), edit_guest.c (ports and hostdevs), edit_window.c, edit_tree.c.
 */

/** A definition being edited. */
struct edit {
	xmlDoc *document;
	xmlNode *domain, *devices; /* borrowed from @document */
	bool pcie;                 /* the root is a pcie-root (q35, virt), not a pci-root (i440fx) */
	bool x86;
	struct lend_policy policy;
	const struct lend_templates *templates;
	struct lend_edit_report report;
};

/* edit_tree.c: nodes with their indentation, so that the text stays readable and comes out as it went in. */
void edit_append(xmlNode *parent, xmlNode *node);
void edit_insert_after(xmlNode *anchor, xmlNode *node);
void edit_replace(xmlNode *old, xmlNode *node);
void edit_remove(xmlNode *node);
xmlNode *edit_last_element(const xmlNode *parent);

/* edit_guest.c */
int edit_find_root_kind(struct edit *edit, struct lend_error *error);
xmlNode *edit_pci_controller(const struct edit *edit, uint64_t index);
xmlNode *edit_last_controller(const struct edit *edit);
int edit_add_hostdev(struct edit *edit, struct lend_address source, struct lend_error *error);
void edit_remove_hostdev(struct edit *edit, struct lend_address source);
int edit_collect_ours(const struct edit *edit, struct lend_addresses *ret, struct lend_error *error);
void edit_remove_vacant_ports(struct edit *edit);

/* edit_window.c */
int edit_widen_window(struct edit *edit, uint64_t bytes, struct lend_error *error);
int edit_restore_window(struct edit *edit, uint64_t bytes, struct lend_error *error);
