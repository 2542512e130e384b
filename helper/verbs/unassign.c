/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lendpci unassign DOMAIN [DEVICE...] */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "assignment/definition.h"
#include "assignment/inject.h"
#include "cli/device_argument.h"
#include "cli/message.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/decide/edit/edit.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/template.h"
#include "libvirt/connection.h"
#include "verbs/table.h"

/* The device of @policy that has this location path; NULL for none. */
static const struct lend_policy_device *find_by_path(const struct lend_policy *policy, const char *path)
{
	for (size_t i = 0; i < policy->count; i++)
		if (policy->devices[i].location_path && strcasecmp(policy->devices[i].location_path, path) == 0)
			return &policy->devices[i];
	return NULL;
}

/* The functions to take out. Only the definition counts: the card may be gone from the host. */
static int choose(const struct lend_fs *fs, const struct lend_call *call, const struct lend_policy *policy,
		  struct lend_addresses *ret, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses known = { 0 };
	int r = 0;

	for (size_t i = 0; i < policy->count; i++)
		if (lend_addresses_add(&known, policy->devices[i].address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for an assignment");

	for (size_t i = 1; r == 0 && i < call->count; i++) {
		const struct lend_policy_device *device = find_by_path(policy, call->arguments[i]);

		if (!device)
			r = lend_device_arguments_among(fs, call->arguments + i, 1, &known, ret, error);
		else if (lend_addresses_add_once(ret, device->address) < 0)
			r = lend_error_set(error, -ENOMEM, "out of memory for an assignment");
	}
	return r;
}

/* What those which stay need. False when that cannot be told: they keep what they have. */
static bool room_of_rest(const struct lend_fs *fs, const struct lend_definition *definition,
			 const struct lend_addresses *gone, struct lend_window_plan *ret)
{
	const struct lend_assign_options options = { .libvirt = lend_libvirt_version(definition->libvirt) };
	_cleanup_(lend_addresses_clear) struct lend_addresses all = { 0 };
	_cleanup_(lend_addresses_clear) struct lend_addresses rest = { 0 };

	if (lend_domain_devices(definition->domain, &all, NULL) < 0)
		return false;
	for (size_t i = 0; i < all.count; i++)
		if (!lend_addresses_contain(gone, all.items[i]) && lend_addresses_add(&rest, all.items[i]) < 0)
			return false;
	return lend_assignment_window(fs, &rest, definition->domain->policy.devices, definition->domain->policy.count,
				      &options, definition->xml, definition->size, ret, NULL) == 0;
}

static int edit(const struct lend_fs *fs, const struct lend_definition *definition, const struct lend_addresses *gone,
		char **ret_xml, struct lend_edit_report *ret_report, struct lend_error *error)
{
	_cleanup_(lend_templates_freep) struct lend_templates *templates = NULL;
	struct lend_window_plan room;
	bool is_known;
	int r;

	is_known = gone->count && room_of_rest(fs, definition, gone, &room);
	r = lend_templates_load(fs, &templates, error);
	if (r < 0)
		return r;
	return lend_edit_withdraw(definition->xml, definition->size, gone->items, gone->count,
				  is_known ? &room.set : NULL, templates, ret_xml, ret_report, error);
}

static void tell(const struct lend_definition *definition, const struct lend_edit_report *report)
{
	const char *name = definition->domain->name;

	if (!report->changed) {
		lend_say("%s: nothing is assigned to it", name);
		return;
	}
	lend_say("%s: %u %s taken out of its definition", name, report->removed,
		 report->removed == 1 ? "function" : "functions");
	if (lend_libvirt_is_running(definition->handle))
		lend_say("%s: it is running: takes effect when it is shut down", name);
}

int lend_verb_unassign(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_definition_clear) struct lend_definition definition = { 0 };
	_cleanup_(lend_addresses_clear) struct lend_addresses gone = { 0 };
	_cleanup_(lend_fs_freep) struct lend_fs *fs = NULL;
	_cleanup_free_ char *xml = NULL;
	struct lend_edit_report report;
	int r;

	r = lend_fs_new(call->sysroot, &fs, error);
	if (r < 0)
		return r;
	if (!lend_fs_is_host(fs) && !call->dry_run)
		return lend_error_set(error, LEND_EXIT_USAGE,
				      "--sysroot: a recorded machine's devices can only be unassigned with --dry-run");
	r = lend_definition_open(call, call->arguments[0], &definition, error);
	if (r < 0)
		return r;

	r = choose(fs, call, &definition.domain->policy, &gone, error);
	if (r == 0)
		r = edit(fs, &definition, &gone, &xml, &report, error);
	if (r != 0)
		return lend_error_wrap(error, r, "%s", definition.domain->name);
	if (report.changed) {
		r = lend_definition_store(call, &definition, xml, error);
		if (r < 0)
			return r;
	}
	if (!call->dry_run)
		tell(&definition, &report);
	return 0;
}
