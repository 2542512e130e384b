/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lendpci was upgraded while a VM runs: what version 1 of the journal says brings the card home. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>

#include "lendpci/base/fs.h"
#include "loan_story.h"

#define ENTRY(function) "run/lendpci/loans/" function ".json"

/* As lendpci 0.1 wrote them: the console and the units are in the first function's entry. */
#define VERSION_1(function, device, driver, module, units, consoles)                                                   \
	"{\"version\": 1, \"function\": \"" function "\", \"state\": \"lent\", \"domain\": \"win11\",\n"               \
	" \"uuid\": \"" UUID "\", \"since\": 1700000000, \"started\": true, \"vendor\": 4660, \"device\": " device     \
	", \"why\": \"\",\n"                                                                                           \
	" \"keeper\": {\"pid\": 500, \"starttime\": 5000},\n"                                                          \
	" \"before\": {\"driver\": \"" driver "\", \"driver_override\": \"\", \"module\": \"" module "\",\n"           \
	"  \"power_control\": \"auto\", \"d3cold_allowed\": \"1\", \"reset_method\": \"flr bus\",\n"                   \
	"  \"units\": \"" units "\"" consoles "},\n"                                                                   \
	" \"hanging\": {\"pid\": 0, \"starttime\": 0}}\n"

/* The card as version 1 left it to a VM. */
static void lend_as_version_1(struct story *story, const char *gpu, const char *audio)
{
	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_remove(story->kernel, "run/lendpci/loans/" UUID ".json");
	fake_attribute(story->kernel, ENTRY(GPU), gpu);
	fake_attribute(story->kernel, ENTRY(AUDIO), audio);
}

static void a_card_that_version_1_lent_comes_home_as_it_was(void **state)
{
	struct story *story = *state;
	char *before = fake_dump(story->kernel), *after;

	lend_as_version_1(story,
			  VERSION_1(GPU, "4369", "bochs-drm", "bochs", "display-manager.service",
				    ", \"consoles\": \"(M) frame buffer device\""),
			  VERSION_1(AUDIO, "4369", "snd_hda_intel", "snd_hda_intel", "", ", \"consoles\": \"\""));
	assert_string_equal(story_loan_state(story, GPU), "lent");
	fake_process(story->kernel, 700, "Xorg", NULL, NULL);
	fake_unit(story->kernel, "display-manager.service", 700);
	assert_done(lend_loan_mark_started(&story->context, UUID, error));
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(story_loan_state(story, GPU), "home");
	assert_string_equal(story_loan_state(story, AUDIO), "home");
	assert_string_equal(fake_read(story->kernel, "fake/unit-states/display-manager.service"), "started");
	after = fake_dump(story->kernel);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void an_entry_from_before_consoles_were_recorded_is_obeyed(void **state)
{
	struct story *story = *state;

	lend_as_version_1(story, VERSION_1(GPU, "4369", "bochs-drm", "bochs", "", ""),
			  VERSION_1(AUDIO, "4369", "snd_hda_intel", "snd_hda_intel", "", ""));
	assert_string_equal(story_record(story, GPU, "console"), "");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

/* It is rewritten as one of version 2 when the VM's vCPUs run, or the daemon is another one. */
static void a_write_makes_it_an_entry_of_this_version(void **state)
{
	struct lend_process daemon = { 600, 6000 };
	struct story *story = *state;
	char text[4096];

	lend_as_version_1(story, VERSION_1(GPU, "4369", "bochs-drm", "bochs", "", ""),
			  VERSION_1(AUDIO, "4369", "snd_hda_intel", "snd_hda_intel", "", ""));
	assert_done(lend_loan_rebind_daemon(&story->context, UUID, daemon, error));
	assert_done(lend_fs_read(story->context.fs, ENTRY(GPU), text, sizeof(text), error));
	assert_non_null(strstr(text, "\"version\": 2"));
	assert_null(strstr(text, "keeper"));
	assert_string_equal(
		story_record(story, GPU, "unbind"),
		"{\"before\": {\"driver\": \"bochs-drm\", \"driver_override\": \"\", \"module\": \"bochs\"}, \"want\": {\"driver_override\": \"vfio-pci\"}}");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

/* The hook obeys the journal as root: a path for a driver must not be obeyed. */
static void a_driver_that_is_a_path_is_not_obeyed(void **state)
{
	struct story *story = *state;

	lend_as_version_1(story, VERSION_1(GPU, "4369", "../../../etc", "bochs", "", ""),
			  VERSION_1(AUDIO, "4369", "snd_hda_intel", "snd_hda_intel", "", ""));
	assert_refused(lend_loan_return_domain(&story->context, UUID, error), -EBADMSG,
		       GPU ": step 'unbind' of its journal entry is damaged");
	assert_string_equal(fake_driver(story->kernel, GPU), "vfio-pci");
	assert_string_equal(fake_driver(story->kernel, AUDIO), "snd_hda_intel");
	assert_done(story_return(story, GPU, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)
	const struct CMUnitTest tests[] = {
		TEST(a_card_that_version_1_lent_comes_home_as_it_was),
		TEST(an_entry_from_before_consoles_were_recorded_is_obeyed),
		TEST(a_write_makes_it_an_entry_of_this_version),
		TEST(a_driver_that_is_a_path_is_not_obeyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
