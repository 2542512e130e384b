/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's view of a running guest's PCI functions, from its monitor's JSON.
 *
 * A guest decides over what stands here, so nothing is taken for granted. jansson bounds how deeply bridges can nest.
 */
#include "lendpci/know/domain/guest_pci.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"

#define FAIL(error, format, ...) lend_error_set(error, -EBADMSG, "QEMU's answer: " format, ##__VA_ARGS__)

struct windows {
	uint64_t memory, prefetchable;
};

void lend_guest_pci_clear(struct lend_guest_pci *guest)
{
	for (size_t i = 0; i < guest->count; i++)
		free(guest->functions[i].id);
	free(guest->functions);
	*guest = (struct lend_guest_pci){ 0 };
}

static int read_number(json_t *object, const char *key, uint64_t max, uint64_t *ret, struct lend_error *error)
{
	json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > max)
		return FAIL(error, "'%s' is not a number up to 0x%" PRIx64, key, max);
	*ret = (uint64_t)json_integer_value(value);
	return 0;
}

/* The size of what a bridge forwards. A closed range ends before it begins; a fresh one may begin at 0. */
static uint64_t window_of(json_t *bus, const char *key)
{
	json_int_t base = 0, limit = 0;

	if (json_unpack(json_object_get(bus, key), "{s:I s:I}", "base", &base, "limit", &limit) < 0 || base <= 0 ||
	    limit < base)
		return 0;
	return (uint64_t)(limit - base) + 1;
}

/* Adds a memory range; I/O ports are passed over. */
static int add_region(json_t *region, struct lend_bars *bars, struct lend_error *error)
{
	const char *type = json_string_value(json_object_get(region, "type"));
	json_t *address = json_object_get(region, "address");
	uint64_t index, size, start = 0;
	int r;

	if (type && strcmp(type, "io") == 0)
		return 0;
	if (!type || strcmp(type, "memory") != 0)
		return FAIL(error, "'type' of a region is neither memory nor io");
	r = read_number(region, "bar", LEND_BAR_ROM, &index, error);
	if (r == 0)
		r = read_number(region, "size", INT64_MAX, &size, error);
	if (r == 0 && !(json_is_integer(address) && json_integer_value(address) == -1))
		r = read_number(region, "address", INT64_MAX, &start, error);
	if (r < 0)
		return r;
	if (bars->count && bars->items[bars->count - 1].index >= index)
		return FAIL(error, "BAR %" PRIu64 " is out of order", index);
	if (size == 0)
		return 0;
	bars->items[bars->count++] = (struct lend_bar){
		.index = (uint8_t)index,
		.bits = json_is_true(json_object_get(region, "mem_type_64")) ? 64 : 32,
		.prefetchable = json_is_true(json_object_get(region, "prefetch")),
		.start = start,
		.size = size,
	};
	return 0;
}

static int read_function(json_t *device, struct lend_guest_function *ret, struct lend_error *error)
{
	json_t *id = json_object_get(device, "id"), *regions = json_object_get(device, "regions"), *region;
	struct {
		json_t *object;
		const char *key;
		uint64_t max, value;
	} parts[] = { { device, "bus", 0xff, 0 },
		      { device, "slot", 0x1f, 0 },
		      { device, "function", 7, 0 },
		      { id, "vendor", UINT16_MAX, 0 },
		      { id, "device", UINT16_MAX, 0 } };
	size_t i;

	for (i = 0; i < LEND_ARRAY_SIZE(parts); i++) {
		int r = read_number(parts[i].object, parts[i].key, parts[i].max, &parts[i].value, error);

		if (r < 0)
			return r;
	}
	ret->address =
		(struct lend_address){ 0, (uint8_t)parts[0].value, (uint8_t)parts[1].value, (uint8_t)parts[2].value };
	ret->vendor = (uint16_t)parts[3].value;
	ret->device = (uint16_t)parts[4].value;
	if (!json_is_array(regions))
		return FAIL(error, "'regions' is not a list");
	json_array_foreach (regions, i, region) {
		int r = add_region(region, &ret->bars, error);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_placed(const struct lend_guest_function *function)
{
	for (size_t i = 0; i < function->bars.count; i++)
		if (function->bars.items[i].start)
			return true;
	return false;
}

static int add_function(json_t *device, const struct windows *above, struct lend_guest_pci *guest,
			struct lend_error *error)
{
	const char *id = json_string_value(json_object_get(device, "qdev_id"));
	struct lend_guest_function *function, *bigger;
	int r;

	bigger = reallocarray(guest->functions, guest->count + 1, sizeof(*bigger));
	if (!bigger)
		return lend_error_set(error, -ENOMEM, "QEMU's answer: out of memory");
	guest->functions = bigger;
	function = &guest->functions[guest->count];
	*function = (struct lend_guest_function){ .behind_bridge = above };
	if (above) {
		function->memory_window = above->memory;
		function->prefetchable_window = above->prefetchable;
	}
	r = read_function(device, function, error);
	if (r < 0)
		return r;
	function->id = strdup(id ? id : "");
	if (!function->id)
		return lend_error_set(error, -ENOMEM, "QEMU's answer: out of memory");
	guest->count++;
	guest->has_placed = guest->has_placed || is_placed(function);
	return 0;
}

/* @above is of the bridge that the devices are behind; NULL on a root bus. */
static int add_devices(json_t *devices, const struct windows *above, struct lend_guest_pci *guest,
		       struct lend_error *error)
{
	json_t *device;
	size_t i;

	if (!json_is_array(devices))
		return FAIL(error, "'devices' is not a list");
	json_array_foreach (devices, i, device) {
		json_t *bridge = json_object_get(device, "pci_bridge"), *bus = json_object_get(bridge, "bus");
		const struct windows windows = { window_of(bus, "memory_range"), window_of(bus, "prefetchable_range") };
		json_t *behind = json_object_get(bridge, "devices");
		int r = add_function(device, above, guest, error);

		guest->has_placed = guest->has_placed || windows.memory || windows.prefetchable;
		if (r == 0 && behind)
			r = add_devices(behind, &windows, guest, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_answer(json_t *answer, struct lend_guest_pci *guest, struct lend_error *error)
{
	json_t *refusal = json_object_get(answer, "error"), *bus;
	json_t *buses = json_is_array(answer) ? answer : json_object_get(answer, "return");
	const char *why = json_string_value(json_object_get(refusal, "desc"));
	size_t i;

	if (refusal)
		return FAIL(error, "it refuses: %s", why ? why : "without a reason");
	if (!json_is_array(buses))
		return FAIL(error, "it is not a list of PCI buses");
	json_array_foreach (buses, i, bus) {
		int r = add_devices(json_object_get(bus, "devices"), NULL, guest, error);

		if (r < 0)
			return r;
	}
	return 0;
}

int lend_guest_pci_parse(const char *text, size_t size, struct lend_guest_pci *ret, struct lend_error *error)
{
	_cleanup_(lend_guest_pci_clear) struct lend_guest_pci guest = { 0 };
	json_error_t problem;
	json_t *answer;
	int r;

	answer = json_loadb(text, size, JSON_REJECT_DUPLICATES, &problem);
	if (!answer)
		return FAIL(error, "it is not JSON: %s", problem.text);
	r = read_answer(answer, &guest, error);
	json_decref(answer);
	if (r < 0)
		return r;
	*ret = guest;
	guest = (struct lend_guest_pci){ 0 };
	return 0;
}

const struct lend_guest_function *lend_guest_pci_find(const struct lend_guest_pci *guest, const char *id)
{
	for (size_t i = 0; i < guest->count; i++)
		if (*id && strcmp(guest->functions[i].id, id) == 0)
			return &guest->functions[i];
	return NULL;
}
