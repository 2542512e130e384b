/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A drive writes out what it has cached before it is lent, and is not taken when it cannot. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lendpci/base/cleanup.h"
#include "loan_story.h"
#include "test.h"

#define NVME "0000:03:00.0"
#define BELOW "sys/bus/pci/devices/" NVME "/nvme/nvme0"
#define LINKED "../../bus/pci/devices/" NVME "/nvme/nvme0"

/* A drive with a disk of one partition, and one namespace that has another path, too. */
static int begin(void **state)
{
	struct story *story;

	(void)story_begin(state);
	story = *state;
	fake_function(story->kernel, NVME, 0x010802, 9, "nvme");
	fake_attribute(story->kernel, BELOW "/nvme0n1/size", "1\n");
	fake_attribute(story->kernel, BELOW "/nvme0n1/nvme0n1p1/partition", "1\n");
	fake_attribute(story->kernel, BELOW "/nvme0c0n2/size", "1\n");
	fake_link(story->kernel, "sys/class/block/nvme0n1", LINKED "/nvme0n1");
	fake_link(story->kernel, "sys/class/block/nvme0n1p1", LINKED "/nvme0n1/nvme0n1p1");
	fake_link(story->kernel, "sys/class/block/nvme0c0n2", LINKED "/nvme0c0n2");
	fake_attribute(story->kernel, "dev/nvme0n1", "");
	fake_attribute(story->kernel, "dev/nvme0n2", "");
	story->wanted[0] = story_address(NVME);
	return 0;
}

/* What step "flush" would do, "" for nothing. The caller's to free. */
static char *planned(const struct story *story)
{
	struct lend_preview preview = { 0 };
	char *text = strdup("");

	assert_done(lend_loan_check(&story->context, &story->request, NULL, &preview, error));
	for (size_t i = 0; i < preview.count; i++) {
		if (strcmp(preview.items[i].step, "flush") != 0)
			continue;
		free(text);
		text = strdup(preview.items[i].text);
	}
	lend_preview_clear(&preview);
	return text;
}

static void each_disk_of_a_drive_is_written_out_and_no_partition(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *text = planned(story);

	assert_string_equal(text, "write out what is cached on nvme0n2 and 1 more");
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_driver(story->kernel, NVME), "vfio-pci");
	/* There is nothing of it to undo. */
	assert_string_equal(story_record(story, NVME, "flush"), "");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, NVME), "nvme");
}

static void a_drive_that_cannot_is_not_taken(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *before = NULL, *after = NULL;

	/* A node that cannot be opened. */
	fake_remove(story->kernel, "dev/nvme0n1");
	fake_link(story->kernel, "dev/nvme0n1", "nvme0n1");
	before = fake_dump(story->kernel);
	assert_refused(
		lend_loan_take(&story->context, &story->request, error), -EIO,
		NVME ": its disk /dev/nvme0n1 cannot write out what it has cached: Too many levels of symbolic links");
	after = fake_dump(story->kernel);
	assert_string_equal(after, before);
	assert_string_equal(story_loan_state(story, NVME), "home");
}

static void a_disk_that_went_meanwhile_is_no_obstacle(void **state)
{
	struct story *story = *state;

	fake_remove(story->kernel, "dev/nvme0n1");
	assert_done(lend_loan_take(&story->context, &story->request, error));
}

static void a_graphics_card_has_none(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *text = NULL;

	story->wanted[0] = story_address(GPU);
	text = planned(story);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_disk_of_a_drive_is_written_out_and_no_partition, begin, story_end),
		cmocka_unit_test_setup_teardown(a_drive_that_cannot_is_not_taken, begin, story_end),
		cmocka_unit_test_setup_teardown(a_disk_that_went_meanwhile_is_no_obstacle, begin, story_end),
		cmocka_unit_test_setup_teardown(a_graphics_card_has_none, begin, story_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
