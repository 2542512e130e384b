/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a policy to the card on this host: the facts for lend_requested_locate().
 *
 * The kernel wakes a card that sleeps before it reads its configuration space, and its driver may hang in that: so this
 * is read in a child, and only where there is a serial number to compare with.
 */
#include "lendpci/act/find_card.h"

#include <errno.h>
#include <stdio.h>

#include "lendpci/act/isolate.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/decide/requested.h"
#include "lendpci/know/domain/policy.h"
#include "lendpci/know/pci/capabilities.h"
#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/location_path.h"

static int read_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			 struct lend_error *error)
{
	const struct lend_address *address = input;
	struct lend_capabilities capabilities;
	uint64_t *serial = output;
	int r;

	(void)snprintf(progress->doing, sizeof(progress->doing), "reading its serial number");
	r = lend_capabilities_read(fs, *address, &capabilities, error);
	if (r == 0)
		*serial = capabilities.serial;
	return r;
}

/* The card is there, and what was assigned of it is made anew at each boot. A VF lies on its card's bus, as a rule. */
static int refuse_without_vfs(const struct lend_fs *fs, struct lend_address place, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses all = { 0 };

	if (lend_functions_list(fs, &all, NULL) < 0)
		return 0;
	for (size_t i = 0; i < all.count; i++) {
		const struct lend_address_text name = lend_address_text(all.items[i]);
		uint32_t total = 0, now = 0;

		if (all.items[i].domain != place.domain || all.items[i].bus != place.bus)
			continue;
		(void)lend_function_count(fs, all.items[i], "sriov_totalvfs", &total, NULL);
		(void)lend_function_count(fs, all.items[i], "sriov_numvfs", &now, NULL);
		if (!total || now)
			continue;
		lend_error_set(error, -ENODEV,
			       "%s: it is a virtual function, and its physical function %s has none now",
			       lend_address_text(place).text, name.text);
		return lend_error_hint(
			error, -ENODEV,
			"'lendpci vfs %s COUNT' makes them (%u at most), now and at each boot from then on", name.text,
			total);
	}
	return 0;
}

int lend_find_card(const struct lend_fs *fs, const struct lend_policy_device *device, struct lend_address *ret,
		   struct lend_error *error)
{
	struct lend_address place = device->address;
	struct lend_error failure = { 0 };
	struct lend_function function;
	uint64_t serial = 0;
	int r = 0;

	if (device->location_path)
		r = lend_location_resolve(fs, device->location_path, &place, &failure);
	if (r == 0)
		r = lend_function_read(fs, place, &function, &failure);
	if (r == 0 && device->serial)
		r = lend_isolate(fs, lend_address_text(place).text, LEND_WAKE_MS, read_in_child, &place, &serial,
				 sizeof(serial), NULL, &failure);
	if (r == -ENODEV && refuse_without_vfs(fs, device->address, error) < 0)
		return r;
	if (r == 0 || r == -ENODEV)
		return lend_requested_locate(device, r == 0 ? &function : NULL, serial, ret, error);
	if (error)
		*error = failure;
	return r;
}
