/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual functions: made by the function's driver, and never taken away under a VM. */
#include "lendpci/act/set_vfs.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lendpci/act/journal.h"
#include "lendpci/act/lock.h"
#include "lendpci/base/cleanup.h"
#include "loan_story.h"
#include "test.h"

#define NIC "0000:05:00.0"
#define DEVICE "sys/bus/pci/devices/" NIC
#define COUNT DEVICE "/sriov_numvfs"

static int begin(void **state)
{
	struct story *story;

	(void)story_begin(state);
	story = *state;
	fake_function(story->kernel, NIC, 0x020000, 30, "igb");
	fake_virtual_functions(story->kernel, NIC, 7);
	return 0;
}

static void a_driver_makes_as_many_as_are_asked_for(void **state)
{
	struct story *story = *state;

	assert_done(lend_vfs_set(&story->context, story_address(NIC), 7, error));
	assert_string_equal(fake_read(story->kernel, COUNT), "7");
	fake_fault_at(story->kernel, 0, FAKE_FAULT_NONE, 0);
	assert_done(lend_vfs_set(&story->context, story_address(NIC), 7, error));
	assert_int_equal(fake_changes(story->kernel), 0);
	assert_done(lend_vfs_set(&story->context, story_address(NIC), 2, error));
	assert_string_equal(fake_read(story->kernel, COUNT), "2");
	assert_done(lend_vfs_set(&story->context, story_address(NIC), 0, error));
	assert_string_equal(fake_read(story->kernel, COUNT), "0");
}

static void more_than_it_can_have_is_refused(void **state)
{
	struct story *story = *state;

	assert_refused(lend_vfs_set(&story->context, story_address(NIC), 8, error), -EINVAL,
		       NIC ": it can have 7 virtual functions, not 8");
	assert_refused(lend_vfs_set(&story->context, story_address(GPU), 1, error), -ENOTSUP,
		       GPU ": it can have no virtual functions");
	assert_string_equal(fake_read(story->kernel, COUNT), "0");
}

static void nothing_is_taken_away_while_one_is_on_loan(void **state)
{
	struct story *story = *state;

	assert_done(lend_vfs_set(&story->context, story_address(NIC), 2, error));
	story->wanted[0] = story_address("0000:05:00.2");
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_refused(lend_vfs_set(&story->context, story_address(NIC), 0, error), -EBUSY,
		       "0000:05:00.2: the virtual function is on loan");
	assert_refused(lend_vfs_set(&story->context, story_address(NIC), 4, error), -EBUSY,
		       "0000:05:00.2: the virtual function is on loan");
	assert_string_equal(fake_read(story->kernel, COUNT), "2");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_done(lend_vfs_set(&story->context, story_address(NIC), 0, error));
}

/* A VM that is just starting has it locked before its loan is written down. */
static void a_virtual_function_that_somebody_is_at_work_on_is_left(void **state)
{
	_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
	struct story *story = *state;

	assert_done(lend_vfs_set(&story->context, story_address(NIC), 2, error));
	assert_done(lend_journal_prepare(story->context.fs, error));
	assert_done(lend_lock_function(story->context.fs, story_address("0000:05:00.1"), 0, &locks, error));
	assert_true(lend_vfs_set(&story->context, story_address(NIC), 0, NULL) < 0);
	assert_string_equal(fake_read(story->kernel, COUNT), "2");
	lend_locks_release(&locks);
	assert_done(lend_vfs_set(&story->context, story_address(NIC), 0, error));
}

/* At boot, while udev loads it. */
static void a_driver_that_is_still_coming_is_waited_for(void **state)
{
	struct story *story = *state;
	int status;
	pid_t pid;

	fake_remove(story->kernel, DEVICE "/driver");
	story->settings.unbind_deadline_ms = 50;
	assert_refused(lend_vfs_set(&story->context, story_address(NIC), 2, error), -ENODEV,
		       NIC ": no driver has it, which would make its virtual functions");

	story->settings.unbind_deadline_ms = 10000;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)usleep(200 * 1000);
		fake_link(story->kernel, DEVICE "/driver", "../../drivers/igb");
		_exit(0);
	}
	assert_done(lend_vfs_set(&story->context, story_address(NIC), 2, error));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_string_equal(fake_read(story->kernel, COUNT), "2");
}

static void a_driver_that_hangs_is_given_up(void **state)
{
	struct lend_error error = { 0 };
	struct story *story = *state;

	story->settings.unbind_deadline_ms = 50;
	fake_attribute_hangs(story->kernel, COUNT, true);
	assert_int_equal(lend_vfs_set(&story->context, story_address(NIC), 2, &error), -ETIMEDOUT);
	assert_non_null(strstr(error.text, "making 2 virtual functions did not end within 0.05 s"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_driver_makes_as_many_as_are_asked_for, begin, story_end),
		cmocka_unit_test_setup_teardown(more_than_it_can_have_is_refused, begin, story_end),
		cmocka_unit_test_setup_teardown(nothing_is_taken_away_while_one_is_on_loan, begin, story_end),
		cmocka_unit_test_setup_teardown(a_virtual_function_that_somebody_is_at_work_on_is_left, begin,
						story_end),
		cmocka_unit_test_setup_teardown(a_driver_that_is_still_coming_is_waited_for, begin, story_end),
		cmocka_unit_test_setup_teardown(a_driver_that_hangs_is_given_up, begin, story_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
