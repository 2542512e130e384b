/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The window for 64-bit BARs: <pcihole64> of the root controller. Only q35 and i440fx have one.
 *
 * The policy remembers what was there. A value that somebody set after assign is theirs and is never put back.
 */
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/know/domain/template.h"

static int make_window(struct edit *edit, uint64_t bytes, xmlNode **ret, struct lend_error *error)
{
	char kib[24];

	(void)snprintf(kib, sizeof(kib), "%" PRIu64, bytes / 1024);
	return lend_template_make(edit->templates, LEND_TEMPLATE_PCIHOLE64,
				  (const struct lend_template_value[]){ { "kib", kib }, { NULL, NULL } },
				  edit->document, ret, error);
}

/* libvirt adds the root controller by itself; to say something about it, it has to be spelt out. */
static xmlNode *make_root(struct edit *edit)
{
	xmlNode *first = lend_xml_child(edit->devices, NULL, "controller");
	xmlNode *root = xmlNewDocNode(edit->document, NULL, (const xmlChar *)"controller", NULL);

	if (!root)
		return NULL;
	(void)xmlNewProp(root, (const xmlChar *)"type", (const xmlChar *)"pci");
	(void)xmlNewProp(root, (const xmlChar *)"index", (const xmlChar *)"0");
	(void)xmlNewProp(root, (const xmlChar *)"model", (const xmlChar *)(edit->pcie ? "pcie-root" : "pci-root"));
	if (first)
		edit_insert_after(first, root);
	else
		edit_append(edit->devices, root);
	edit->policy.before.no_root = true;
	return root;
}

/* Makes the window @bytes large; 0 takes the element out. */
static int set_window(struct edit *edit, uint64_t bytes, struct lend_error *error)
{
	xmlNode *root = edit_pci_controller(edit, 0), *old = lend_xml_child(root, NULL, "pcihole64"), *hole;
	int r;

	edit->report.pcihole64 = bytes;
	if (!bytes) {
		if (old)
			edit_remove(old);
		return 0;
	}
	r = make_window(edit, bytes, &hole, error);
	if (r < 0)
		return r;
	if (!root)
		root = make_root(edit);
	if (!root) {
		xmlFreeNode(hole);
		return lend_error_set(error, -ENOMEM, "out of memory for a <controller>");
	}
	if (old)
		edit_replace(old, hole);
	else
		edit_append(root, hole);
	return 0;
}

static int read_current(const struct edit *edit, uint64_t *ret, struct lend_error *error)
{
	const xmlNode *hole = lend_xml_child(edit_pci_controller(edit, 0), NULL, "pcihole64");

	*ret = 0;
	return hole ? lend_xml_size(hole, ret, error) : 0;
}

int edit_set_window(struct edit *edit, uint64_t bytes, struct lend_error *error)
{
	struct lend_policy_before *before = &edit->policy.before;
	uint64_t now, theirs, want;
	bool is_ours;
	int r;

	r = read_current(edit, &now, error);
	if (r < 0)
		return r;
	is_ours = before->pcihole64_ours && now == before->pcihole64_ours;
	theirs = is_ours ? before->pcihole64 : now;
	want = edit->x86 && bytes > theirs ? bytes : theirs;

	edit->report.pcihole64 = now;
	edit->report.pcihole64_was_there = theirs && want == theirs;
	if (want == theirs) {
		/* A value that somebody set after assign is theirs, and what was before it is of no interest any more.
		 */
		before->pcihole64 = before->pcihole64_ours = 0;
	} else {
		before->pcihole64 = theirs;
		before->pcihole64_ours = want;
	}
	return want == now ? 0 : set_window(edit, want, error);
}

void edit_forget_root(struct edit *edit)
{
	xmlNode *root = edit_pci_controller(edit, 0);

	if (edit->policy.before.no_root && root && !edit_last_element(root))
		edit_remove(root);
}
