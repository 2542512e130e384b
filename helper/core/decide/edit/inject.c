/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What assign puts into a definition. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"

int lend_edit_inject(const char *xml, size_t size, const struct lend_edit_request *request,
		     const struct lend_templates *templates, char **ret, struct lend_edit_report *ret_report,
		     struct lend_error *error)
{
	_cleanup_(edit_clear) struct edit edit = { .templates = templates,
						   .libvirt = request->libvirt,
						   .igd_anywhere = request->igd_anywhere };
	_cleanup_free_ char *before = NULL;
	int r;

	r = edit_open(&edit, xml, size, error);
	if (r < 0)
		return r;
	before = lend_xml_format(edit.document);

	r = edit_move_all(&edit, request->moves, request->move_count, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < request->count; i++)
		if (lend_policy_put(&edit.policy, &request->devices[i]) < 0)
			return edit_out_of_memory(error);
	edit.policy.take_group |= request->take_group;

	for (size_t i = 0; i < edit.policy.count; i++) {
		r = edit_add_hostdev(&edit, &edit.policy.devices[i], error);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < request->count; i++) {
		r = edit_check_rom(&edit, &request->devices[i], error);
		if (r < 0)
			return r;
	}
	if (request->mmio_low)
		edit.policy.mmio_low = request->mmio_low;
	if (request->mmio_high)
		edit.policy.mmio_high = request->mmio_high;
	r = edit_make_room(&edit, &request->window, error);
	if (r < 0)
		return r;
	if (edit.policy.count) {
		r = edit_set_stop(&edit, error);
		if (r == 0)
			r = edit_write_policy(&edit, error);
		if (r < 0)
			return r;
	}
	return edit_close(&edit, before, ret, ret_report, error);
}
