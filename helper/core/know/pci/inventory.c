/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host as a whole: every function once, and who shows its screen. */
#include "lendpci/know/pci/inventory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/firmware_framebuffer.h"
#include "lendpci/know/pci/location_path.h"

void lend_inventory_clear(struct lend_inventory *inventory)
{
	for (size_t i = 0; inventory->capabilities && i < inventory->count; i++)
		free(inventory->capabilities[i]);
	free(inventory->capabilities);
	free(inventory->functions);
	free(inventory->by_group);
	lend_reservations_clear(&inventory->reserved);
	lend_addresses_clear(&inventory->screens);
	*inventory = (struct lend_inventory){ 0 };
}

static int compare_groups(const void *a, const void *b)
{
	const struct lend_function *left = *(const struct lend_function *const *)a;
	const struct lend_function *right = *(const struct lend_function *const *)b;

	if (left->iommu_group != right->iommu_group)
		return left->iommu_group < right->iommu_group ? -1 : 1;
	return lend_address_compare(left->address, right->address);
}

static int read_functions(const struct lend_fs *fs, const struct lend_addresses *addresses,
			  struct lend_inventory *inventory, struct lend_error *error)
{
	inventory->functions = calloc(addresses->count + 1, sizeof(*inventory->functions));
	inventory->by_group = calloc(addresses->count + 1, sizeof(*inventory->by_group));
	inventory->capabilities = calloc(addresses->count + 1, sizeof(*inventory->capabilities));
	if (!inventory->functions || !inventory->by_group || !inventory->capabilities)
		return lend_error_set(error, -ENOMEM, "out of memory for %zu PCI functions", addresses->count);

	for (size_t i = 0; i < addresses->count; i++) {
		int r = lend_function_read(fs, addresses->items[i], &inventory->functions[inventory->count], error);

		if (r == -ENODEV)
			continue;
		if (r < 0)
			return r;
		inventory->by_group[inventory->count] = &inventory->functions[inventory->count];
		inventory->count++;
	}
	qsort(inventory->by_group, inventory->count, sizeof(const struct lend_function *), compare_groups);
	return 0;
}

/* A patch that some distributions' kernels carry: groups as if bridges had ACS. */
static void read_acs_override(const struct lend_fs *fs, struct lend_inventory *inventory)
{
	_cleanup_free_ char *text = NULL;
	char *save = NULL;

	if (lend_fs_read_all(fs, "proc/cmdline", 64 * 1024, &text, NULL, NULL) < 0)
		return;
	for (char *word = strtok_r(text, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (strncmp(word, "pcie_acs_override=", strlen("pcie_acs_override=")) == 0)
			(void)snprintf(inventory->acs_override, sizeof(inventory->acs_override), "%s", word);
	lend_text_make_printable(inventory->acs_override);
}

static int add_screen(struct lend_inventory *inventory, struct lend_address address, struct lend_error *error)
{
	if (lend_addresses_contain(&inventory->screens, address))
		return 0;
	if (lend_addresses_add(&inventory->screens, address) < 0)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", lend_address_text(address).text);
	return 0;
}

static int find_boot_vga(const struct lend_fs *fs, struct lend_inventory *inventory, struct lend_error *error)
{
	for (size_t i = 0; i < inventory->count; i++) {
		const struct lend_address address = inventory->functions[i].address;
		char text[8];
		int r;

		if (!lend_function_is_gpu(&inventory->functions[i]))
			continue;
		if (lend_fs_read(fs, lend_function_path(address, "boot_vga").text, text, sizeof(text), NULL) < 0 ||
		    strcmp(text, "1") != 0)
			continue;
		r = add_screen(inventory, address, error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* With wrong settings nothing is lent at all: their reader says so. */
static bool keeps_display(const struct lend_fs *fs)
{
	struct lend_settings settings = lend_settings_default;

	(void)lend_settings_load(fs, &settings, NULL);
	return settings.keep_display;
}

int lend_inventory_read(const struct lend_fs *fs, struct lend_inventory *ret, struct lend_error *error)
{
	_cleanup_(lend_inventory_clear) struct lend_inventory inventory = { .has_iommu = lend_host_has_iommu(fs) };
	_cleanup_(lend_addresses_clear) struct lend_addresses all = { 0 };
	int r;

	r = lend_functions_list(fs, &all, error);
	if (r == 0)
		r = read_functions(fs, &all, &inventory, error);
	if (r < 0)
		return r;
	read_acs_override(fs, &inventory);
	inventory.keeps_display = keeps_display(fs);
	inventory.vendor_reset = lend_fs_exists(fs, "sys/module/vendor_reset");
	r = find_boot_vga(fs, &inventory, error);
	if (r < 0)
		return r;
	r = lend_firmware_framebuffer_owners(fs, &inventory.screens, error);
	if (r < 0)
		return r;
	(void)lend_reservations_read(fs, &inventory.reserved, NULL);
	*ret = inventory;
	inventory = (struct lend_inventory){ 0 };
	return 0;
}

static int add_all(const struct lend_addresses *from, struct lend_addresses *ret, struct lend_error *error)
{
	for (size_t i = 0; i < from->count; i++)
		if (lend_addresses_add(ret, from->items[i]) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for %zu PCI functions", from->count);
	return 0;
}

/* What lend_device_read() of @address looks up, besides its bus: the members of its group and the bridges above it. */
static int add_around(const struct lend_fs *fs, struct lend_address address, struct lend_addresses *ret,
		      struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses group = { 0 }, bridges = { 0 };
	struct lend_function function;
	int r;

	r = lend_function_read(fs, address, &function, error);
	if (r == 0 && function.iommu_group != LEND_NO_GROUP)
		r = lend_functions_of_group(fs, function.iommu_group, &group, error);
	if (r >= 0)
		r = lend_location_bridges(fs, address, &bridges, error);
	if (r >= 0)
		r = add_all(&group, ret, error);
	return r < 0 ? r : add_all(&bridges, ret, error);
}

static bool is_on_bus_of(struct lend_address address, const struct lend_address *functions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (functions[i].domain == address.domain && functions[i].bus == address.bus)
			return true;
	return false;
}

int lend_inventory_read_around(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
			       struct lend_inventory *ret, struct lend_error *error)
{
	_cleanup_(lend_inventory_clear) struct lend_inventory inventory = { .has_iommu = lend_host_has_iommu(fs) };
	_cleanup_(lend_addresses_clear) struct lend_addresses all = { 0 }, around = { 0 }, wanted = { 0 };
	int r;

	if (keeps_display(fs))
		return lend_inventory_read(fs, ret, error);
	r = lend_functions_list(fs, &all, error);
	for (size_t i = 0; r >= 0 && i < count; i++)
		r = add_around(fs, functions[i], &around, error);
	for (size_t i = 0; r >= 0 && i < all.count; i++)
		if ((is_on_bus_of(all.items[i], functions, count) || lend_addresses_contain(&around, all.items[i])) &&
		    lend_addresses_add(&wanted, all.items[i]) < 0)
			r = lend_error_set(error, -ENOMEM, "out of memory for %zu PCI functions", all.count);
	if (r >= 0)
		r = read_functions(fs, &wanted, &inventory, error);
	if (r < 0)
		return r;
	*ret = inventory;
	inventory = (struct lend_inventory){ 0 };
	return 0;
}

/* The index of the first function that is not before @address. */
static size_t lower_bound(const struct lend_inventory *inventory, struct lend_address address)
{
	size_t low = 0, high = inventory->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (lend_address_compare(inventory->functions[middle].address, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct lend_function *lend_inventory_find(const struct lend_inventory *inventory, struct lend_address address)
{
	size_t i = lower_bound(inventory, address);

	if (i == inventory->count || !lend_address_equal(inventory->functions[i].address, address))
		return NULL;
	return &inventory->functions[i];
}

int lend_inventory_capabilities(const struct lend_fs *fs, const struct lend_inventory *inventory,
				const struct lend_function *function, const struct lend_capabilities **ret,
				struct lend_error *error)
{
	struct lend_capabilities **known = &inventory->capabilities[function - inventory->functions];
	_cleanup_free_ struct lend_capabilities *capabilities = NULL;
	int r;

	if (!*known) {
		capabilities = calloc(1, sizeof(*capabilities));
		if (!capabilities)
			return lend_error_set(error, -ENOMEM, "%s: out of memory",
					      lend_address_text(function->address).text);
		r = lend_capabilities_read(fs, function->address, capabilities, error);
		if (r < 0)
			return r;
		*known = TAKE_PTR(capabilities);
	}
	*ret = *known;
	return 0;
}

const struct lend_function *const *lend_inventory_group(const struct lend_inventory *inventory, int group,
							size_t *ret_count)
{
	size_t low = 0, high = inventory->count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (inventory->by_group[middle]->iommu_group < group)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < inventory->count && inventory->by_group[end]->iommu_group == group; end++)
		;
	*ret_count = group == LEND_NO_GROUP ? 0 : end - low;
	return *ret_count ? inventory->by_group + low : NULL;
}

const struct lend_function *lend_inventory_bus(const struct lend_inventory *inventory, struct lend_address address,
					       size_t *ret_count)
{
	const struct lend_address first = { .domain = address.domain, .bus = address.bus };
	size_t begin = lower_bound(inventory, first), end = begin;

	while (end < inventory->count && inventory->functions[end].address.domain == address.domain &&
	       inventory->functions[end].address.bus == address.bus)
		end++;
	*ret_count = end - begin;
	return *ret_count ? &inventory->functions[begin] : NULL;
}
