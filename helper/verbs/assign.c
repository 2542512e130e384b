/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lendpci assign DOMAIN DEVICE... */
#include <stdio.h>
#include <string.h>

#include "assignment/definition.h"
#include "assignment/definition_check.h"
#include "assignment/inject.h"
#include "assignment/make.h"
#include "assignment/objections.h"
#include "assignment/options.h"
#include "assignment/rebar.h"
#include "assignment/rivals.h"
#include "assignment/rom.h"
#include "cli/device_argument.h"
#include "cli/message.h"
#include "cli/own_connection.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/domain/domain.h"
#include "libvirt/connection.h"
#include "verbs/table.h"

/* The hostdev that somebody wrote for @address; NULL for none, or one of ours. */
static const struct lend_hostdev *find_foreign(const struct lend_domain *domain, struct lend_address address)
{
	const struct lend_hostdev *hostdev = lend_domain_hostdev(domain, address);

	return hostdev && !lend_hostdev_is_ours(hostdev) ? hostdev : NULL;
}

static void tell_of_foreign(const struct lend_domain *domain, const struct lend_assignment *assignment)
{
	for (size_t i = 0; i < assignment->count; i++) {
		const struct lend_address address = assignment->functions[i].facts.address;
		const struct lend_hostdev *hostdev = find_foreign(domain, address);

		if (hostdev && hostdev->managed)
			lend_say("%s: %s already had a hostdev that somebody wrote; it stays as it is", domain->name,
				 lend_address_text(address).text);
		else if (hostdev)
			lend_say(
				"%s: %s already had a hostdev that somebody wrote; it gets managed='yes', without which libvirt refuses to start",
				domain->name, lend_address_text(address).text);
	}
}

static void tell_of_rom(const char *name, const struct lend_assign_options *options)
{
	if (options->rom && *options->rom)
		lend_say("%s: %s gets the option ROM %s", name, lend_address_text(options->rom_function).text,
			 options->rom);
	else if (options->rom)
		lend_say("%s: the guest gets the card's own option ROM again", name);
	if (options->rom_bar)
		lend_say("%s: the guest %s the option ROM", name,
			 options->rom_bar == LEND_ROM_BAR_OFF ? "does not see" : "sees");
}

/* Drivers that choose the size of their BAR by themselves, at every probe. */
static bool resizes_by_itself(const char *driver)
{
	return lend_text_has_word("amdgpu i915 xe", driver);
}

static void tell_of_rebar(const char *name, const struct lend_assignment *assignment,
			  const struct lend_assign_options *options)
{
	if (!options->rebar)
		return;
	lend_say("%s: %s has its Resizable BAR at %s while it is on loan", name,
		 lend_address_text(options->rebar_function).text,
		 strcmp(options->rebar, "max") == 0    ? "its largest size"
		 : strcmp(options->rebar, "keep") == 0 ? "the size that it has anyway"
						       : options->rebar);
	for (size_t i = 0; i < assignment->count; i++) {
		const struct lend_function *facts = &assignment->functions[i].facts;

		if (lend_address_equal(facts->address, options->rebar_function) && resizes_by_itself(facts->driver))
			lend_tell(
				name, "if it does not take the card back, leave the size alone: --rebar keep",
				"%s: %s chooses that size by itself whenever it gets the card, and gets it back with the size that it had chosen",
				lend_address_text(facts->address).text, facts->driver);
	}
}

static void tell(const struct lend_definition *definition, const struct lend_assignment *assignment,
		 const struct lend_assign_options *options, const struct lend_injection *injection)
{
	const struct lend_edit_report *report = &injection->report;
	const char *name = definition->domain->name;

	for (size_t i = 0; i < assignment->count; i++) {
		const struct lend_assigned *function = &assignment->functions[i];
		const struct lend_address_text address = lend_address_text(function->facts.address);
		bool was_there = lend_policy_find(&definition->domain->policy, function->facts.address);

		if (was_there)
			lend_say("%s: %s was assigned already", name, address.text);
		else if (function->companion)
			lend_say("%s: %s goes along, the %s function of %s", name, address.text, function->companion,
				 lend_address_text(function->gpu).text);
		else
			lend_say("%s: %s assigned (%04x:%04x)", name, address.text, function->facts.vendor,
				 function->facts.device);
	}
	if (!report->changed)
		return;
	tell_of_foreign(definition->domain, assignment);
	tell_of_rom(name, options);
	tell_of_rebar(name, assignment, options);
	for (size_t i = 0; i < injection->room.why_count; i++)
		lend_say("%s: %s", name, injection->room.why[i]);
	if (injection->room.is_default_hole && report->pcihole64 && !definition->domain->policy.before.pcihole64_ours)
		lend_say("%s: pcihole64 %s, as QEMU has it by itself, is written down", name,
			 lend_size_text(report->pcihole64).text);
	for (size_t i = 0; i < report->stop_count; i++)
		lend_say("%s: %s", name, report->stops[i]);
	lend_say("%s: %s", name,
		 lend_libvirt_is_running(definition->handle)
			 ? "it is running: takes effect after it has been shut down and started again"
			 : "takes effect the next time it starts");
}

/* What is wrong with the definition as it is going to be, whoever wrote it: told, and assigned all the same. */
static int warn_of_result(const struct lend_fs *fs, const struct lend_definition *definition, const char *xml,
			  struct lend_error *error)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	struct lend_error wrong = { 0 };
	int r;

	r = lend_domain_parse(xml, strlen(xml), &domain, error);
	if (r == 0 && lend_definition_check(fs, domain, xml, strlen(xml), &wrong) < 0)
		lend_warn(definition->domain->name, wrong.hint, "%s", wrong.text);
	return r;
}

static int warn(const struct lend_fs *fs, const struct lend_definition *definition,
		const struct lend_assignment *assignment, struct lend_error *error)
{
	const char *name = definition->domain->name;
	struct lend_error saved = { 0 };
	int r;

	r = lend_costs_of_assignment(fs, assignment, name, error);
	if (r < 0)
		return r;
	lend_own_connection_warn(fs, name, &assignment->plan);
	lend_rivals_warn(definition->libvirt, definition->domain, assignment);
	if (lend_objections_to_saved_state(definition->handle, name, &saved) < 0)
		lend_warn(name, saved.hint, "%s", saved.text);
	return 0;
}

int lend_verb_assign(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_definition_clear) struct lend_definition definition = { 0 };
	_cleanup_(lend_assignment_clear) struct lend_assignment assignment = { 0 };
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	_cleanup_(lend_fs_freep) struct lend_fs *fs = NULL;
	_cleanup_free_ char *xml = NULL, *rom = NULL;
	struct lend_assign_options options;
	struct lend_injection injection;
	bool take_group;
	int r;

	r = lend_fs_new(call->sysroot, &fs, error);
	if (r < 0)
		return r;
	if (!lend_fs_is_host(fs) && !call->dry_run)
		return lend_error_set(error, LEND_EXIT_USAGE,
				      "--sysroot: a recorded machine's devices can only be assigned with --dry-run");
	r = lend_device_arguments(fs, call->arguments + 1, call->count - 1, &wanted, error);
	if (r != 0)
		return r;
	r = lend_assign_options_read(call, &options, error);
	if (r != 0)
		return r;
	r = lend_definition_open(call, call->arguments[0], &definition, error);
	if (r < 0)
		return r;
	options.libvirt = lend_libvirt_version(definition.libvirt);

	take_group = call->take_group || definition.domain->policy.take_group;
	r = lend_assignment_make(fs, &wanted, take_group, &assignment, error);
	if (r == 0)
		r = lend_objections_to_drives(definition.domain, &assignment, error);
	if (r == 0)
		r = lend_objections_to_assignment(fs, &assignment, take_group, definition.domain->name, error);
	if (r == 0)
		r = lend_assignment_choose_rebar(call, fs, &assignment, &options, error);
	if (r == 0)
		r = lend_assignment_choose_rom(call, &assignment, definition.domain->name, &options, &rom, error);
	if (r == 0)
		r = lend_assignment_inject(fs, &assignment, &options, definition.domain, definition.xml,
					   definition.size, &xml, &injection, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", definition.domain->name);
	r = warn(fs, &definition, &assignment, error);
	if (r == 0)
		r = warn_of_result(fs, &definition, xml, error);
	if (r < 0)
		return r;
	if (injection.report.changed) {
		r = lend_definition_store(call, &definition, xml, error);
		if (r < 0)
			return r;
	}
	if (!call->dry_run)
		tell(&definition, &assignment, &options, &injection);
	return 0;
}
