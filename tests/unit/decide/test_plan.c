/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <errno.h>
#include <stdio.h>

#include "lendpci/decide/plan.h"

static struct lend_function function(const char *address, unsigned class, int group, const char *driver)
{
	struct lend_function ret = { .class = class, .iommu_group = group };

	assert_done(lend_address_parse(address, &ret.address, error));
	(void)snprintf(ret.driver, sizeof(ret.driver), "%s", driver);
	return ret;
}

/* Plans for the first of @functions. Returns what lend_plan_make() returns. */
static int plan(const struct lend_function *functions, size_t count, bool take_group, struct lend_plan *ret,
		struct lend_error *error)
{
	const struct lend_plan_input input = {
		.wanted = &functions[0].address,
		.wanted_count = 1,
		.functions = functions,
		.function_count = count,
		.take_group = take_group,
	};

	return lend_plan_make(&input, ret, error);
}

/* virt-manager adds only the function that was clicked on; plain libvirt then fails with "group is not viable". */
static void the_sibling_in_the_group_goes_along(void **state)
{
	const struct lend_function functions[] = {
		function("0000:01:00.1", 0x040300, 7, "snd_hda_intel"),
		function("0000:01:00.0", 0x030000, 7, "nouveau"),
	};
	struct lend_plan made;

	(void)state;
	assert_done(plan(functions, 2, false, &made, error));
	assert_int_equal(made.count, 2);
	assert_int_equal(made.functions[0].facts.address.function, 0);
	assert_true(made.functions[0].companion);
	assert_false(made.functions[1].companion);
	lend_plan_clear(&made);
}

static void bridges_and_driverless_members_of_the_group_stay(void **state)
{
	const struct lend_function functions[] = {
		function("0000:01:00.0", 0x030000, 7, "nouveau"),
		function("0000:00:01.0", 0x060400, 7, "pcieport"),
		function("0000:02:00.0", 0x020000, 7, ""),
		function("0000:03:00.0", 0x020000, 7, "vfio-pci"),
	};
	struct lend_plan made;

	(void)state;
	assert_done(plan(functions, 4, false, &made, error));
	assert_int_equal(made.count, 1);
	lend_plan_clear(&made);
}

static void another_slots_member_that_the_host_uses_is_a_refusal(void **state)
{
	const struct lend_function functions[] = {
		function("0000:01:00.0", 0x030000, 7, "nouveau"),
		function("0000:02:00.0", 0x010802, 7, "nvme"),
	};
	struct lend_plan made = { .count = 99 };

	(void)state;
	assert_refused(plan(functions, 2, false, &made, error), -EBUSY,
		       "0000:01:00.0: its IOMMU group 7 also holds 0000:02:00.0, which the host uses through nvme");
	assert_int_equal(made.count, 99);
	assert_done(plan(functions, 2, true, &made, error));
	assert_int_equal(made.count, 2);
	lend_plan_clear(&made);
}

static void a_bridge_itself_cannot_be_lent(void **state)
{
	const struct lend_function functions[] = { function("0000:00:01.0", 0x060400, 7, "pcieport") };
	struct lend_plan made;

	(void)state;
	assert_refused(plan(functions, 1, false, &made, error), -ENOTSUP,
		       "0000:00:01.0: a bridge (class 060400) cannot be lent, only what is behind it");
}

static void what_is_in_no_group_cannot_be_lent(void **state)
{
	const struct lend_function functions[] = { function("0000:01:00.0", 0x030000, LEND_NO_GROUP, "nouveau") };
	struct lend_plan made;

	(void)state;
	assert_refused(plan(functions, 1, false, &made, error), -ENOTSUP,
		       "0000:01:00.0: it is in no IOMMU group: a VM with it could write to all of the host's memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sibling_in_the_group_goes_along),
		cmocka_unit_test(bridges_and_driverless_members_of_the_group_stay),
		cmocka_unit_test(another_slots_member_that_the_host_uses_is_a_refusal),
		cmocka_unit_test(a_bridge_itself_cannot_be_lent),
		cmocka_unit_test(what_is_in_no_group_cannot_be_lent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
