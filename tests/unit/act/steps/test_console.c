/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's text consoles, and a loan that takes their screen. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loan_story.h"

#define CONSOLE FAKE_CONSOLE "/bind"
#define IGPU "0000:00:02.0"
#define RELEASED GPU ": took the text consoles off its screen"

/* A second card, whose screen comes after that of GPU. */
static void plug_in_igpu(struct story *story)
{
	fake_function(story->kernel, IGPU, 0x030000, 2, "i915");
	fake_framebuffer(story->kernel, IGPU, "i915");
}

/* The consoles are on the screen of another card, as on a host that lends its second one. */
static void plug_in_igpu_as_fb0(struct story *story)
{
	fake_framebuffer(story->kernel, GPU, NULL);
	plug_in_igpu(story);
	fake_framebuffer(story->kernel, GPU, "bochs-drm");
}

static bool was_noted(const struct story *story, const char *text)
{
	return strstr(story->notes, text);
}

/* What win11's loan will put back. */
static const char *recorded_console(const struct story *story)
{
	return story_record(story, UUID, "console");
}

#define RECORDED(function) "{\"function\": \"" function "\", \"name\": \"(M) frame buffer device\"}"

static void the_hosts_only_screen_goes_without_its_text_and_comes_back_with_it(void **state)
{
	struct story *story = *state;
	char *before = fake_dump(story->kernel), *after;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_true(was_noted(story, "win11: " RELEASED));
	assert_string_equal(fake_read(story->kernel, CONSOLE), "(absent)");
	assert_string_equal(recorded_console(story), RECORDED(GPU));
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	after = fake_dump(story->kernel);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* One switch serves all framebuffers: a write of it would be refused here, and the loan with it. */
static void text_on_another_cards_screen_stays_there(void **state)
{
	struct story *story = *state;

	plug_in_igpu_as_fb0(story);
	fake_stuck_attribute(story->kernel, CONSOLE);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_read(story->kernel, CONSOLE), "1");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_read(story->kernel, CONSOLE), "1");
	assert_false(was_noted(story, RELEASED));
}

static void text_is_left_to_the_kernel_where_another_card_has_a_screen_too(void **state)
{
	struct story *story = *state;

	plug_in_igpu(story);
	fake_stuck_attribute(story->kernel, CONSOLE);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_read(story->kernel, CONSOLE), "1");
}

/* It may be on any card, and is not for the loan to take down. */
static void the_firmwares_framebuffer_counts_as_another_screen(void **state)
{
	struct story *story = *state;

	fake_link(story->kernel, "sys/class/graphics/fb1/device", "../../../devices/platform/efi-framebuffer.0");
	fake_stuck_attribute(story->kernel, CONSOLE);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_false(was_noted(story, RELEASED));
}

static void all_screens_lent_at_once_go_without_their_text(void **state)
{
	struct story *story = *state;

	plug_in_igpu_as_fb0(story);
	story->wanted[1] = story_address(IGPU);
	story->request.wanted_count = 2;
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_true(was_noted(story, "win11: " IGPU ": took the text consoles off its screen"));
	assert_string_equal(recorded_console(story), RECORDED(IGPU));
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_read(story->kernel, CONSOLE), "1");

	/* The first one has left already when the second one fails. */
	fake_stuck_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/driver_override");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EIO,
		       GPU ": the kernel kept driver_override at '' instead of 'vfio-pci'");
	assert_string_equal(fake_read(story->kernel, CONSOLE), "1");
	assert_string_equal(story_loan_state(story, IGPU), "home");
}

static void a_function_without_a_screen_touches_no_console(void **state)
{
	struct story *story = *state;

	fake_function(story->kernel, "0000:03:00.0", 0x010802, 9, "nvme");
	fake_stuck_attribute(story->kernel, CONSOLE);
	story->wanted[0] = story_address("0000:03:00.0");
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(recorded_console(story), "");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_read(story->kernel, CONSOLE), "1");
}

static void text_that_does_not_leave_the_screen_is_a_refusal(void **state)
{
	struct story *story = *state;
	char *before = fake_dump(story->kernel), *after;

	fake_stuck_attribute(story->kernel, CONSOLE);
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EIO,
		       GPU ": the kernel kept /" CONSOLE " at '1' instead of '0'");
	assert_string_equal(story_loan_state(story, GPU), "home");
	after = fake_dump(story->kernel);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void a_loan_that_fails_after_the_text_is_gone_brings_it_back(void **state)
{
	struct story *story = *state;

	fake_stuck_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/driver_override");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EIO,
		       GPU ": the kernel kept driver_override at '' instead of 'vfio-pci'");
	assert_true(was_noted(story, RELEASED));
	assert_string_equal(fake_read(story->kernel, CONSOLE), "1");
}

/* Kills a hook that lends at its @nth change. */
static void kill_at(struct story *story, unsigned nth)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		fake_fault_at(story->kernel, nth, FAKE_FAULT_KILL, getpid());
		_exit(lend_loan_take(&story->context, &story->request, NULL) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	fake_fault_at(story->kernel, 0, FAKE_FAULT_NONE, 0);
}

/* Between the release of the consoles and the unbinding of the card. */
static void kill_after_release(struct story *story)
{
	for (unsigned nth = 1; strcmp(fake_read(story->kernel, CONSOLE), "1") == 0; nth++)
		kill_at(story, nth);
	assert_string_equal(fake_read(story->kernel, CONSOLE), "0");
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

static void reconcile_brings_back_the_text_that_a_killed_hook_took_away(void **state)
{
	struct story *story = *state;
	struct lend_reconciled found = { 0 };

	kill_after_release(story);
	fake_process_ends(story->kernel, 500);
	assert_done(lend_loan_reconcile(&story->context, &found, error));
	assert_string_equal(fake_read(story->kernel, CONSOLE), "1");
	assert_string_equal(story_loan_state(story, GPU), "home");
}

static void text_that_was_off_the_screen_before_is_not_recorded(void **state)
{
	struct story *story = *state;

	fake_attribute(story->kernel, CONSOLE, "0\n");
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(recorded_console(story), "");
	assert_false(was_noted(story, RELEASED));
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
}

/* The monitor was unplugged meanwhile, and the driver makes a framebuffer for a monitor only. */
static void a_screen_that_stays_away_is_noted_and_the_loan_ends(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_framebuffer(story->kernel, GPU, NULL);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_true(
		was_noted(story, "win11: " GPU ": its text console did not come back: the host has no framebuffer"));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
	assert_string_equal(story_loan_state(story, GPU), "home");
}

static void text_that_does_not_come_back_is_noted_and_the_loan_ends(void **state)
{
	struct story *story = *state;
	struct lend_reconciled found = { 0 };

	kill_after_release(story);
	fake_stuck_attribute(story->kernel, CONSOLE);
	fake_process_ends(story->kernel, 500);
	assert_done(lend_loan_reconcile(&story->context, &found, error));
	assert_true(was_noted(story, "win11: " GPU ": the kernel kept /" CONSOLE " at '0' instead of '1'"));
	assert_string_equal(story_loan_state(story, GPU), "home");
}

/* The first attempt's entry knows how it was; the second attempt finds the consoles off. */
static void text_comes_back_after_a_killed_start_and_a_good_one(void **state)
{
	struct story *story = *state;
	char *before = fake_dump(story->kernel), *after;

	kill_after_release(story);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(recorded_console(story), RECORDED(GPU));
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	after = fake_dump(story->kernel);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)
	const struct CMUnitTest tests[] = {
		TEST(the_hosts_only_screen_goes_without_its_text_and_comes_back_with_it),
		TEST(text_on_another_cards_screen_stays_there),
		TEST(text_is_left_to_the_kernel_where_another_card_has_a_screen_too),
		TEST(the_firmwares_framebuffer_counts_as_another_screen),
		TEST(all_screens_lent_at_once_go_without_their_text),
		TEST(a_function_without_a_screen_touches_no_console),
		TEST(text_that_does_not_leave_the_screen_is_a_refusal),
		TEST(a_loan_that_fails_after_the_text_is_gone_brings_it_back),
		TEST(reconcile_brings_back_the_text_that_a_killed_hook_took_away),
		TEST(text_comes_back_after_a_killed_start_and_a_good_one),
		TEST(text_that_was_off_the_screen_before_is_not_recorded),
		TEST(a_screen_that_stays_away_is_noted_and_the_loan_ends),
		TEST(text_that_does_not_come_back_is_noted_and_the_loan_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
