/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nothing is lost, whatever fails: the table.
 *
 * Every change that a loan and its return make is counted; then each one in turn fails, hangs until the deadline, or
 * kills the hook with its child. The daemon is gone afterwards, and reconcile runs. Whatever happened, every function
 * has to be on its host driver with the settings it had, or on a loan that says why it is not.
 */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loan_story.h"

enum act { TAKE, RETURN };

#define CARD "0000:02:00.0"

static struct lend_wish wish;

/* The card with two functions and another one, which goes at the same time. */
static struct story *begin(void)
{
	void *state = NULL;
	struct story *story;

	assert_int_equal(story_begin(&state), 0);
	story = state;
	fake_function(story->kernel, CARD, 0x010802, 9, "nvme");
	story->wanted[1] = story_address(CARD);
	story->request.wanted_count = 2;
	/* Every step that an assignment can ask for has something to do. */
	fake_resizable_bar(story->kernel, GPU, 0, 256, 0x4100, 16384);
	wish = (struct lend_wish){ .address = story_address(GPU), .reset = "bus", .rebar = "max" };
	story->request.wishes = &wish;
	story->request.wish_count = 1;
	return story;
}

static void end(struct story *story)
{
	void *state = story;

	assert_int_equal(story_end(&state), 0);
}

static int perform(struct story *story, enum act act)
{
	struct lend_error ignored;

	return act == TAKE ? lend_loan_take(&story->context, &story->request, &ignored)
			   : lend_loan_return_domain(&story->context, UUID, &ignored);
}

/* In a process of its own, as the hook is: it may be killed. Returns what waitpid() says. */
static int perform_as_hook(struct story *story, enum act act)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(perform(story, act) == 0 ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* The hook's own pid is known only to the hook, so it arms its own fault. */
static int perform_with_fault(struct story *story, enum act act, unsigned nth, enum fake_fault fault)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		fake_fault_at(story->kernel, nth, fault, getpid());
		_exit(perform(story, act) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	fake_fault_at(story->kernel, 0, FAKE_FAULT_NONE, 0);
	return status;
}

static unsigned count_changes(enum act act)
{
	struct story *story = begin();
	unsigned changes;

	if (act == RETURN)
		assert_int_equal(perform(story, TAKE), 0);
	fake_fault_at(story->kernel, 0, FAKE_FAULT_NONE, 0);
	assert_int_equal(perform(story, act), 0);
	changes = fake_changes(story->kernel);
	end(story);
	return changes;
}

static void fail_at(struct story *story, enum act act, unsigned nth, const char *before, const char *after)
{
	fail_msg("%s, change %u: lost\nbefore:\n%safter:\n%sstates: %s, %s\nlast note: %s",
		 act == TAKE ? "lend" : "return", nth, before, after, story_loan_state(story, GPU),
		 story_loan_state(story, AUDIO), story->last_note);
}

/*
 * Reconciles until nothing is away any more. Once is enough, but for a step that was given up and whose process is
 * still dying: as long as it is there, the kernel could be at work on the function.
 */
static void recover(struct story *story)
{
	struct lend_reconciled found;

	story->settings.unbind_deadline_ms = lend_settings_default.unbind_deadline_ms;
	for (int attempt = 0; attempt < 100; attempt++) {
		(void)lend_loan_reconcile(&story->context, &found, NULL);
		if (found.kept == 0 && found.failed == 0)
			break;
		(void)usleep(50 * 1000);
	}
}

static void survive(enum act act, unsigned nth, enum fake_fault fault)
{
	struct story *story = begin();
	char *before, *after;
	int status;

	/* A resize that hangs on the way home is given up: the card comes home as it is (steps/test_rebar.c). */
	if (act == RETURN && fault == FAKE_FAULT_HANG)
		wish.rebar[0] = '\0';
	before = fake_dump(story->kernel);
	if (act == RETURN)
		assert_int_equal(perform(story, TAKE), 0);

	/* Short, so that the table is quick. On a busy machine other steps may miss it too: one fault more to survive.
	 */
	if (fault == FAKE_FAULT_HANG)
		story->settings.unbind_deadline_ms = 60;
	status = perform_with_fault(story, act, nth, fault);
	/* Side by side the changes come in any order, and the last one may be another process' by a hair. */
	if (fault == FAKE_FAULT_KILL && !WIFSIGNALED(status))
		assert_true(nth + 2 > count_changes(act));

	/* libvirtd dies too, at the worst moment: only the journal and the kernel are left. */
	fake_process_ends(story->kernel, 500);
	(void)perform_as_hook(story, RETURN);
	recover(story);

	after = fake_dump(story->kernel);
	if (strcmp(before, after) != 0 || strcmp(story_loan_state(story, GPU), "home") != 0 ||
	    strcmp(story_loan_state(story, AUDIO), "home") != 0 || strcmp(story_loan_state(story, CARD), "home") != 0)
		fail_at(story, act, nth, before, after);
	free(before);
	free(after);
	end(story);
}

static void every_change(enum act act, enum fake_fault fault)
{
	unsigned changes = count_changes(act);

	/*
	 * Three functions, each with a journal entry, power and a driver, and the console of one: fewer would mean
	 * that the seam is gone.
	 */
	assert_true(changes >= 20);
	for (unsigned nth = 1; nth <= changes; nth++)
		survive(act, nth, fault);
}

static void each_change_of_a_loan_may_fail(void **state)
{
	(void)state;
	every_change(TAKE, FAKE_FAULT_FAIL);
}

static void each_change_of_a_loan_may_hang(void **state)
{
	(void)state;
	every_change(TAKE, FAKE_FAULT_HANG);
}

static void the_hook_may_be_killed_at_each_change_of_a_loan(void **state)
{
	(void)state;
	every_change(TAKE, FAKE_FAULT_KILL);
}

static void each_change_of_a_return_may_fail(void **state)
{
	(void)state;
	every_change(RETURN, FAKE_FAULT_FAIL);
}

static void each_change_of_a_return_may_hang(void **state)
{
	(void)state;
	every_change(RETURN, FAKE_FAULT_HANG);
}

static void the_hook_may_be_killed_at_each_change_of_a_return(void **state)
{
	(void)state;
	every_change(RETURN, FAKE_FAULT_KILL);
}

/* The two halves run side by side, as tests of their own: "lend" or "return". */
int main(int argc, char **argv)
{
	const struct CMUnitTest lend[] = {
		cmocka_unit_test(each_change_of_a_loan_may_fail),
		cmocka_unit_test(each_change_of_a_loan_may_hang),
		cmocka_unit_test(the_hook_may_be_killed_at_each_change_of_a_loan),
	};
	const struct CMUnitTest give_back[] = {
		cmocka_unit_test(each_change_of_a_return_may_fail),
		cmocka_unit_test(each_change_of_a_return_may_hang),
		cmocka_unit_test(the_hook_may_be_killed_at_each_change_of_a_return),
	};

	if (argc == 2 && strcmp(argv[1], "lend") == 0)
		return cmocka_run_group_tests(lend, NULL, NULL);
	if (argc == 2 && strcmp(argv[1], "return") == 0)
		return cmocka_run_group_tests(give_back, NULL, NULL);
	(void)fprintf(stderr, "usage: %s lend|return\n", argv[0]);
	return 2;
}
