/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Resizable BAR has the size that was asked for while its card is on loan, and its own at home. */
#include <errno.h>
#include <stdlib.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/pci/bars.h"
#include "loan_story.h"
#include "test.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define RESIZE "sys/bus/pci/devices/" GPU "/resource1_resize"

static struct lend_wish wish;

/* 256 MiB, 8 or 16 GiB; the host has room for all. */
static int begin(void **state)
{
	struct story *story;

	(void)story_begin(state);
	story = *state;
	fake_resizable_bar(story->kernel, GPU, 1, 256, 0x6100, 16384);
	wish = (struct lend_wish){ .address = story->wanted[0], .rebar = "16G" };
	story->request.wishes = &wish;
	story->request.wish_count = 1;
	return 0;
}

static void assert_size(const struct story *story, uint64_t size)
{
	struct lend_bars bars;

	assert_done(lend_bars_read(story->context.fs, story_address(GPU), &bars, error));
	assert_int_equal(bars.count, 1);
	assert_int_equal(bars.items[0].size, size);
}

static void the_bar_is_large_on_loan_and_as_before_at_home(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *before = fake_dump(story->kernel), *after = NULL;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_size(story, 16 * GIB);
	assert_string_equal(fake_driver(story->kernel, GPU), "vfio-pci");
	assert_string_equal(story_record(story, GPU, "rebar"),
			    "{\"bar\": 1, \"before\": 268435456, \"want\": 17179869184}");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_size(story, 256 * MIB);
	after = fake_dump(story->kernel);
	assert_string_equal(after, before);
}

static void a_start_without_room_is_refused_and_undone(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *before = NULL, *after = NULL;

	fake_resizable_bar(story->kernel, GPU, 1, 256, 0x6100, 8192);
	before = fake_dump(story->kernel);
	assert_refused(lend_loan_take(&story->context, &story->request, error), -ENOSPC,
		       GPU ": the host has no room to make its BAR 1 16 GiB large");
	after = fake_dump(story->kernel);
	assert_string_equal(after, before);
	assert_string_equal(story_loan_state(story, GPU), "home");
}

static void a_size_that_the_card_cannot_have_is_refused_before_anything_changes(void **state)
{
	struct story *story = *state;

	(void)snprintf(wish.rebar, sizeof(wish.rebar), "4G");
	fake_fault_at(story->kernel, 0, FAKE_FAULT_NONE, 0);
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EINVAL,
		       GPU ": its BAR 1 cannot be 4G large, but 256 MiB, 8 GiB, 16 GiB");
	assert_int_equal(fake_changes(story->kernel), 0);
}

static void a_kernel_that_keeps_the_size_is_told(void **state)
{
	struct story *story = *state;

	fake_stuck_attribute(story->kernel, RESIZE);
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EIO,
		       GPU ": the kernel left its BAR 1 at 256 MiB instead of 16 GiB");
	assert_string_equal(story_loan_state(story, GPU), "home");
}

/* Somebody's own choice, made while it was on loan. */
static void a_third_size_is_left_with_a_note(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_resizable_bar(story->kernel, GPU, 1, 8192, 0x6100, 16384);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_size(story, 8 * GIB);
	assert_non_null(
		strstr(story->notes, GPU ": left its BAR 1 at 8 GiB, which somebody set while it was on loan\n"));
	assert_string_equal(story_loan_state(story, GPU), "home");
}

/* Better home with the wrong size than not at all. */
static void a_card_whose_size_cannot_be_restored_comes_home(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_stuck_attribute(story->kernel, RESIZE);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
	assert_string_equal(story_loan_state(story, GPU), "home");
	assert_non_null(strstr(story->notes, "the kernel left its BAR 1 at 16 GiB instead of 256 MiB"));
}

static void a_resize_that_hangs_on_the_way_home_is_given_up(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	story->settings.unbind_deadline_ms = 200;
	fake_attribute_hangs(story->kernel, RESIZE, true);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
	assert_string_equal(story_loan_state(story, GPU), "home");
	assert_non_null(strstr(story->notes, GPU ": resizing its BAR 1 to 256 MiB did not end within 0.2 s"));
}

static void without_a_wish_nothing_is_resized(void **state)
{
	struct story *story = *state;

	wish.rebar[0] = '\0';
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_size(story, 256 * MIB);
	assert_string_equal(story_record(story, GPU, "rebar"), "");
	(void)snprintf(wish.rebar, sizeof(wish.rebar), "keep");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_size(story, 256 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_bar_is_large_on_loan_and_as_before_at_home, begin, story_end),
		cmocka_unit_test_setup_teardown(a_start_without_room_is_refused_and_undone, begin, story_end),
		cmocka_unit_test_setup_teardown(a_size_that_the_card_cannot_have_is_refused_before_anything_changes,
						begin, story_end),
		cmocka_unit_test_setup_teardown(a_kernel_that_keeps_the_size_is_told, begin, story_end),
		cmocka_unit_test_setup_teardown(a_third_size_is_left_with_a_note, begin, story_end),
		cmocka_unit_test_setup_teardown(a_card_whose_size_cannot_be_restored_comes_home, begin, story_end),
		cmocka_unit_test_setup_teardown(a_resize_that_hangs_on_the_way_home_is_given_up, begin, story_end),
		cmocka_unit_test_setup_teardown(without_a_wish_nothing_is_resized, begin, story_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
