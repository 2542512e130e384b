/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/pci/bars.h"
#include "lendpci/know/pci/capabilities.h"
#include "machine_fs.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct lend_bars bars_of(const char *name, const char *address)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new(name);
	struct lend_bars bars = { 0 };

	assert_done(lend_bars_read(machine.fs, at(address), &bars, error));
	return bars;
}

static void a_gtx_1080_has_three_memory_bars_and_a_rom(void **state)
{
	struct lend_bars bars = bars_of("gtx-1080", "0000:01:00.0");

	(void)state;
	assert_int_equal(bars.count, 4);
	assert_int_equal(bars.items[0].index, 0);
	assert_int_equal(bars.items[0].size, 16 * MIB);
	assert_int_equal(bars.items[0].bits, 32);
	assert_false(bars.items[0].prefetchable);
	assert_int_equal(bars.items[0].start, 0xde000000);
	assert_int_equal(bars.items[1].index, 1);
	assert_int_equal(bars.items[1].size, 256 * MIB);
	assert_int_equal(bars.items[1].bits, 64);
	assert_true(bars.items[1].prefetchable);
	assert_false(bars.items[1].resizable);
	assert_int_equal(bars.items[2].index, 3);
	assert_int_equal(bars.items[3].index, LEND_BAR_ROM);
	assert_int_equal(bars.items[3].size, 512 * 1024);
}

static void an_unassigned_rom_keeps_its_size(void **state)
{
	struct lend_bars bars = bars_of("no-iommu", "0000:02:00.0");

	(void)state;
	assert_int_equal(bars.count, 4);
	assert_int_equal(bars.items[3].index, LEND_BAR_ROM);
	assert_int_equal(bars.items[3].size, 256 * 1024);
	assert_int_equal(bars.items[3].start, 0);
}

static void a_resizable_bar_tells_what_it_can_become(void **state)
{
	struct lend_bars bars = bars_of("rtx-4090", "0000:01:00.0");

	(void)state;
	assert_true(bars.items[1].resizable);
	assert_int_equal(bars.items[1].size, 32 * GIB);
	assert_int_equal(bars.items[1].sizes, 0xffc0); /* 64 MiB to 32 GiB */
	assert_false(bars.items[0].resizable);
}

static void an_nvme_register_bar_is_64_bit_and_not_prefetchable(void **state)
{
	struct lend_bars bars = bars_of("lab", "0000:03:00.0");

	(void)state;
	assert_int_equal(bars.count, 1);
	assert_int_equal(bars.items[0].bits, 64);
	assert_false(bars.items[0].prefetchable);
}

/* A user's 32 GiB BAR found no room behind the bridge, so the kernel's table shows nothing of it. */
static void a_big_bar_that_the_kernel_dropped_is_found_by_its_capability(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("rtx-4090");
	struct lend_bars bars = { 0 };
	char path[256];
	FILE *table;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/0000:01:00.0/resource", machine.directory);
	table = fopen(path, "we");
	assert_non_null(table);
	for (int i = 0; i < 13; i++)
		(void)fprintf(table, "0x%016x 0x%016x 0x%016x\n", i ? 0 : 0xf4000000, i ? 0 : 0xf4ffffff,
			      i ? 0 : 0x40200);
	(void)fclose(table);

	assert_done(lend_bars_read(machine.fs, at("01:00.0"), &bars, error));
	assert_int_equal(bars.count, 2);
	assert_int_equal(bars.items[1].index, 1);
	assert_int_equal(bars.items[1].size, 32 * GIB);
	assert_int_equal(bars.items[1].bits, 64);
	assert_int_equal(bars.items[1].start, 0);
	assert_true(bars.items[1].resizable);
}

static void a_virtual_functions_bars_come_from_the_table_alone(void **state)
{
	struct lend_bars bars = bars_of("sriov", "0000:03:00.1");

	(void)state;
	assert_int_equal(bars.count, 1);
	assert_int_equal(bars.items[0].size, 32 * 1024);
}

static struct lend_bars virtual_bars_of(const struct machine_fs *machine, const char *address)
{
	struct lend_bars bars, ret = { .count = 7 };
	struct lend_capabilities capabilities;

	assert_done(lend_capabilities_read(machine->fs, at(address), &capabilities, error));
	assert_done(lend_bars_read_known(machine->fs, at(address), &capabilities, &bars, &ret, error));
	return ret;
}

/* The kernel keeps room for all virtual functions in one range, and a bridge has its windows in those lines. */
static void a_physical_function_tells_what_each_virtual_one_has(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("sriov");
	struct lend_bars bars = { .count = 7 };

	(void)state;
	bars = virtual_bars_of(&machine, "03:00.0");
	assert_int_equal(bars.count, 1);
	assert_int_equal(bars.items[0].index, 0);
	assert_int_equal(bars.items[0].bits, 64);
	assert_int_equal(bars.items[0].size, 32 * 1024);
	assert_done(lend_bars_read(machine.fs, at("03:00.0"), &bars, error));
	assert_int_equal(bars.count, 1);

	assert_int_equal(virtual_bars_of(&machine, "03:00.1").count, 0);
	assert_int_equal(virtual_bars_of(&machine, "00:1c.0").count, 0);
}

static void a_table_that_is_none_is_refused_with_its_line(void **state)
{
	static const char *const wrong[] = {
		"0x0 0x0\n", "nonsense\n", "0x10 0x0f 0x200\n", "0x0 0xffffffffffffffff 0x200\n", "0x0 0x0 0x0 0x0\n",
	};
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	struct lend_bars bars = { .count = 7 };
	char path[256];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/0000:01:00.0/resource", machine.directory);
	for (size_t i = 0; i < LEND_ARRAY_SIZE(wrong); i++) {
		FILE *table = fopen(path, "we");

		assert_non_null(table);
		(void)fputs(wrong[i], table);
		(void)fclose(table);
		assert_refused(lend_bars_read(machine.fs, at("01:00.0"), &bars, error), -EINVAL,
			       "/sys/bus/pci/devices/0000:01:00.0/resource: line 1 is not `start end flags`");
	}
	assert_int_equal(bars.count, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gtx_1080_has_three_memory_bars_and_a_rom),
		cmocka_unit_test(an_unassigned_rom_keeps_its_size),
		cmocka_unit_test(a_resizable_bar_tells_what_it_can_become),
		cmocka_unit_test(an_nvme_register_bar_is_64_bit_and_not_prefetchable),
		cmocka_unit_test(a_big_bar_that_the_kernel_dropped_is_found_by_its_capability),
		cmocka_unit_test(a_virtual_functions_bars_come_from_the_table_alone),
		cmocka_unit_test(a_physical_function_tells_what_each_virtual_one_has),
		cmocka_unit_test(a_table_that_is_none_is_refused_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
