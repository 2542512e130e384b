/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/pci/iommu_group.h"
#include "machine_fs.h"

/* Group 22 of the old server has four members, one of them a bridge; both of its cards were asked for, and one twice.
 */
static void a_group_is_there_once_behind_what_was_asked_for(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs fs = machine_fs_new("old-server");
	_cleanup_(lend_group_members_clear) struct lend_group_members found = { 0 };
	const struct lend_address asked[] = { at("0000:07:00.0"), at("0000:06:00.0"), at("0000:07:00.0") };

	(void)state;
	assert_done(lend_group_members_read(fs.fs, asked, 3, &found, error));
	assert_int_equal(found.count, 4);
	assert_string_equal(lend_address_text(found.items[0].address).text, "0000:07:00.0");
	assert_string_equal(lend_address_text(found.items[1].address).text, "0000:06:00.0");
	for (size_t i = 0; i < found.count; i++)
		assert_int_equal(found.items[i].iommu_group, 22);
}

static void a_function_without_a_group_stands_alone(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs fs = machine_fs_new("no-iommu");
	_cleanup_(lend_group_members_clear) struct lend_group_members found = { 0 };
	const struct lend_address asked = at("0000:02:00.0");

	(void)state;
	assert_done(lend_group_members_read(fs.fs, &asked, 1, &found, error));
	assert_int_equal(found.count, 1);
	assert_int_equal(found.items[0].iommu_group, LEND_NO_GROUP);
}

static void what_is_not_there_is_told(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs fs = machine_fs_new("lab");
	struct lend_group_members found = { .count = 7 };
	const struct lend_address asked[] = { at("0000:01:00.0"), at("0000:0a:00.0") };

	(void)state;
	assert_refused(lend_group_members_read(fs.fs, asked, 2, &found, error), -ENODEV,
		       "0000:0a:00.0: this host has no such PCI function");
	assert_int_equal(found.count, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_is_there_once_behind_what_was_asked_for),
		cmocka_unit_test(a_function_without_a_group_stands_alone),
		cmocka_unit_test(what_is_not_there_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
