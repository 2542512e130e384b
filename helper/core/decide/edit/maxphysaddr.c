/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The width of the guest CPU's addresses, <maxphysaddr>: set to what is wanted now, taken out again when nothing is.
 *
 * The policy remembers what is ours; what somebody else has written, or has changed since, is theirs and stays.
 */
#include <errno.h>
#include <stdio.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/template.h"

static bool same_width(struct lend_width a, struct lend_width b)
{
	return a.mode == b.mode && a.bits == b.bits;
}

/* The last element of @parent that has one of the names; NULL for none. */
static xmlNode *last_of(const xmlNode *parent, const char *const *names, size_t count)
{
	xmlNode *last = NULL;

	for (size_t i = 0; i < count; i++)
		for (xmlNode *node = lend_xml_child(parent, NULL, names[i]); node; node = lend_xml_next(node))
			last = node;
	return last;
}

static int make_width(struct edit *edit, struct lend_width width, xmlNode **ret, struct lend_error *error)
{
	const bool is_emulated = width.mode == LEND_WIDTH_EMULATE;
	char bits[16] = "";

	if (width.bits)
		(void)snprintf(bits, sizeof(bits), "%u", width.bits);
	return lend_template_make(
		edit->templates, LEND_TEMPLATE_MAXPHYSADDR,
		(const struct lend_template_value[]){ { "mode", is_emulated ? "emulate" : "passthrough" },
						      { "bits", is_emulated ? bits : "" },
						      { "limit", is_emulated ? "" : bits },
						      { NULL, NULL } },
		edit->document, ret, error);
}

int edit_set_width(struct edit *edit, struct lend_width want, struct lend_error *error)
{
	/* libvirt prints it behind these. */
	static const char *const before_it[] = { "model", "vendor", "topology", "cache" };
	xmlNode *cpu = lend_xml_child(edit->domain, NULL, "cpu"), *old = lend_xml_child(cpu, NULL, "maxphysaddr");
	struct lend_width *ours = &edit->policy.before.width_ours, now = { 0 };
	xmlNode *anchor, *node;
	int r;

	r = old ? lend_guest_read_width(old, &now, error) : 0;
	if (r < 0)
		return r;
	if (!cpu || (old && !same_width(now, *ours)) || (same_width(now, want) && same_width(now, *ours)))
		return 0;
	if (want.mode != LEND_WIDTH_DEFAULT) {
		r = make_width(edit, want, &node, error);
		if (r < 0)
			return r;
		anchor = last_of(cpu, before_it, LEND_ARRAY_SIZE(before_it));
		if (old)
			edit_replace(old, node);
		else if (anchor)
			edit_insert_after(anchor, node);
		else
			edit_append(cpu, node);
	} else if (old) {
		edit_remove(old);
	}
	*ours = want;
	return 0;
}
