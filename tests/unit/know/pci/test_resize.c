/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a wish for another size means for the BARs of real cards. */
#include "lendpci/know/pci/resize.h"

#include <errno.h>

#include "lendpci/know/pci/bars.h"
#include "test.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

/* A Radeon: its memory in BAR 0, its doorbells in BAR 2, both resizable. */
static const struct lend_bars radeon = {
	.count = 3,
	.items = { { .index = 0, .bits = 64, .resizable = true, .size = 256 * MIB, .sizes = 0x7f00 },
		   { .index = 2, .bits = 64, .resizable = true, .size = 2 * MIB, .sizes = 0x3e },
		   { .index = 5, .bits = 32, .size = MIB } },
};

static void assert_resize(const char *wish, uint64_t want)
{
	struct lend_resize resize = { 0 };

	assert_int_equal(lend_resize_find(&radeon, wish, &resize, NULL), 1);
	assert_int_equal(resize.bar, 0);
	assert_int_equal(resize.before, 256 * MIB);
	assert_int_equal(resize.want, want);
}

static void the_bar_of_the_cards_memory_is_meant(void **state)
{
	(void)state;
	assert_resize("max", 16 * GIB);
	assert_resize("16G", 16 * GIB);
	assert_resize("512M", 512 * MIB);
}

static void what_it_has_already_is_nothing_to_do(void **state)
{
	struct lend_resize resize = { .bar = 9 };

	(void)state;
	assert_int_equal(lend_resize_find(&radeon, "keep", &resize, NULL), 0);
	assert_int_equal(lend_resize_find(&radeon, "256M", &resize, NULL), 0);
	assert_int_equal(resize.bar, 9);
}

static void a_size_that_it_cannot_have_is_refused_with_those_that_it_can(void **state)
{
	struct lend_resize resize;

	(void)state;
	assert_refused(lend_resize_find(&radeon, "32G", &resize, error), -EINVAL,
		       "its BAR 0 cannot be 32G large, but 256 MiB, 512 MiB, 1 GiB, 2 GiB, 4 GiB, 8 GiB, 16 GiB");
	assert_int_equal(lend_resize_find(&radeon, "3G", &resize, NULL), -EINVAL);
	assert_int_equal(lend_resize_find(&radeon, "512K", &resize, NULL), -EINVAL);
	assert_int_equal(lend_resize_find(&radeon, "nonsense", &resize, NULL), -EINVAL);
}

static void a_card_without_such_a_bar_is_refused(void **state)
{
	const struct lend_bars plain = { .count = 1, .items = { { .size = 16 * MIB } } };
	struct lend_resize resize;

	(void)state;
	assert_refused(lend_resize_find(&plain, "max", &resize, error), -ENOTSUP, "it has no BAR that can be resized");
	assert_int_equal(lend_resize_find(&plain, "keep", &resize, NULL), 0);
}

static void the_guest_sees_the_new_size(void **state)
{
	struct lend_bars bars = radeon;

	(void)state;
	lend_resize_apply(&bars, "max");
	assert_int_equal(bars.items[0].size, 16 * GIB);
	assert_int_equal(bars.items[1].size, 2 * MIB);
	lend_resize_apply(&bars, "64G");
	assert_int_equal(bars.items[0].size, 16 * GIB);
}

static void words_and_powers_of_two_are_wishes(void **state)
{
	(void)state;
	assert_true(lend_resize_is_wish("max"));
	assert_true(lend_resize_is_wish("keep"));
	assert_true(lend_resize_is_wish("1M"));
	assert_true(lend_resize_is_wish("16G"));
	assert_false(lend_resize_is_wish("512K"));
	assert_false(lend_resize_is_wish("3G"));
	assert_false(lend_resize_is_wish(""));
	assert_false(lend_resize_is_wish("maximal"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bar_of_the_cards_memory_is_meant),
		cmocka_unit_test(what_it_has_already_is_nothing_to_do),
		cmocka_unit_test(a_size_that_it_cannot_have_is_refused_with_those_that_it_can),
		cmocka_unit_test(a_card_without_such_a_bar_is_refused),
		cmocka_unit_test(the_guest_sees_the_new_size),
		cmocka_unit_test(words_and_powers_of_two_are_wishes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
