/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A second graphics card that a running desktop has open: it is asked to let go, and keeps the card if it does not. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "loan_story.h"

#define CARD "sys/bus/pci/devices/" GPU "/drm/card0"
#define RENDER "sys/bus/pci/devices/" GPU "/drm/renderD128"
#define IN_USE GPU ": in use by sway (pid 700, session-3.scope): /dev/dri/card0"

/* sway has the card open, which is not the one that the firmware shows the host's screen on. */
static void begin(struct story *story)
{
	fake_attribute(story->kernel, CARD "/dev", "226:0\n");
	fake_attribute(story->kernel, CARD "/uevent", "DEVNAME=dri/card0\n");
	fake_attribute(story->kernel, RENDER "/dev", "226:128\n");
	fake_attribute(story->kernel, RENDER "/uevent", "DEVNAME=dri/renderD128\n");
	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/boot_vga", "0\n");
	fake_process(story->kernel, 700, "sway", NULL, "/dev/dri/card0");
	fake_attribute(story->kernel, "proc/700/cgroup", "0::/user.slice/user-1000.slice/session-3.scope\n");
	story->settings.holders = LEND_HOLDERS_RELEASE;
	story->settings.holders_wait_ms = 300;
}

static void a_desktop_that_lets_go_loses_the_card_and_nothing_else(void **state)
{
	struct story *story = *state;

	begin(story);
	fake_lets_go(story->kernel, 700);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "vfio-pci");
	assert_string_equal(fake_read(story->kernel, "fake/uevents"), "remove " CARD "; remove " RENDER "; ");
	assert_string_equal(fake_read(story->kernel, "proc/700/comm"), "sway");
	/* The driver goes, and with its next bind there are nodes that the kernel announces by itself. */
	fake_remove(story->kernel, "sys/bus/pci/devices/" GPU "/drm");
	fake_attribute(story->kernel, CARD "/dev", "226:0\n");
	fake_attribute(story->kernel, CARD "/uevent", "DEVNAME=dri/card0\n");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
	assert_null(strstr(fake_read(story->kernel, "fake/uevents"), "add "));
}

static void a_desktop_that_does_not_keeps_the_card_and_is_told_that_it_is_back(void **state)
{
	struct story *story = *state;
	char *before, *after;

	begin(story);
	before = fake_dump(story->kernel);
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY, IN_USE);
	after = fake_dump(story->kernel);
	assert_string_equal(before, after);
	assert_string_equal(fake_read(story->kernel, "fake/uevents"),
			    "remove " CARD "; remove " RENDER "; add " CARD "; add " RENDER "; ");
	assert_string_equal(story_loan_state(story, GPU), "home");
	free(before);
	free(after);
}

static void the_hosts_first_display_is_not_asked_for(void **state)
{
	struct story *story = *state;

	begin(story);
	fake_lets_go(story->kernel, 700);
	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/boot_vga", "1\n");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY, IN_USE);
	assert_string_equal(fake_read(story->kernel, "fake/uevents"), "(absent)");
}

static void what_does_not_listen_to_events_is_refused_at_once(void **state)
{
	struct story *story = *state;

	begin(story);
	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/i2c-4/i2c-dev/i2c-4/dev", "89:4\n");
	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/i2c-4/i2c-dev/i2c-4/uevent", "DEVNAME=i2c-4\n");
	fake_process(story->kernel, 701, "ddcutil", NULL, "/dev/i2c-4");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY,
		       GPU ": in use by ddcutil (pid 701, machine-test.scope): /dev/i2c-4");
	assert_string_equal(fake_read(story->kernel, "fake/uevents"), "(absent)");
}

/* Whoever may edit a VM does not take cards from a running desktop. */
static void an_owner_cannot_ask_for_it(void **state)
{
	const enum lend_holders_policy release = LEND_HOLDERS_RELEASE;
	struct story *story = *state;

	begin(story);
	fake_lets_go(story->kernel, 700);
	story->settings.holders = LEND_HOLDERS_REFUSE;
	story->request.holders = &release;
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY, IN_USE);
	assert_string_equal(fake_read(story->kernel, "fake/uevents"), "(absent)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)
	const struct CMUnitTest tests[] = {
		TEST(a_desktop_that_lets_go_loses_the_card_and_nothing_else),
		TEST(a_desktop_that_does_not_keeps_the_card_and_is_told_that_it_is_back),
		TEST(the_hosts_first_display_is_not_asked_for),
		TEST(what_does_not_listen_to_events_is_refused_at_once),
		TEST(an_owner_cannot_ask_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
