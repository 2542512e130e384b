/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DEVICE on the command line. */
#include "cli/device_argument.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/device_name.h"
#include "cli/verb.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/pci/location_path.h"

static int add_once(struct lend_addresses *addresses, struct lend_address address, struct lend_error *error)
{
	if (lend_addresses_add_once(addresses, address) == 0)
		return 0;
	return lend_error_set(error, -ENOMEM, "%s: out of memory", lend_address_text(address).text);
}

static int add_slot(const struct lend_fs *fs, struct lend_address slot, const struct lend_addresses *known,
		    struct lend_addresses *ret, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses found = { 0 };
	const struct lend_addresses *functions = known ? known : &found;
	size_t before = ret->count;
	int r = 0;

	if (!known)
		r = lend_functions_of_slot(fs, slot, &found, error);
	for (size_t i = 0; r == 0 && i < functions->count; i++)
		if (lend_address_same_slot(functions->items[i], slot))
			r = add_once(ret, functions->items[i], error);
	if (r == 0 && ret->count == before && known)
		r = lend_error_set(error, -ENOENT, "%s: it is not assigned to this domain",
				   lend_address_slot_text(slot).text);
	return r;
}

/* "pci_0000_01_00_0", as 'virsh nodedev-list' and virt-manager name it. */
static bool parse_nodedev(const char *text, struct lend_address *ret)
{
	char address[32];
	size_t part = 0;

	if (strncmp(text, "pci_", strlen("pci_")) != 0 || strlen(text) >= sizeof(address))
		return false;
	(void)snprintf(address, sizeof(address), "%s", text + strlen("pci_"));
	for (char *at = address; (at = strchr(at, '_')); part++)
		*at = part < 2 ? ':' : '.';
	return part == 3 && lend_address_parse(address, ret, NULL) == 0;
}

static int add_one(const struct lend_fs *fs, const char *text, const struct lend_addresses *known,
		   struct lend_addresses *ret, struct lend_error *error)
{
	struct lend_address address;
	int r;

	if (strncasecmp(text, "PCIROOT", strlen("PCIROOT")) == 0) {
		r = lend_location_resolve(fs, text, &address, error);
		if (r == -EINVAL)
			return LEND_EXIT_USAGE;
		return r < 0 ? r : add_once(ret, address, error);
	}
	if (lend_address_parse(text, &address, NULL) == 0 || parse_nodedev(text, &address))
		return add_once(ret, address, error);
	if (lend_address_parse_slot(text, &address, NULL) == 0)
		return add_slot(fs, address, known, ret, error);

	r = lend_device_name_find(fs, text, known, &address, error);
	return r ? r : add_once(ret, address, error);
}

int lend_device_arguments_among(const struct lend_fs *fs, char *const *arguments, size_t count,
				const struct lend_addresses *known, struct lend_addresses *ret,
				struct lend_error *error)
{
	for (size_t i = 0; i < count; i++) {
		int r = add_one(fs, arguments[i], known, ret, error);

		if (r != 0)
			return r;
	}
	return 0;
}

int lend_device_arguments(const struct lend_fs *fs, char *const *arguments, size_t count, struct lend_addresses *ret,
			  struct lend_error *error)
{
	return lend_device_arguments_among(fs, arguments, count, NULL, ret, error);
}
