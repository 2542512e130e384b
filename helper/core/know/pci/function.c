/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One PCI function, and which functions belong together: slots and IOMMU groups.
 *
 * Relies on sys/bus/pci/devices/ and sys/kernel/iommu_groups/. Reads only what the kernel prints without the device
 * lock, so that a driver that hangs cannot make a reader hang.
 */
#include "lendpci/know/pci/function.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"

#define DEVICES "sys/bus/pci/devices"
#define GROUPS "sys/kernel/iommu_groups"

struct lend_function_path lend_function_path(struct lend_address address, const char *attribute)
{
	struct lend_function_path ret;

	(void)snprintf(ret.text, sizeof(ret.text), DEVICES "/%s/%s", lend_address_text(address).text, attribute);
	return ret;
}

static int read_number(const struct lend_fs *fs, struct lend_address address, const char *attribute, int base,
		       uint32_t *ret, struct lend_error *error)
{
	struct lend_function_path path = lend_function_path(address, attribute);
	char text[32];
	int r;

	r = lend_fs_read(fs, path.text, text, sizeof(text), error);
	if (r < 0)
		return r;
	r = lend_text_to_u32(text, base, ret);
	if (r < 0)
		return lend_error_set(error, -EINVAL, "/%s: '%s' is not a number", path.text, text);
	return 0;
}

int lend_function_count(const struct lend_fs *fs, struct lend_address address, const char *attribute, uint32_t *ret,
			struct lend_error *error)
{
	return read_number(fs, address, attribute, 10, ret, error);
}

int lend_function_driver(const struct lend_fs *fs, struct lend_address address, char ret[static 64],
			 struct lend_error *error)
{
	int r;

	r = lend_fs_link_name(fs, lend_function_path(address, "driver").text, ret, 64, error);
	if (r == -ENOENT) {
		ret[0] = '\0';
		return 0;
	}
	return r;
}

static int read_group(const struct lend_fs *fs, struct lend_address address, int *ret, struct lend_error *error)
{
	char name[32];
	uint32_t group;
	int r;

	r = lend_fs_link_name(fs, lend_function_path(address, "iommu_group").text, name, sizeof(name), error);
	if (r == -ENOENT) {
		*ret = LEND_NO_GROUP;
		return 0;
	}
	if (r < 0)
		return r;
	if (lend_text_to_u32(name, 10, &group) < 0 || group > INT32_MAX)
		return lend_error_set(error, -EINVAL, "%s: '%s' is not an IOMMU group number",
				      lend_address_text(address).text, name);
	*ret = (int)group;
	return 0;
}

/* After an attribute was not found, with its sentence in @error: whether the function is missing as a whole. */
static int check_exists(const struct lend_fs *fs, struct lend_address address, struct lend_error *error)
{
	if (lend_fs_exists(fs, lend_function_path(address, "").text))
		return -ENOENT;
	lend_error_set(error, -ENODEV, "%s: this host has no such PCI function", lend_address_text(address).text);
	return lend_error_hint(error, -ENODEV, "'lendpci survey' lists what can be lent");
}

int lend_function_read(const struct lend_fs *fs, struct lend_address address, struct lend_function *ret,
		       struct lend_error *error)
{
	struct lend_function function = { .address = address };
	struct {
		const char *attribute;
		bool optional; /* older recordings and some bridges lack them */
		uint32_t value;
	} ids[] = { { "vendor", false, 0 },
		    { "device", false, 0 },
		    { "class", false, 0 },
		    { "subsystem_vendor", true, 0 },
		    { "subsystem_device", true, 0 } };
	int r;

	for (size_t i = 0; i < LEND_ARRAY_SIZE(ids); i++) {
		r = read_number(fs, address, ids[i].attribute, 0, &ids[i].value, error);
		if (r < 0 && !(r == -ENOENT && ids[i].optional))
			return r == -ENOENT ? check_exists(fs, address, error) : r;
	}
	function.vendor = (uint16_t)ids[0].value;
	function.device = (uint16_t)ids[1].value;
	function.class = ids[2].value & 0xffffff;
	function.subsystem_vendor = (uint16_t)ids[3].value;
	function.subsystem_device = (uint16_t)ids[4].value;

	r = lend_function_driver(fs, address, function.driver, error);
	if (r < 0)
		return r;
	r = read_group(fs, address, &function.iommu_group, error);
	if (r < 0)
		return r;
	function.is_virtual = lend_fs_exists(fs, lend_function_path(address, "physfn").text);
	*ret = function;
	return 0;
}

bool lend_function_is_bridge(const struct lend_function *function)
{
	/* 0680, "other bridge", is what endpoints without a class of their own say: NVSwitch. Bridges have one. */
	return function->class >> 16 == 0x06 && function->class >> 8 != 0x0680;
}

bool lend_function_is_gpu(const struct lend_function *function)
{
	return function->class >> 16 == 0x03 || function->class >> 8 == 0x1200;
}

void lend_addresses_clear(struct lend_addresses *addresses)
{
	free(addresses->items);
	*addresses = (struct lend_addresses){ 0 };
}

int lend_addresses_add(struct lend_addresses *addresses, struct lend_address address)
{
	/* Powers of two as capacity: grow when the count has reached one. */
	if ((addresses->count & (addresses->count - 1)) == 0) {
		size_t room = addresses->count ? addresses->count * 2 : 1;
		struct lend_address *bigger = reallocarray(addresses->items, room, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		addresses->items = bigger;
	}
	addresses->items[addresses->count++] = address;
	return 0;
}

bool lend_addresses_contain(const struct lend_addresses *addresses, struct lend_address address)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (lend_address_equal(addresses->items[i], address))
			return true;
	return false;
}

int lend_addresses_add_once(struct lend_addresses *addresses, struct lend_address address)
{
	return lend_addresses_contain(addresses, address) ? 0 : lend_addresses_add(addresses, address);
}

/* Lists the addresses in @directory, sorted. */
static int list_addresses(const struct lend_fs *fs, const char *directory, struct lend_addresses *ret,
			  struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r;

	r = lend_fs_list(fs, directory, &names, NULL, error);
	if (r < 0)
		return r;
	for (char **name = names; *name; name++) {
		struct lend_address address;

		if (lend_address_parse(*name, &address, NULL) < 0)
			continue;
		r = lend_addresses_add(&addresses, address);
		if (r < 0)
			return lend_error_set(error, r, "/%s: out of memory", directory);
	}
	if (addresses.count)
		qsort(addresses.items, addresses.count, sizeof(*addresses.items), lend_address_compare_qsort);
	*ret = addresses;
	addresses = (struct lend_addresses){ 0 };
	return 0;
}

int lend_functions_list(const struct lend_fs *fs, struct lend_addresses *ret, struct lend_error *error)
{
	return list_addresses(fs, DEVICES, ret, error);
}

int lend_functions_of_slot(const struct lend_fs *fs, struct lend_address address, struct lend_addresses *ret,
			   struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses found = { 0 };

	/* Eight look-ups instead of a list of the whole bus, which may hold thousands of virtual functions. */
	for (uint8_t function = 0; function < 8; function++) {
		struct lend_address sibling = address;

		sibling.function = function;
		if (!lend_fs_exists(fs, lend_function_path(sibling, "").text))
			continue;
		if (lend_addresses_add(&found, sibling) < 0)
			return lend_error_set(error, -ENOMEM, "%s: out of memory",
					      lend_address_slot_text(address).text);
	}
	if (!found.count) {
		lend_error_set(error, -ENODEV, "%s: this host has no PCI device in that slot",
			       lend_address_slot_text(address).text);
		return lend_error_hint(error, -ENODEV, "'lendpci survey' lists what can be lent");
	}
	*ret = found;
	found = (struct lend_addresses){ 0 };
	return 0;
}

int lend_functions_of_group(const struct lend_fs *fs, int group, struct lend_addresses *ret, struct lend_error *error)
{
	char directory[64];

	(void)snprintf(directory, sizeof(directory), GROUPS "/%d/devices", group);
	return list_addresses(fs, directory, ret, error);
}

bool lend_host_has_iommu(const struct lend_fs *fs)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	size_t count;

	return lend_fs_list(fs, GROUPS, &names, &count, NULL) == 0 && count > 0;
}
