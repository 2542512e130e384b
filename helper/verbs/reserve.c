/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reserve and unreserve: whether the host's drivers get a device at boot. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assignment/make.h"
#include "assignment/objections.h"
#include "cli/device_argument.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/own_connection.h"
#include "cli/program.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/holders/find.h"
#include "lendpci/know/pci/reservations.h"
#include "reservation/initramfs.h"
#include "verbs/table.h"

static int write_list(const struct lend_fs *fs, const struct lend_reservations *reservations, struct lend_error *error)
{
	_cleanup_free_ char *text = lend_reservations_format(reservations);
	int r;

	if (!text)
		return lend_error_set(error, -ENOMEM, "out of memory for what is reserved");
	r = lend_fs_make_dir(fs, "etc/lendpci", error);
	return r < 0 ? r : lend_fs_replace(fs, LEND_RESERVED_PATH, text, error);
}

/* The list holds by itself for what is loaded from the real root; drivers in the initramfs are loaded earlier. */
static int update_initramfs(struct lend_error *error)
{
	const char *command = NULL;
	int r;

	r = lend_initramfs_update(&command, error);
	if (r > 0)
		lend_say("the initramfs was made anew: %s", command);
	else if (r == 0)
		lend_tell(
			"reserve", "leave that driver out of the initramfs",
			"this host has no initramfs tool that lendpci knows, so a driver that the initramfs loads still gets the device");
	return r < 0 ? r : 0;
}

static int print_json(const struct lend_reservations *reservations, struct lend_error *error)
{
	json_t *array = json_array();

	for (size_t i = 0; i < reservations->count; i++) {
		const struct lend_reservation *one = &reservations->items[i];
		char vendor[8], device[8];

		(void)snprintf(vendor, sizeof(vendor), "0x%04x", one->vendor);
		(void)snprintf(device, sizeof(device), "0x%04x", one->device);
		(void)json_array_append_new(array, json_pack("{s:s s:s s:s}", "location_path", one->location, "vendor",
							     vendor, "device", device));
	}
	if (lend_print_json_array(array, reservations->count) < 0)
		return lend_error_set(error, -ENOMEM, "out of memory for what is reserved");
	return 0;
}

static void print_text(const struct lend_reservations *reservations)
{
	for (size_t i = 0; i < reservations->count; i++) {
		const struct lend_reservation *one = &reservations->items[i];

		lend_say("%s  %04x:%04x", one->location, one->vendor, one->device);
	}
}

/* Without the disk that it boots from, the host would not boot. */
static int refuse_disks_in_use(const struct lend_fs *fs, const struct lend_assignment *assignment,
			       struct lend_error *error)
{
	for (size_t i = 0; i < assignment->count; i++) {
		const struct lend_function *facts = &assignment->functions[i].facts;
		_cleanup_(lend_holders_clear) struct lend_holders holders = { 0 };
		_cleanup_free_ char *who = NULL;
		int r;

		if (facts->class >> 16 != 0x01)
			continue;
		r = lend_holders_find(fs, &facts->address, 1, &holders, error);
		if (r < 0)
			return r;
		if (!holders.count)
			continue;
		who = lend_holder_describe(&holders.items[0]);
		lend_error_set(error, -EBUSY,
			       "%s: the host would be without it at its next boot, and it is in use by %s",
			       lend_address_text(facts->address).text, who ? who : holders.items[0].command);
		return lend_error_hint(error, -EBUSY, "take it out of /etc/fstab and end its use, then reserve it");
	}
	return 0;
}

static void warn(const struct lend_fs *fs, const struct lend_assignment *assignment)
{
	lend_own_connection_warn(fs, "reserve", &assignment->plan);
	for (size_t i = 0; i < assignment->count; i++) {
		const struct lend_address address = assignment->functions[i].facts.address;

		if (lend_addresses_contain(&assignment->inventory.screens, address))
			lend_warn(
				"reserve", "make sure that you can reach the host over the network",
				"%s: it shows the host's screen, which stays as the firmware left it from the next boot on",
				lend_address_text(address).text);
	}
}

static int add_all(const struct lend_fs *fs, const struct lend_assignment *assignment,
		   struct lend_reservations *reservations, struct lend_error *error)
{
	for (size_t i = 0; i < assignment->count; i++) {
		struct lend_reservation one;
		int r;

		r = lend_reservation_make(fs, &assignment->functions[i].facts, &one, error);
		if (r < 0)
			return r;
		r = lend_reservations_put(reservations, &one);
		if (r < 0)
			return lend_error_set(error, r, "%s: no room for it in /" LEND_RESERVED_PATH,
					      lend_address_text(assignment->functions[i].facts.address).text);
	}
	return 0;
}

static int reserve(const struct lend_call *call, const struct lend_fs *fs, struct lend_reservations *reservations,
		   struct lend_error *error)
{
	_cleanup_(lend_assignment_clear) struct lend_assignment assignment = { 0 };
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	int r;

	r = lend_device_arguments(fs, call->arguments, call->count, &wanted, error);
	if (r != 0)
		return r;
	r = lend_assignment_make(fs, &wanted, false, &assignment, error);
	if (r == 0)
		r = refuse_disks_in_use(fs, &assignment, error);
	if (r == 0)
		r = lend_objections_to_assignment(fs, &assignment, false, "reserve", error);
	if (r == 0)
		r = add_all(fs, &assignment, reservations, error);
	if (r == 0)
		r = write_list(fs, reservations, error);
	if (r < 0)
		return r;
	warn(fs, &assignment);
	for (size_t i = 0; i < assignment.count; i++)
		lend_say("%s: reserved: from the next boot on no host driver gets it",
			 lend_address_text(assignment.functions[i].facts.address).text);
	return update_initramfs(error);
}

int lend_verb_reserve(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_reservations_clear) struct lend_reservations reservations = { 0 };
	_cleanup_(lend_program_close) struct lend_program program;
	int r;

	r = lend_program_open(call, true, &program, error);
	if (r < 0)
		return r;
	r = lend_reservations_read(program.fs, &reservations, error);
	if (r < 0)
		return r;
	if (!call->count && call->json)
		return print_json(&reservations, error);
	if (!call->count) {
		print_text(&reservations);
		return 0;
	}
	if (!lend_fs_is_host(program.fs) || call->json)
		return lend_error_set(error, LEND_EXIT_USAGE, "--%s: only without a DEVICE, to show what is reserved",
				      call->json ? "json" : "sysroot");
	return reserve(call, program.fs, &reservations, error);
}

/* Drops what @argument means from the list, a card that is gone too. LEND_EXIT_USAGE for what is no device. */
static int drop(const struct lend_fs *fs, char *argument, struct lend_reservations *reservations,
		struct lend_error *error)
{
	_cleanup_(lend_assignment_clear) struct lend_assignment assignment = { 0 };
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	bool dropped = lend_reservations_drop(reservations, argument);
	struct lend_address address;
	int r;

	if (dropped && lend_location_resolve(fs, argument, &address, NULL) < 0)
		return 0;
	r = lend_device_arguments(fs, &argument, 1, &wanted, error);
	if (r != 0)
		return r;
	/* Its companions, as they were reserved with it; what is no plan any more has none. */
	(void)lend_assignment_make(fs, &wanted, true, &assignment, NULL);
	for (size_t i = 0; i < wanted.count + assignment.count; i++) {
		char location[LEND_LOCATION_MAX];

		address = i < wanted.count ? wanted.items[i] : assignment.functions[i - wanted.count].facts.address;
		if (lend_location_path(fs, address, location, sizeof(location), NULL) == 0)
			dropped |= lend_reservations_drop(reservations, location);
	}
	return dropped ? 0 : lend_error_set(error, -ENOENT, "%.100s: it is not reserved", argument);
}

int lend_verb_unreserve(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_reservations_clear) struct lend_reservations reservations = { 0 };
	_cleanup_(lend_program_close) struct lend_program program;
	int r;

	r = lend_program_open(call, true, &program, error);
	if (r == 0)
		r = lend_reservations_read(program.fs, &reservations, error);
	for (size_t i = 0; r == 0 && i < call->count; i++)
		r = drop(program.fs, call->arguments[i], &reservations, error);
	if (r == 0)
		r = write_list(program.fs, &reservations, error);
	if (r != 0)
		return r;
	for (size_t i = 0; i < call->count; i++)
		lend_say("%s: from the next boot on its host driver gets it again", call->arguments[i]);
	return update_initramfs(error);
}
