/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of reserved devices: what is written is read again, and what is not understood is not obeyed. */
#include "lendpci/know/pci/reservations.h"

#include <errno.h>
#include <stdio.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/pci/inventory.h"
#include "machine_fs.h"

static struct lend_reservation reservation_of(const struct machine_fs *machine, const char *address)
{
	struct lend_reservation one = { 0 };
	struct lend_function function;

	assert_done(lend_function_read(machine->fs, at(address), &function, error));
	assert_done(lend_reservation_make(machine->fs, &function, &one, error));
	return one;
}

static void a_reservation_says_where_and_what(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	const struct lend_reservation one = reservation_of(&machine, "01:00.1");

	(void)state;
	assert_string_equal(one.location, "PCIROOT(0)#PCI(0100)#PCI(0001)");
	assert_string_equal(one.hops, "pci0000:00/01.0/00.1");
	assert_int_equal(one.vendor, 0x8086);
	assert_int_equal(one.device, 0x2668);
}

/* The kernel hands out the domain of such a bus in the order of discovery. */
static void a_bus_below_a_function_is_found_whatever_its_domain(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("vmd");
	const struct lend_reservation one = reservation_of(&machine, "10000:e1:00.0");

	(void)state;
	assert_string_equal(one.location, "PCIROOT(0)#PCI(0E00)#PCIROOT(E0)#PCI(0600)#PCI(0000)");
	assert_string_equal(one.hops, "pci0000:00/0e.0/pci*:e0/06.0/00.0");
}

static void what_is_written_is_read_again(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	_cleanup_(lend_reservations_clear) struct lend_reservations list = { 0 }, again = { 0 };
	const struct lend_reservation gpu = reservation_of(&machine, "01:00.0"),
				      nvme = reservation_of(&machine, "03:00.0");
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(lend_reservations_put(&list, &gpu), 0);
	assert_int_equal(lend_reservations_put(&list, &nvme), 0);
	assert_int_equal(lend_reservations_put(&list, &gpu), 0);
	assert_int_equal(list.count, 2);
	text = lend_reservations_format(&list);
	machine_fs_configure(&machine, "reserved", text);
	assert_done(lend_reservations_read(machine.fs, &again, error));
	assert_int_equal(again.count, 2);
	assert_string_equal(again.items[0].location, gpu.location);
	assert_string_equal(again.items[1].hops, nvme.hops);
	assert_true(lend_reservations_drop(&again, gpu.location));
	assert_false(lend_reservations_drop(&again, gpu.location));
	assert_null(lend_reservations_find(&again, gpu.location));
	assert_ptr_equal(lend_reservations_find(&again, nvme.location), &again.items[0]);
}

static void no_list_is_an_empty_one(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	struct lend_reservations list = { .count = 7 };

	(void)state;
	assert_done(lend_reservations_read(machine.fs, &list, error));
	assert_int_equal(list.count, 0);
}

static void a_line_that_is_none_is_told_with_its_number(void **state)
{
	static const char *const wrong[] = {
		"nonsense",
		"PCIROOT(0)#PCI(0100) 0x1234 0x1111",
		"PCIROOT(0)#PCI(0100) 0x12345 0x1111 pci0000:00/01.0",
		"PCIROOT(0)#PCI(0100) 0x1234 0x1111 pci0000:00/01.0 more",
	};
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new("lab");
	struct lend_reservations list = { .count = 7 };

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(wrong); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), "# a comment\n\n%s\n", wrong[i]);
		machine_fs_configure(&machine, "reserved", text);
		assert_refused(lend_reservations_read(machine.fs, &list, error), -EINVAL,
			       "/etc/lendpci/reserved: line 3 is not understood");
		assert_int_equal(list.count, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reservation_says_where_and_what),
		cmocka_unit_test(a_bus_below_a_function_is_found_whatever_its_domain),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(no_list_is_an_empty_one),
		cmocka_unit_test(a_line_that_is_none_is_told_with_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
