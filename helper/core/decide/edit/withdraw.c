/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What unassign takes out of a definition. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"

/* The devices to take out: those named, which the policy must have, or everything that was ever injected. */
static int choose_devices(const struct edit *edit, const struct lend_address *devices, size_t count,
			  struct lend_addresses *ret, struct lend_error *error)
{
	if (!count) {
		for (size_t i = 0; i < edit->policy.count; i++)
			if (lend_addresses_add(ret, edit->policy.devices[i].address) < 0)
				return edit_out_of_memory(error);
		/* Also what lost its policy to somebody's editor. */
		return edit_collect_ours(edit, ret, error);
	}
	for (size_t i = 0; i < count; i++) {
		if (!lend_policy_find(&edit->policy, devices[i]))
			return lend_error_set(error, -ENOENT, "%s: it is not assigned to this domain",
					      lend_address_text(devices[i]).text);
		if (lend_addresses_add(ret, devices[i]) < 0)
			return edit_out_of_memory(error);
	}
	return 0;
}

int lend_edit_withdraw(const char *xml, size_t size, const struct lend_address *devices, size_t count,
		       const struct lend_window *window, const struct lend_templates *templates, char **ret,
		       struct lend_edit_report *ret_report, struct lend_error *error)
{
	static const struct lend_window nothing = { 0 };
	_cleanup_(lend_addresses_clear) struct lend_addresses gone = { 0 };
	_cleanup_(edit_clear) struct edit edit = { .templates = templates };
	_cleanup_free_ char *before = NULL;
	int r;

	r = edit_open(&edit, xml, size, error);
	if (r < 0)
		return r;
	before = lend_xml_format(edit.document);
	r = choose_devices(&edit, devices, count, &gone, error);
	if (r < 0)
		return r;

	for (size_t i = 0; i < gone.count; i++) {
		edit_remove_hostdev(&edit, gone.items[i]);
		lend_policy_drop(&edit.policy, gone.items[i]);
	}
	edit_remove_vacant_ports(&edit);
	if (!edit.policy.count)
		window = &nothing;
	r = window ? edit_make_room(&edit, window, error) : 0;
	if (r < 0)
		return r;
	if (edit.policy.count) {
		r = edit_write_policy(&edit, error);
		if (r < 0)
			return r;
	} else {
		edit_forget_root(&edit);
		edit_restore_stop(&edit);
		edit_remove_policy(&edit);
	}
	return edit_close(&edit, before, ret, ret_report, error);
}
