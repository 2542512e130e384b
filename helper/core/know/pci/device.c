/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One function with all that bears on lending it: its card, its group, the bridges above it, its reset and power. */
#include "lendpci/know/pci/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/inventory.h"

/* One line for each region; a server with many RMRRs has some dozen. */
enum { REGIONS_MAX = 4096 };

void lend_device_clear(struct lend_device *device)
{
	lend_addresses_clear(&device->card);
	lend_addresses_clear(&device->parts);
	free(device->bridges);
	*device = (struct lend_device){ 0 };
}

static bool is_reserved(const struct lend_inventory *inventory, const struct lend_device *device)
{
	const struct lend_reservation *one = lend_reservations_find(&inventory->reserved, device->location);

	return one && one->vendor == device->function.vendor && one->device == device->function.device;
}

static int read_card(const struct lend_inventory *inventory, struct lend_device *device, struct lend_error *error)
{
	const struct lend_function *bus;
	size_t count;

	bus = lend_inventory_bus(inventory, device->function.address, &count);
	for (size_t i = 0; i < count; i++) {
		const struct lend_address sibling = bus[i].address;
		const bool self = lend_address_equal(sibling, device->function.address);

		if (!self && (!lend_address_same_slot(sibling, device->function.address) ||
			      device->function.is_virtual || bus[i].is_virtual))
			continue;
		if (lend_addresses_add(&device->card, sibling) < 0)
			return lend_error_set(error, -ENOMEM, "%s: out of memory", lend_address_text(sibling).text);
	}
	return 0;
}

/* Where it is plugged, and the bridges on the way there. */
static int read_place(const struct lend_fs *fs, const struct lend_inventory *inventory, struct lend_device *device,
		      struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses above = { 0 };
	int r;

	r = lend_location_read(fs, device->function.address, device->location, &above, error);
	if (r < 0)
		return r;
	device->bridges = calloc(above.count + 1, sizeof(*device->bridges));
	if (!device->bridges)
		return lend_error_set(error, -ENOMEM, "%s: out of memory",
				      lend_address_text(device->function.address).text);

	for (size_t i = 0; i < above.count; i++) {
		const struct lend_function *function = lend_inventory_find(inventory, above.items[i]);
		struct lend_bridge *bridge = &device->bridges[device->bridge_count];
		const struct lend_capabilities *capabilities;

		/* Intel VMD's endpoint stands above a bus of its own without being a bridge. */
		if (!function || !lend_function_is_bridge(function))
			continue;
		bridge->address = above.items[i];
		bridge->iommu_group = function->iommu_group;
		r = lend_inventory_capabilities(fs, inventory, function, &capabilities, error);
		if (r < 0)
			return r;
		bridge->capabilities = *capabilities;
		device->bridge_count++;
	}
	return 0;
}

/* The switch that its card has for itself: its vendor's, with the function right behind. NULL when there is none. */
static const struct lend_bridge *own_switch(const struct lend_inventory *inventory, const struct lend_device *device)
{
	const struct lend_bridge *upstream, *downstream;
	const struct lend_function *function;

	if (device->bridge_count < 2 || device->function.is_virtual)
		return NULL;
	upstream = &device->bridges[device->bridge_count - 2];
	downstream = upstream + 1;
	if (upstream->capabilities.kind != LEND_KIND_UPSTREAM_PORT ||
	    downstream->capabilities.kind != LEND_KIND_DOWNSTREAM_PORT)
		return NULL;
	function = lend_inventory_find(inventory, upstream->address);
	return function && function->vendor == device->function.vendor ? upstream : NULL;
}

static bool is_below(const struct lend_fs *fs, struct lend_address address, struct lend_address bridge)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses above = { 0 };

	return lend_location_bridges(fs, address, &above, NULL) == 0 && lend_addresses_contain(&above, bridge);
}

/* A chipset has switches with parts of its vendor, too: it is a card when one graphics card is among them. */
static int read_parts(const struct lend_fs *fs, const struct lend_inventory *inventory, struct lend_device *device,
		      struct lend_error *error)
{
	const struct lend_bridge *upstream = own_switch(inventory, device);
	_cleanup_(lend_addresses_clear) struct lend_addresses parts = { 0 };
	unsigned gpus = lend_function_is_gpu(&device->function);

	for (size_t i = 0; upstream && i < inventory->count; i++) {
		const struct lend_function *other = &inventory->functions[i];

		/* The buses below a bridge have higher numbers than its own. */
		if (other->vendor != device->function.vendor || other->is_virtual || lend_function_is_bridge(other) ||
		    other->address.domain != upstream->address.domain || other->address.bus <= upstream->address.bus ||
		    other->address.bus == device->function.address.bus ||
		    !is_below(fs, other->address, upstream->address))
			continue;
		if (lend_addresses_add(&parts, other->address) < 0)
			return lend_error_set(error, -ENOMEM, "%s: out of memory",
					      lend_address_text(other->address).text);
		gpus += lend_function_is_gpu(other);
	}
	if (gpus == 1) {
		device->parts = parts;
		parts = (struct lend_addresses){ 0 };
	}
	return 0;
}

static bool is_external(const struct lend_fs *fs, const struct lend_function *function)
{
	char text[16];

	return lend_function_is_gpu(function) &&
	       lend_fs_read(fs, lend_function_path(function->address, "removable").text, text, sizeof(text), NULL) ==
		       0 &&
	       strcmp(text, "removable") == 0;
}

/* `START END TYPE` in each line. "direct-relaxable" regions are those that firmware does not touch once Linux runs. */
static void read_reserved(const struct lend_fs *fs, struct lend_device *device)
{
	char path[96], text[REGIONS_MAX], *save = NULL;

	(void)snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/reserved_regions", device->function.iommu_group);
	if (lend_fs_read(fs, path, text, sizeof(text), NULL) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char start[32], end[32], type[32];

		if (sscanf(line, "%31s %31s %31s", start, end, type) != 3 || strcmp(type, "direct") != 0)
			continue;
		if (lend_text_to_u64(start, 0, &device->reserved_start) == 0 &&
		    lend_text_to_u64(end, 0, &device->reserved_end) == 0)
			return;
	}
}

/* What its configuration space and its table of memory ranges say, of which each is read once. */
static int read_hardware(const struct lend_fs *fs, const struct lend_inventory *inventory,
			 const struct lend_function *function, struct lend_device *device, struct lend_error *error)
{
	const struct lend_capabilities *capabilities;
	int r;

	r = lend_inventory_capabilities(fs, inventory, function, &capabilities, error);
	if (r < 0)
		return r;
	device->capabilities = *capabilities;
	r = lend_bars_read_known(fs, function->address, capabilities, &device->bars, &device->virtual_bars, error);
	return r == -ENOENT ? 0 : r;
}

int lend_device_read(const struct lend_fs *fs, const struct lend_inventory *inventory, struct lend_address address,
		     struct lend_device *ret, struct lend_error *error)
{
	_cleanup_(lend_device_clear) struct lend_device device = { 0 };
	const struct lend_function *function;
	uint32_t d3cold = 0;
	size_t bus_count;
	int r;

	function = lend_inventory_find(inventory, address);
	if (!function) {
		lend_error_set(error, -ENODEV, "%s: this host has no such PCI function",
			       lend_address_text(address).text);
		return lend_error_hint(error, -ENODEV, "'lendpci survey' lists what can be lent");
	}
	device.function = *function;
	device.group = lend_inventory_group(inventory, function->iommu_group, &device.group_count);
	(void)lend_function_count(fs, address, "sriov_numvfs", &device.virtual_functions, NULL);
	(void)lend_function_count(fs, address, "d3cold_allowed", &d3cold, NULL);
	device.may_reach_d3cold = d3cold == 1;
	device.is_external = is_external(fs, function);
	if (function->class >> 8 == LEND_CLASS_USB)
		lend_usb_devices_read(fs, address, &device.usb);
	if (device.group)
		read_reserved(fs, &device);

	r = read_hardware(fs, inventory, function, &device, error);
	if (r < 0)
		return r;
	(void)lend_inventory_bus(inventory, address, &bus_count);
	r = lend_reset_methods_read(fs, address, bus_count == 1, &device.reset, error);
	if (r < 0)
		return r;
	r = read_card(inventory, &device, error);
	if (r < 0)
		return r;
	r = read_place(fs, inventory, &device, error);
	if (r < 0)
		return r;
	r = read_parts(fs, inventory, &device, error);
	if (r < 0)
		return r;
	device.is_reserved = is_reserved(inventory, &device);
	*ret = device;
	device = (struct lend_device){ 0 };
	return 0;
}
