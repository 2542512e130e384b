/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of virtual functions that are made at each boot. */
#include "lendpci/know/pci/vf_counts.h"

#include <errno.h>
#include <stdio.h>

#include "lendpci/base/cleanup.h"
#include "machine_fs.h"

static struct lend_vf_count count_of(const char *location, uint32_t count)
{
	struct lend_vf_count one = { .vendor = 0x8086, .device = 0x10c9, .count = count };

	(void)snprintf(one.location, sizeof(one.location), "%s", location);
	return one;
}

static void what_is_written_is_read_again(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	const struct lend_vf_count first = count_of("PCIROOT(0)#PCI(0100)#PCI(0000)", 7),
				   second = count_of("PCIROOT(0)#PCI(0200)#PCI(0000)", 2),
				   none = count_of("PCIROOT(0)#PCI(0100)#PCI(0000)", 0);
	struct lend_vf_counts list = { 0 }, again;
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(lend_vf_counts_put(&list, &none), 0);
	assert_int_equal(list.count, 0);
	assert_int_equal(lend_vf_counts_put(&list, &first), 0);
	assert_int_equal(lend_vf_counts_put(&list, &second), 0);
	assert_int_equal(lend_vf_counts_put(&list, &first), 0);
	assert_int_equal(list.count, 2);
	text = lend_vf_counts_format(&list);
	machine_fs_configure(&machine, "vfs", text);
	assert_done(lend_vf_counts_read(machine.fs, &again, error));
	assert_int_equal(again.count, 2);
	assert_string_equal(again.items[0].location, first.location);
	assert_int_equal(again.items[0].count, 7);
	assert_int_equal(again.items[1].device, 0x10c9);
	assert_int_equal(lend_vf_counts_put(&again, &none), 0);
	assert_int_equal(again.count, 1);
	assert_string_equal(again.items[0].location, second.location);
}

static void no_list_is_an_empty_one(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	struct lend_vf_counts list = { .count = 7 };

	(void)state;
	assert_done(lend_vf_counts_read(machine.fs, &list, error));
	assert_int_equal(list.count, 0);
}

static void a_line_that_is_none_is_told_with_its_number(void **state)
{
	static const char *const wrong[] = {
		"nonsense",
		"PCIROOT(0)#PCI(0100) 0x8086 0x10c9",
		"PCIROOT(0)#PCI(0100) 0x8086 0x10c9 0",
		"PCIROOT(0)#PCI(0100) 0x8086 0x10c9 70000",
		"PCIROOT(0)#PCI(0100) 0x8086 0x10c9 7 more",
	};
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	struct lend_vf_counts list = { .count = 7 };

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(wrong); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), "# a comment\n%s\n", wrong[i]);
		machine_fs_configure(&machine, "vfs", text);
		assert_refused(lend_vf_counts_read(machine.fs, &list, error), -EINVAL,
			       "/etc/lendpci/vfs: line 2 is not understood");
		assert_int_equal(list.count, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(no_list_is_an_empty_one),
		cmocka_unit_test(a_line_that_is_none_is_told_with_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
