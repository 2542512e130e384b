/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/location_path.h"
#include "machine_fs.h"

static void assert_location(const char *name, const char *address, const char *path)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new(name);
	char text[LEND_LOCATION_MAX];
	struct lend_address found;

	assert_done(lend_location_path(machine.fs, at(address), text, sizeof(text), error));
	assert_string_equal(text, path);
	assert_done(lend_location_resolve(machine.fs, path, &found, error));
	assert_string_equal(lend_address_text(found).text, address);
}

static void a_card_behind_a_root_port_has_two_hops(void **state)
{
	(void)state;
	assert_location("lab", "0000:01:00.0", "PCIROOT(0)#PCI(0100)#PCI(0000)");
}

static void each_function_of_a_card_has_a_path_of_its_own(void **state)
{
	(void)state;
	assert_location("lab", "0000:01:00.1", "PCIROOT(0)#PCI(0100)#PCI(0001)");
}

static void a_device_on_the_root_bus_has_one_hop(void **state)
{
	(void)state;
	assert_location("lab", "0000:00:1f.2", "PCIROOT(0)#PCI(1F02)");
}

static void a_second_root_complex_and_a_switch_are_seen_in_the_path(void **state)
{
	(void)state;
	assert_location("h100", "0000:4b:00.0", "PCIROOT(48)#PCI(0100)#PCI(0000)#PCI(0000)#PCI(0000)");
}

/* VMD's domain number depends on who was probed first; the function that it hangs from does not. */
static void a_disk_behind_vmd_is_found_through_vmd(void **state)
{
	(void)state;
	assert_location("vmd", "10000:e1:00.0", "PCIROOT(0)#PCI(0E00)#PCIROOT(E0)#PCI(0600)#PCI(0000)");
}

static void every_function_of_every_machine_is_found_again_by_its_path(void **state)
{
	static const char *const names[] = { "lab",    "apu",   "gtx-1080", "h100", "no-iommu", "old-server",
					     "radeon", "sriov", "rtx-4090", "vmd",  "arc-a770", "b200-x8" };

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(names); i++) {
		_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new(names[i]);
		_cleanup_(lend_addresses_clear) struct lend_addresses functions = { 0 };

		assert_done(lend_functions_list(machine.fs, &functions, error));
		assert_true(functions.count > 2);
		for (size_t k = 0; k < functions.count; k++) {
			struct lend_address found;
			char path[LEND_LOCATION_MAX];

			assert_done(lend_location_path(machine.fs, functions.items[k], path, sizeof(path), error));
			assert_done(lend_location_resolve(machine.fs, path, &found, error));
			assert_true(lend_address_equal(found, functions.items[k]));
		}
	}
}

/* The same machine after a card was put into a slot before it: the bus has another number, the place has not. */
static void a_path_stays_when_buses_are_renumbered(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	struct lend_address found;
	char from[256], to[256], link[256];

	(void)state;
	(void)snprintf(from, sizeof(from), "%s/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0", machine.directory);
	(void)snprintf(to, sizeof(to), "%s/sys/devices/pci0000:00/0000:00:01.0/0000:0a:00.0", machine.directory);
	(void)snprintf(link, sizeof(link), "%s/sys/bus/pci/devices/0000:0a:00.0", machine.directory);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(symlink("../../../../sys/devices/pci0000:00/0000:00:01.0/0000:0a:00.0", link), 0);
	(void)snprintf(link, sizeof(link), "%s/sys/bus/pci/devices/0000:01:00.0", machine.directory);
	assert_int_equal(unlink(link), 0);

	assert_done(lend_location_resolve(machine.fs, "PCIROOT(0)#PCI(0100)#PCI(0000)", &found, error));
	assert_string_equal(lend_address_text(found).text, "0000:0a:00.0");
}

static void letters_and_leading_zeros_are_read_in_any_form(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	struct lend_address found;

	(void)state;
	assert_done(lend_location_resolve(machine.fs, "pciroot(00)#pci(1f02)", &found, error));
	assert_string_equal(lend_address_text(found).text, "0000:00:1f.2");
}

static void an_empty_slot_is_said_to_be_empty(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	struct lend_address found = { .bus = 7 };

	(void)state;
	assert_refused(lend_location_resolve(machine.fs, "PCIROOT(0)#PCI(1e00)#PCI(0000)", &found, error), -ENODEV,
		       "PCIROOT(0)#PCI(1E00)#PCI(0000): nothing is plugged there");
	assert_refused(lend_location_resolve(machine.fs, "PCIROOT(1:0)#PCI(0100)", &found, error), -ENODEV,
		       "PCIROOT(1:0)#PCI(0100): nothing is plugged there");
	assert_int_equal(found.bus, 7);
}

static void the_error_points_at_the_character(void **state)
{
	static const struct {
		const char *path, *problem;
	} wrong[] = {
		{ "", "it ends after character 0, expected PCIROOT(" },
		{ "PCI(0100)", "character 1 is 'P', expected PCIROOT(" },
		{ "PCIROOT(0)", "it ends after character 10, expected '#'" },
		{ "PCIROOT(0)#", "it ends after character 11, expected PCI(" },
		{ "PCIROOT(0)#PCI(100)", "character 19 is ')', expected a hexadecimal digit" },
		{ "PCIROOT(0)#PCI(01000)", "character 20 is '0', expected ')'" },
		{ "PCIROOT(0)#PCI(2000)", "character 16 is '2', expected a device number of at most 1F" },
		{ "PCIROOT(0)#PCI(0108)", "character 18 is '0', expected a function number of at most 07" },
		{ "PCIROOT(0)#PCI(0100) ", "character 21 is ' ', expected '#' or the end" },
		{ "PCIROOT(100)#PCI(0100)", "character 9 is '1', expected a bus number of at most FF" },
		{ "PCIROOT(x)#PCI(0100)", "character 9 is 'x', expected a hexadecimal digit" },
		{ "PCIROOT(0)#PCI(0100)#PCIROOT(1:0)#PCI(0000)", "character 31 is ':', expected ')'" },
		{ "PCIROOT(0)#PCIROOT(0)#PCI(0000)", "character 12 is 'P', expected PCI(" },
	};
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	struct lend_address found;

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(wrong); i++) {
		char sentence[256];

		(void)snprintf(sentence, sizeof(sentence), "%s: not a location path: %s", wrong[i].path,
			       wrong[i].problem);
		assert_refused(lend_location_resolve(machine.fs, wrong[i].path, &found, error), -EINVAL, sentence);
	}
}

static void a_path_without_end_is_refused(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	char path[LEND_LOCATION_MAX * 2] = "PCIROOT(0)";
	struct lend_address found;

	(void)state;
	while (strlen(path) < LEND_LOCATION_MAX)
		(void)strcat(path, "#PCI(0000)");
	assert_int_equal(lend_location_resolve(machine.fs, path, &found, NULL), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_behind_a_root_port_has_two_hops),
		cmocka_unit_test(each_function_of_a_card_has_a_path_of_its_own),
		cmocka_unit_test(a_device_on_the_root_bus_has_one_hop),
		cmocka_unit_test(a_second_root_complex_and_a_switch_are_seen_in_the_path),
		cmocka_unit_test(a_disk_behind_vmd_is_found_through_vmd),
		cmocka_unit_test(every_function_of_every_machine_is_found_again_by_its_path),
		cmocka_unit_test(a_path_stays_when_buses_are_renumbered),
		cmocka_unit_test(letters_and_leading_zeros_are_read_in_any_form),
		cmocka_unit_test(an_empty_slot_is_said_to_be_empty),
		cmocka_unit_test(the_error_points_at_the_character),
		cmocka_unit_test(a_path_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
