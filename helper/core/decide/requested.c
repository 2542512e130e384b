/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain asks for, and whether it is still the same card. */
#include "lendpci/decide/requested.h"

#include <errno.h>
#include <stdlib.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/pci/serial.h"

static int check_policy_is_injected(const struct lend_domain *domain, struct lend_error *error)
{
	for (size_t i = 0; i < domain->policy.count; i++) {
		const struct lend_address address = domain->policy.devices[i].address;
		const struct lend_address_text name = lend_address_text(address);

		if (lend_domain_hostdev(domain, address))
			continue;
		lend_error_set(error, -EINVAL,
			       "%s: it is assigned to this domain, but the domain's XML has no hostdev for it",
			       name.text);
		return lend_error_hint(error, -EINVAL,
				       "'lendpci assign %s %s' puts it back, 'lendpci unassign %s %s' drops it",
				       lend_text_shell_quote(domain->name).text, name.text,
				       lend_text_shell_quote(domain->name).text, name.text);
	}
	return 0;
}

static int add(const struct lend_domain *domain, struct lend_address address, struct lend_addresses *wanted,
	       struct lend_error *error)
{
	if (lend_addresses_add_once(wanted, address) == 0)
		return 0;
	return lend_error_set(error, -ENOMEM, "%s: out of memory", domain->name);
}

int lend_requested_by_domain(const struct lend_domain *domain, struct lend_addresses *ret, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	int r;

	r = check_policy_is_injected(domain, error);
	if (r < 0)
		return r;

	for (size_t i = 0; i < domain->hostdev_count; i++) {
		const struct lend_hostdev *hostdev = &domain->hostdevs[i];

		if (!hostdev->managed && !lend_policy_find(&domain->policy, hostdev->source))
			continue;
		if (add(domain, hostdev->source, &wanted, error) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < domain->drives.count; i++)
		if (add(domain, domain->drives.items[i], &wanted, error) < 0)
			return -ENOMEM;
	if (wanted.count)
		qsort(wanted.items, wanted.count, sizeof(*wanted.items), lend_address_compare_qsort);
	*ret = wanted;
	wanted = (struct lend_addresses){ 0 };
	return 0;
}

static bool has_ids(const struct lend_function *function, const struct lend_policy_device *device)
{
	return (!device->vendor || device->vendor == function->vendor) &&
	       (!device->device || device->device == function->device) &&
	       (!device->subsystem_vendor || device->subsystem_vendor == function->subsystem_vendor) &&
	       (!device->subsystem_device || device->subsystem_device == function->subsystem_device);
}

int lend_requested_verify(const struct lend_policy_device *device, const struct lend_function *function,
			  uint64_t serial, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(function->address);

	if (!has_ids(function, device))
		lend_error_set(
			error, -ESTALE,
			"%s: it is a different card now: %04x:%04x (subsystem %04x:%04x), assigned was %04x:%04x",
			name.text, function->vendor, function->device, function->subsystem_vendor,
			function->subsystem_device, device->vendor, device->device);
	else if (device->serial && serial && device->serial != serial)
		lend_error_set(error, -ESTALE, "%s: it is a different card now: serial number %s, assigned was %s",
			       name.text, lend_serial_text(serial).text, lend_serial_text(device->serial).text);
	else
		return 0;
	return lend_error_hint(
		error, -ESTALE,
		"PCI addresses move when a card is added or removed: 'lendpci survey' shows where the card is, then assign "
		"it again");
}

int lend_requested_locate(const struct lend_policy_device *device, const struct lend_function *at_path, uint64_t serial,
			  struct lend_address *ret, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(device->address);
	int r;

	if (!at_path && !device->location_path)
		return lend_error_set(error, -ENODEV, "%s: this host has no such PCI function", name.text);
	if (!at_path) {
		lend_error_set(error, -ENODEV, "%s: the assigned card is gone: nothing is plugged in at %.100s",
			       name.text, device->location_path);
		return lend_error_hint(error, -ENODEV,
				       "put it back there; or unassign %s, and assign the card where it is now",
				       name.text);
	}
	r = lend_requested_verify(device, at_path, serial, error);
	if (r == 0)
		*ret = at_path->address;
	return r;
}
