/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/clock.h"

#include <limits.h>

#include "test.h"

static void a_deadline_comes_by_the_clock(void **state)
{
	const struct lend_deadline deadline = lend_deadline_in(60);
	const int64_t start = lend_now_ms();

	(void)state;
	assert_false(lend_deadline_has_passed(deadline));
	assert_in_range(lend_deadline_left(deadline), 1, 60);
	lend_pause_ms(70);
	assert_true(lend_deadline_has_passed(deadline));
	assert_int_equal(lend_deadline_left(deadline), 0);
	assert_true(lend_now_ms() - start >= 70);
}

static void a_pause_ends_at_the_deadline(void **state)
{
	const struct lend_deadline deadline = lend_deadline_in(50);
	const int64_t start = lend_now_ms();

	(void)state;
	/* Without the bound this would take longer than the test's own timeout. */
	lend_deadline_pause(deadline, 10 * 60 * 1000);
	assert_true(lend_now_ms() - start >= 49);
	lend_deadline_pause(deadline, 10 * 60 * 1000);
	assert_true(lend_deadline_has_passed(deadline) || lend_deadline_left(deadline) <= 1);
}

static void a_far_deadline_fits_what_poll_takes(void **state)
{
	(void)state;
	assert_int_equal(lend_deadline_left((struct lend_deadline){ .at_ms = INT64_MAX }), INT_MAX);
	/* poll(2) takes a negative timeout for "for ever". */
	assert_int_equal(lend_deadline_left((struct lend_deadline){ .at_ms = INT64_MIN / 2 }), 0);
	assert_true(lend_deadline_left(lend_deadline_in(UINT_MAX)) == INT_MAX);
}

static void the_earlier_of_two_deadlines_holds(void **state)
{
	const struct lend_deadline soon = { .at_ms = 10 }, late = { .at_ms = 20 };

	(void)state;
	assert_int_equal(lend_deadline_earlier(soon, late).at_ms, 10);
	assert_int_equal(lend_deadline_earlier(late, soon).at_ms, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deadline_comes_by_the_clock),
		cmocka_unit_test(a_pause_ends_at_the_deadline),
		cmocka_unit_test(a_far_deadline_fits_what_poll_takes),
		cmocka_unit_test(the_earlier_of_two_deadlines_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
