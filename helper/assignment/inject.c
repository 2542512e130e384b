/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an assignment to an edited definition: the window that all devices need, cards that moved, the edit. */
#include "assignment/inject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assignment/make.h"
#include "lendpci/act/find_card.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/decide/edit/edit.h"
#include "lendpci/decide/mmio/need.h"
#include "lendpci/know/domain/definition_facts.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/template.h"

static int out_of_memory(struct lend_error *error)
{
	return lend_error_set(error, -ENOMEM, "out of memory for an assignment");
}

static int add_once(struct lend_addresses *addresses, struct lend_address address, struct lend_error *error)
{
	return lend_addresses_add_once(addresses, address) == 0 ? 0 : out_of_memory(error);
}

int lend_assignment_window(const struct lend_fs *fs, const struct lend_addresses *functions,
			   const struct lend_policy_device *devices, size_t count,
			   const struct lend_assign_options *options, const char *xml, size_t size,
			   struct lend_window_plan *ret, struct lend_error *error)
{
	_cleanup_(lend_mmio_facts_clear) struct lend_mmio_facts read = { 0 };
	_cleanup_free_ struct lend_mmio_need *needs = NULL;
	struct lend_window_facts facts = { .guest = &read.guest, .host = &read.host, .libvirt = options->libvirt };
	int r;

	r = lend_mmio_facts_read(fs, functions, devices, count, xml, size, false, &read, error);
	if (r < 0)
		return r;
	needs = calloc(read.count + 1, sizeof(*needs));
	if (!needs)
		return out_of_memory(error);
	for (size_t i = 0; i < read.count; i++)
		needs[i] = lend_mmio_of_device(read.cards[i].functions, read.cards[i].count);
	facts.devices = needs;
	facts.count = read.count;
	facts.firmware = read.firmware;
	facts.low = options->mmio_low ? options->mmio_low : read.guest.mmio_low;
	facts.high = options->mmio_high ? options->mmio_high : read.guest.mmio_high;
	/* What the policy has was asked for, and if need be forced, when it was written. */
	facts.force = options->force || (!options->mmio_low && !options->mmio_high);
	r = lend_window_decide(&facts, ret, error);
	if (r < 0)
		return r;
	/* What QEMU takes anyway, written down: another machine type or QEMU must not take less under a card's feet. */
	if (facts.count && read.guest.x86 && !read.guest.pcihole64 && !ret->set.pcihole64) {
		ret->set.pcihole64 = lend_window_default_hole(&read.guest);
		ret->is_default_hole = true;
	}
	return 0;
}

int lend_assignment_moves(const struct lend_fs *fs, const struct lend_policy *policy, struct lend_edit_move **ret,
			  size_t *ret_count, struct lend_error *ret_problem, struct lend_error *error)
{
	struct lend_edit_move *moves = calloc(policy->count + 1, sizeof(*moves));
	struct lend_error first = { 0 };
	size_t count = 0;

	if (!moves)
		return out_of_memory(error);
	for (size_t i = 0; i < policy->count; i++) {
		const struct lend_address from = policy->devices[i].address;
		struct lend_error problem = { 0 };
		struct lend_address now;

		if (lend_find_card(fs, &policy->devices[i], &now, &problem) == 0) {
			if (!lend_address_equal(from, now))
				moves[count++] = (struct lend_edit_move){ from, now };
		} else if (!*first.text) {
			first = problem;
		}
	}
	if (ret_problem)
		*ret_problem = first;
	*ret = moves;
	*ret_count = count;
	return 0;
}

/* What @domain has, as it is numbered now. */
static int follow(const struct lend_fs *fs, const struct lend_domain *domain, struct lend_edit_move **ret_moves,
		  size_t *ret_count, struct lend_addresses *all, struct lend_error *error)
{
	int r;

	r = lend_assignment_moves(fs, &domain->policy, ret_moves, ret_count, NULL, error);
	if (r == 0)
		r = lend_domain_devices(domain, all, error);
	for (size_t i = 0; r == 0 && i < all->count; i++)
		for (size_t k = 0; k < *ret_count; k++)
			if (lend_address_equal(all->items[i], (*ret_moves)[k].from)) {
				all->items[i] = (*ret_moves)[k].to;
				break;
			}
	return r;
}

/* What the policy will say of each device: what it says, where the devices are now, and what is asked for. */
static int foresee(const struct lend_policy *policy, const struct lend_edit_request *request, struct lend_policy *ret,
		   struct lend_error *error)
{
	for (size_t i = 0; policy && i < policy->count; i++) {
		struct lend_policy_device device = policy->devices[i];

		for (size_t k = 0; k < request->move_count; k++)
			if (lend_address_equal(policy->devices[i].address, request->moves[k].from))
				device.address = request->moves[k].to;
		if (lend_policy_put(ret, &device) < 0)
			return out_of_memory(error);
	}
	for (size_t i = 0; i < request->count; i++)
		if (lend_policy_put(ret, &request->devices[i]) < 0)
			return out_of_memory(error);
	return 0;
}

static struct lend_policy_device policy_of(const struct lend_assigned *function,
					   const struct lend_assign_options *options)
{
	const bool gets_rom =
		options->rom && (*options->rom ? lend_address_equal(options->rom_function, function->facts.address)
					       : !function->companion);
	struct lend_policy_device device = {
		.rom = gets_rom ? (char *)options->rom : NULL, /* borrowed */
		.rom_bar = function->companion ? LEND_ROM_BAR_KEPT : options->rom_bar,
		.address = function->facts.address,
		.location_path = function->location_path,
		.vendor = function->facts.vendor,
		.device = function->facts.device,
		.subsystem_vendor = function->facts.subsystem_vendor,
		.subsystem_device = function->facts.subsystem_device,
		.serial = function->serial,
	};

	if (options->rebar && lend_address_equal(options->rebar_function, device.address))
		(void)snprintf(device.rebar, sizeof(device.rebar), "%s", options->rebar);
	return device;
}

/* Repairing what an earlier version assigned goes on, whatever the machine. */
static int check_machine(const char *xml, size_t size, struct lend_error *error)
{
	struct lend_guest guest;
	int r;

	r = lend_guest_parse(xml, size, &guest, error);
	if (r < 0 || guest.is_known)
		return r;
	lend_error_set(error, -ENOTSUP, "its machine type is '%s'%s, and lendpci knows x86-64's q35 and pc only",
		       guest.machine, guest.x86 ? "" : " of another architecture");
	return lend_error_hint(error, -ENOTSUP,
			       "a hostdev with managed='yes' that somebody writes by hand is lent there, too");
}

int lend_assignment_inject(const struct lend_fs *fs, const struct lend_assignment *assignment,
			   const struct lend_assign_options *options, const struct lend_domain *domain, const char *xml,
			   size_t size, char **ret, struct lend_injection *ret_injection, struct lend_error *error)
{
	_cleanup_(lend_templates_freep) struct lend_templates *templates = NULL;
	_cleanup_(lend_addresses_clear) struct lend_addresses all = { 0 };
	_cleanup_(lend_policy_clear) struct lend_policy foreseen = { 0 };
	_cleanup_free_ struct lend_policy_device *devices = NULL;
	_cleanup_free_ struct lend_edit_move *moves = NULL;
	struct lend_edit_request request = {
		.count = assignment->count,
		.take_group = options->take_group,
		.igd_anywhere = options->force,
		.mmio_low = options->mmio_low,
		.mmio_high = options->mmio_high,
		.libvirt = options->libvirt,
	};
	int r = 0;

	devices = calloc(assignment->count + 1, sizeof(*devices));
	if (!devices)
		return out_of_memory(error);
	if (domain)
		r = follow(fs, domain, &moves, &request.move_count, &all, error);
	request.moves = moves;
	for (size_t i = 0; r == 0 && i < assignment->count; i++) {
		devices[i] = policy_of(&assignment->functions[i], options);
		r = add_once(&all, devices[i].address, error);
	}
	request.devices = devices;

	if (r == 0 && assignment->count)
		r = check_machine(xml, size, error);
	if (r == 0)
		r = foresee(domain ? &domain->policy : NULL, &request, &foreseen, error);
	if (r == 0)
		r = lend_assignment_window(fs, &all, foreseen.devices, foreseen.count, options, xml, size,
					   &ret_injection->room, error);
	if (r == 0)
		r = lend_templates_load(fs, &templates, error);
	if (r < 0)
		return r;
	request.window = ret_injection->room.set;
	return lend_edit_inject(xml, size, &request, templates, ret, &ret_injection->report, error);
}
