/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A desktop's only card: users' sessions end for it where the host's administrator says so, and nowhere else. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loan_story.h"

#define KWIN "/user.slice/user-1000.slice/user@1000.service/session.slice/plasma-kwin_wayland.service"
#define SWAY "/user.slice/user-1000.slice/session-3.scope"
#define UNIT_STATE "fake/unit-states/"

/* Process @pid, in control group @group, has the card open; @ends is the unit or session that ends it. */
static void put_user(struct story *story, int pid, const char *command, const char *group, const char *ends)
{
	char path[64], text[256];

	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/drm/card0/dev", "226:0\n");
	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/drm/card0/uevent", "DEVNAME=dri/card0\n");
	fake_process(story->kernel, pid, command, NULL, "/dev/dri/card0");
	fake_unit(story->kernel, ends, pid);
	(void)snprintf(path, sizeof(path), "proc/%d/cgroup", pid);
	(void)snprintf(text, sizeof(text), "0::%s\n", group);
	fake_attribute(story->kernel, path, text);
}

/* sddm runs, and has nothing of the card open itself. */
static void put_display_manager(struct story *story)
{
	fake_process(story->kernel, 650, "sddm", NULL, NULL);
	fake_unit(story->kernel, "sddm.service", 650);
	fake_attribute(story->kernel, "sys/fs/cgroup/system.slice/sddm.service/cgroup.procs", "650\n");
	fake_link(story->kernel, "etc/systemd/system/display-manager.service", "/usr/lib/systemd/system/sddm.service");
}

static void allow(struct story *story)
{
	story->settings.holders = LEND_HOLDERS_STOP;
	story->settings.stop_sessions = true;
}

static void a_compositor_of_a_users_manager_is_refused_until_sessions_may_be_ended(void **state)
{
	struct lend_error told = { 0 };
	struct story *story = *state;

	put_user(story, 700, "kwin_wayland", KWIN, "user@1000.service");
	put_display_manager(story);
	story->settings.holders = LEND_HOLDERS_STOP;
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY,
		       GPU ": in use by kwin_wayland (pid 700, plasma-kwin_wayland.service): /dev/dri/card0");
	assert_int_equal(lend_loan_take(&story->context, &story->request, &told), -EBUSY);
	assert_string_equal(
		told.hint,
		"log out before the VM starts, or have the session ended: 'stop_sessions = yes' in /etc/lendpci/lendpci.conf");
	assert_string_equal(fake_read(story->kernel, UNIT_STATE "sddm.service"), "(absent)");
}

static void the_users_manager_and_the_display_manager_stop_and_the_latter_is_back_afterwards(void **state)
{
	struct story *story = *state;
	char *before, *after;

	put_user(story, 700, "kwin_wayland", KWIN, "user@1000.service");
	put_display_manager(story);
	allow(story);
	before = fake_dump(story->kernel);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "vfio-pci");
	assert_string_equal(fake_read(story->kernel, UNIT_STATE "user@1000.service"), "stopped");
	assert_string_equal(fake_read(story->kernel, UNIT_STATE "sddm.service"), "stopped");

	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_read(story->kernel, UNIT_STATE "sddm.service"), "started");
	after = fake_dump(story->kernel);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void a_session_of_logind_ends_by_its_scope(void **state)
{
	struct story *story = *state;

	put_user(story, 700, "sway", SWAY, "session-3.scope");
	allow(story);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_read(story->kernel, UNIT_STATE "session-3.scope"), "stopped");
	/* Nobody is logged in again by us. */
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_read(story->kernel, UNIT_STATE "session-3.scope"), "stopped");
}

static void a_display_manager_that_does_not_run_or_is_not_named_is_left_alone(void **state)
{
	struct story *story = *state;

	put_user(story, 700, "sway", SWAY, "session-3.scope");
	put_display_manager(story);
	allow(story);
	(void)snprintf(story->settings.stop_units, sizeof(story->settings.stop_units), "sound.service");
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_read(story->kernel, UNIT_STATE "sddm.service"), "(absent)");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));

	put_user(story, 700, "sway", SWAY, "session-3.scope");
	(void)snprintf(story->settings.stop_units, sizeof(story->settings.stop_units), "display-manager.service");
	fake_remove(story->kernel, "sys/fs/cgroup/system.slice/sddm.service");
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_read(story->kernel, UNIT_STATE "sddm.service"), "(absent)");
}

/* Whoever may edit a VM's XML does not thereby log others out. */
static void an_owner_cannot_ask_for_sessions_to_be_ended(void **state)
{
	const enum lend_holders_policy stop = LEND_HOLDERS_STOP, wait = LEND_HOLDERS_WAIT;
	struct story *story = *state;

	put_user(story, 700, "sway", SWAY, "session-3.scope");
	story->settings.stop_sessions = true;
	story->settings.holders_wait_ms = 0;
	story->request.holders = &stop;
	assert_int_equal(lend_loan_take(&story->context, &story->request, NULL), -EBUSY);
	story->settings.holders = LEND_HOLDERS_STOP;
	story->request.holders = &wait;
	assert_int_equal(lend_loan_take(&story->context, &story->request, NULL), -EBUSY);
	assert_string_equal(fake_read(story->kernel, UNIT_STATE "session-3.scope"), "(absent)");
}

/* `sudo lendpci lend` in the terminal of the very desktop. */
static void a_command_does_not_end_the_session_that_it_runs_in(void **state)
{
	struct story *story = *state;

	put_user(story, 700, "sway", SWAY, "session-3.scope");
	fake_attribute(story->kernel, "proc/self/cgroup", "0::" SWAY "\n");
	allow(story);
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY,
		       "session-3.scope: has to end for it, and with it this command, which runs in it");
	assert_string_equal(fake_read(story->kernel, UNIT_STATE "session-3.scope"), "(absent)");
}

static void a_start_that_fails_afterwards_has_the_display_manager_back(void **state)
{
	struct story *story = *state;

	put_user(story, 700, "sway", SWAY, "session-3.scope");
	put_display_manager(story);
	allow(story);
	fake_stuck_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/driver_override");
	assert_int_equal(lend_loan_take(&story->context, &story->request, NULL), -EIO);
	assert_string_equal(fake_read(story->kernel, UNIT_STATE "sddm.service"), "started");
	assert_string_equal(story_loan_state(story, GPU), "home");
}

static void a_process_that_outlives_its_session_ends_the_start_and_is_named(void **state)
{
	struct story *story = *state;

	put_user(story, 700, "sway", SWAY, "session-3.scope");
	put_user(story, 701, "stays", SWAY, "session-3.scope");
	allow(story);
	story->settings.unbind_deadline_ms = 300;
	/* The scope takes the process along that was put last. */
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY,
		       GPU ": in use by sway (pid 700, session-3.scope): /dev/dri/card0");
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)
	const struct CMUnitTest tests[] = {
		TEST(a_compositor_of_a_users_manager_is_refused_until_sessions_may_be_ended),
		TEST(the_users_manager_and_the_display_manager_stop_and_the_latter_is_back_afterwards),
		TEST(a_session_of_logind_ends_by_its_scope),
		TEST(a_display_manager_that_does_not_run_or_is_not_named_is_left_alone),
		TEST(an_owner_cannot_ask_for_sessions_to_be_ended),
		TEST(a_command_does_not_end_the_session_that_it_runs_in),
		TEST(a_start_that_fails_afterwards_has_the_display_manager_back),
		TEST(a_process_that_outlives_its_session_ends_the_start_and_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
