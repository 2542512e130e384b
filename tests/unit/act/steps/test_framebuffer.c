/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The framebuffer that firmware set up, in the memory of the card that a VM wants. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>

#include "lendpci/know/pci/firmware_framebuffer.h"
#include "loan_story.h"

#define OTHER_CARD "0000:02:00.0"
#define DEVICE LEND_PLATFORM "/devices/" FAKE_FIRMWARE_FRAMEBUFFER
#define DRIVER LEND_PLATFORM "/drivers/efi-framebuffer"

/* Whether efifb draws. */
static bool draws(const struct story *story)
{
	struct lend_firmware_framebuffer found;

	return lend_firmware_framebuffer_find(story->context.fs, &found) && *found.driver;
}

/* A driver without a display of its own, as nvidia's was for long: text stays where firmware had it. */
static void begin_without_display(struct story *story)
{
	fake_framebuffer(story->kernel, GPU, NULL);
	fake_firmware_framebuffer(story->kernel, GPU);
	assert_true(draws(story));
}

static void it_goes_before_the_card_and_stays_off_where_a_host_driver_has_the_card_again(void **state)
{
	struct story *story = *state;

	begin_without_display(story);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_false(draws(story));
	assert_non_null(strstr(story->notes, GPU ": took the firmware's framebuffer off its memory"));
	assert_string_equal(story_record(story, UUID, "framebuffer"),
			    "{\"device\": \"efi-framebuffer.0\", \"driver\": \"efi-framebuffer\", \"function\": \"" GPU
			    "\"}");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_false(draws(story));
	assert_non_null(strstr(story->notes,
			       GPU ": the firmware's framebuffer stays off it until the next boot: bochs-drm has it"));
}

static void it_comes_back_with_its_text_where_no_host_driver_has_the_card(void **state)
{
	struct story *story = *state;
	char *before, *after;

	fake_framebuffer(story->kernel, GPU, NULL);
	fake_function(story->kernel, OTHER_CARD, 0x030000, 9, NULL);
	fake_firmware_framebuffer(story->kernel, OTHER_CARD);
	story->wanted[0] = story_address(OTHER_CARD);
	before = fake_dump(story->kernel);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_false(draws(story));
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_true(draws(story));
	after = fake_dump(story->kernel);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void in_another_cards_memory_it_stays(void **state)
{
	struct story *story = *state;

	fake_function(story->kernel, OTHER_CARD, 0x030000, 9, NULL);
	fake_firmware_framebuffer(story->kernel, OTHER_CARD);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_true(draws(story));
	assert_string_equal(story_record(story, UUID, "framebuffer"), "");
}

static void one_that_the_kernel_keeps_ends_the_start(void **state)
{
	struct story *story = *state;

	begin_without_display(story);
	fake_stuck_attribute(story->kernel, DRIVER "/unbind");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EIO,
		       GPU ": the kernel kept the firmware's framebuffer, efi-framebuffer.0");
	assert_true(draws(story));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

/* A splash screen draws on it, through a node that is not below the card in sysfs. */
static void who_draws_on_it_is_named(void **state)
{
	struct story *story = *state;

	begin_without_display(story);
	fake_attribute(story->kernel, DEVICE "/graphics/fb0/dev", "29:0\n");
	fake_attribute(story->kernel, DEVICE "/graphics/fb0/uevent", "DEVNAME=fb0\n");
	fake_process(story->kernel, 300, "plymouthd", NULL, "/dev/fb0");
	fake_unit(story->kernel, "plymouth-start.service", 300);
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY,
		       GPU ": in use by plymouthd (pid 300, plymouth-start.service): /dev/fb0");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)
	const struct CMUnitTest tests[] = {
		TEST(it_goes_before_the_card_and_stays_off_where_a_host_driver_has_the_card_again),
		TEST(it_comes_back_with_its_text_where_no_host_driver_has_the_card),
		TEST(in_another_cards_memory_it_stays),
		TEST(one_that_the_kernel_keeps_ends_the_start),
		TEST(who_draws_on_it_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
