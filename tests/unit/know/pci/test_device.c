/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/trace.h"
#include "lendpci/know/pci/device.h"
#include "lendpci/know/pci/inventory.h"
#include "machine_fs.h"

/* A machine of tests/data and one device of it. */
struct scene {
	struct machine_fs fs;
	struct lend_inventory inventory;
	struct lend_device device;
};

static struct scene scene_new(const char *name, const char *address)
{
	struct scene scene = { .fs = machine_fs_new(name) };

	assert_done(lend_inventory_read(scene.fs.fs, &scene.inventory, error));
	assert_done(lend_device_read(scene.fs.fs, &scene.inventory, at(address), &scene.device, error));
	return scene;
}

static void scene_free(struct scene *scene)
{
	lend_device_clear(&scene->device);
	lend_inventory_clear(&scene->inventory);
	machine_fs_free(&scene->fs);
}

static void a_machine_is_read_once_and_asked_often(void **state)
{
	_cleanup_(scene_free) struct scene scene = scene_new("old-server", "0000:06:00.0");
	const struct lend_function *const *group;
	size_t count;

	(void)state;
	assert_true(scene.inventory.has_iommu);
	assert_non_null(lend_inventory_find(&scene.inventory, at("0000:07:00.0")));
	assert_null(lend_inventory_find(&scene.inventory, at("0000:07:00.1")));
	group = lend_inventory_group(&scene.inventory, 22, &count);
	assert_int_equal(count, 4);
	assert_string_equal(lend_address_text(group[0]->address).text, "0000:00:1c.4");
	assert_null(lend_inventory_group(&scene.inventory, 99, &count));
	assert_null(lend_inventory_group(&scene.inventory, LEND_NO_GROUP, &count));
	assert_int_equal(count, 0);
	assert_non_null(lend_inventory_bus(&scene.inventory, at("0000:00:1f.7"), &count));
	assert_int_equal(count, 6);
}

static void a_host_without_iommu_is_known_as_such(void **state)
{
	_cleanup_(scene_free) struct scene scene = scene_new("no-iommu", "0000:02:00.0");

	(void)state;
	assert_false(scene.inventory.has_iommu);
	assert_int_equal(scene.device.function.iommu_group, LEND_NO_GROUP);
	assert_int_equal(scene.device.group_count, 0);
}

static void the_owner_of_the_firmware_framebuffer_shows_the_screen(void **state)
{
	_cleanup_(scene_free) struct scene scene = scene_new("gtx-1080", "0000:01:00.0");

	(void)state;
	assert_int_equal(scene.inventory.screens.count, 1);
	assert_true(lend_addresses_contain(&scene.inventory.screens, at("0000:01:00.0")));
	assert_true(scene.device.may_reach_d3cold);
}

static void function_zero_lists_a_bus_reset_that_its_siblings_forbid(void **state)
{
	_cleanup_(scene_free) struct scene two = scene_new("lab", "0000:01:00.0");
	_cleanup_(scene_free) struct scene one = scene_new("lab", "0000:02:00.0");

	(void)state;
	assert_int_equal(two.device.reset.count, 0);
	assert_true(two.device.reset.false_bus);
	assert_int_equal(one.device.reset.count, 1);
	assert_true(lend_reset_methods_has(&one.device.reset, "bus"));
}

static void the_other_ways_to_reset_stay(void **state)
{
	_cleanup_(scene_free) struct scene scene = scene_new("rtx-4090", "0000:01:00.0");

	(void)state;
	assert_true(lend_reset_methods_has(&scene.device.reset, "flr"));
	assert_false(lend_reset_methods_has(&scene.device.reset, "bus"));
	assert_true(scene.device.reset.false_bus);
}

static void virtual_functions_stand_alone(void **state)
{
	_cleanup_(scene_free) struct scene physical = scene_new("sriov", "0000:03:00.0");
	_cleanup_(scene_free) struct scene virtual = scene_new("sriov", "0000:03:00.1");

	(void)state;
	assert_int_equal(physical.device.card.count, 1);
	assert_int_equal(physical.device.virtual_functions, 2);
	assert_false(physical.device.function.is_virtual);
	assert_true(virtual.device.function.is_virtual);
	assert_int_equal(virtual.device.card.count, 1);
}

static void an_apus_slot_is_listed_whole(void **state)
{
	_cleanup_(scene_free) struct scene scene = scene_new("apu", "0000:04:00.0");

	(void)state;
	assert_int_equal(scene.device.card.count, 5);
	assert_int_equal(scene.device.group_count, 1);
}

static void the_bridges_above_are_known_from_the_root_down(void **state)
{
	_cleanup_(scene_free) struct scene scene = scene_new("h100", "0000:4b:00.0");

	(void)state;
	assert_int_equal(scene.device.bridge_count, 3);
	assert_int_equal(scene.device.bridges[0].capabilities.kind, LEND_KIND_ROOT_PORT);
	assert_int_equal(scene.device.bridges[1].capabilities.kind, LEND_KIND_UPSTREAM_PORT);
	assert_int_equal(scene.device.bridges[2].capabilities.kind, LEND_KIND_DOWNSTREAM_PORT);
}

/* Relaxable regions are USB's and graphics' left-overs of the boot; the kernel lends those devices. */
static void memory_that_firmware_reserved_is_told_from_memory_that_it_only_used(void **state)
{
	_cleanup_(scene_free) struct scene reserved = scene_new("old-server", "0000:05:00.0");
	_cleanup_(scene_free) struct scene relaxable = scene_new("old-server", "0000:00:1d.0");

	(void)state;
	assert_int_equal(reserved.device.reserved_start, 0x7b800000);
	assert_int_equal(reserved.device.reserved_end, 0x8f7fffff);
	assert_int_equal(relaxable.device.reserved_end, 0);
}

/* What has been read, as who debugs would see it. */
struct reads {
	unsigned configs, tables;
	size_t bytes; /* of configuration space */
};

static void count_reads(void *userdata, const char *line)
{
	struct reads *reads = userdata;
	const char *end = strstr(line, "/config");
	size_t bytes;

	reads->configs += strncmp(line, "open ", 5) == 0 && end && !end[strlen("/config")];
	reads->tables += strncmp(line, "read ", 5) == 0 && strstr(line, "/resource: ");
	if (end && sscanf(end, "/config: %zu bytes at", &bytes) == 1)
		reads->bytes += bytes;
}

/* Each 4 bytes of configuration space cost a VM some 18 us, and 256 functions below a port have 256 times that port. */
static void configuration_spaces_and_tables_are_read_once_for_all_functions(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs fs = machine_fs_new("h100");
	_cleanup_(lend_inventory_clear) struct lend_inventory inventory = { 0 };
	struct reads reads = { 0 };

	(void)state;
	assert_done(lend_inventory_read(fs.fs, &inventory, error));
	lend_trace_to(count_reads, &reads);
	for (size_t i = 0; i < inventory.count; i++) {
		_cleanup_(lend_device_clear) struct lend_device device = { 0 };

		assert_done(lend_device_read(fs.fs, &inventory, inventory.functions[i].address, &device, error));
	}
	lend_trace_to(NULL, NULL);
	assert_int_equal(reads.configs, inventory.count);
	assert_int_equal(reads.tables, inventory.count);
	assert_in_range(reads.bytes, 64 * inventory.count, 256 * inventory.count);
}

static void a_function_that_is_not_there_is_said_so(void **state)
{
	_cleanup_(scene_free) struct scene scene = scene_new("lab", "0000:01:00.0");
	struct lend_device device;

	(void)state;
	assert_refused(lend_device_read(scene.fs.fs, &scene.inventory, at("0000:0a:00.0"), &device, error), -ENODEV,
		       "0000:0a:00.0: this host has no such PCI function");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_is_read_once_and_asked_often),
		cmocka_unit_test(a_host_without_iommu_is_known_as_such),
		cmocka_unit_test(the_owner_of_the_firmware_framebuffer_shows_the_screen),
		cmocka_unit_test(function_zero_lists_a_bus_reset_that_its_siblings_forbid),
		cmocka_unit_test(the_other_ways_to_reset_stay),
		cmocka_unit_test(virtual_functions_stand_alone),
		cmocka_unit_test(an_apus_slot_is_listed_whole),
		cmocka_unit_test(the_bridges_above_are_known_from_the_root_down),
		cmocka_unit_test(memory_that_firmware_reserved_is_told_from_memory_that_it_only_used),
		cmocka_unit_test(configuration_spaces_and_tables_are_read_once_for_all_functions),
		cmocka_unit_test(a_function_that_is_not_there_is_said_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
