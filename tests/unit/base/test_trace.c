/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/trace.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "test.h"

/* Collects lines, each with its newline. */
static char told[16384];

static void collect(void *userdata, const char *line)
{
	(void)userdata;
	(void)strncat(told, line, sizeof(told) - strlen(told) - 2);
	(void)strcat(told, "\n");
}

static int listen_to_it(void **state)
{
	(void)state;
	told[0] = '\0';
	lend_trace_to(collect, NULL);
	return 0;
}

static int stop_listening(void **state)
{
	(void)state;
	lend_trace_to(NULL, NULL);
	return 0;
}

static int count_evaluation(int *evaluations)
{
	return ++*evaluations;
}

static void what_nobody_listens_to_costs_nothing(void **state)
{
	int evaluations = 0;

	(void)state;
	lend_trace_to(NULL, NULL);
	lend_trace("%d", count_evaluation(&evaluations));
	assert_int_equal(evaluations, 0);
	lend_trace_to(collect, NULL);
	lend_trace("%d", count_evaluation(&evaluations));
	assert_int_equal(evaluations, 1);
	assert_string_equal(told, "1\n");
}

static void a_line_is_one_printable_line_and_keeps_errno(void **state)
{
	(void)state;
	errno = ENOENT;
	lend_trace("driver: %s", "nvidia\n\033[31mfake\xc2\x9b");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(told, "driver: nvidia??[31mfake?\n");
}

/* As the hook's does, which looks for a device's address in each line. */
static void tell_more(void *userdata, const char *line)
{
	lend_trace("told: %s", line);
	(void)lend_error_set(NULL, -EINVAL, "told: %s", line);
	collect(userdata, line);
}

static void what_a_listener_calls_is_not_told(void **state)
{
	(void)state;
	lend_trace_to(tell_more, NULL);
	lend_trace("one");
	lend_trace("two");
	assert_string_equal(told, "one\ntwo\n");
}

static void an_error_is_told_also_when_its_caller_wants_only_the_code(void **state)
{
	struct lend_error error = { 0 };

	(void)state;
	assert_int_equal(lend_error_set(NULL, -ENOENT, "/sys/x: no such thing"), -ENOENT);
	assert_int_equal(lend_error_set(&error, -EBUSY, "in use"), -EBUSY);
	assert_string_equal(told, "failed (-2): /sys/x: no such thing\nfailed (-16): in use\n");
}

static void a_childs_lines_are_told_by_its_parent_also_when_it_is_killed(void **state)
{
	struct lend_trace_buffer *buffer =
		mmap(NULL, sizeof(*buffer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	(void)state;
	assert_true(buffer != MAP_FAILED);
	pid = fork();
	if (pid == 0) {
		lend_trace_into(buffer);
		lend_trace("write %s", "unbind");
		lend_trace("%s", "and here it hangs");
		(void)raise(9);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	lend_trace_replay(buffer);
	assert_string_equal(told, "child: write unbind\nchild: and here it hangs\n");
	(void)munmap(buffer, sizeof(*buffer));
}

static void a_child_that_says_too_much_or_nonsense_harms_nobody(void **state)
{
	static struct lend_trace_buffer buffer;

	(void)state;
	lend_trace_into(&buffer);
	for (int i = 0; i < 2000; i++)
		lend_trace("line %d of many", i);
	lend_trace_to(collect, NULL);
	lend_trace_replay(&buffer);
	assert_non_null(strstr(told, "child: line 100 of many\n"));
	assert_null(strstr(told, "child: line 1999"));

	/* A child that went wild has written over it: no end, a length from nowhere. */
	memset(&buffer, 'x', sizeof(buffer));
	told[0] = '\0';
	lend_trace_replay(&buffer);
	assert_string_equal(told, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_nobody_listens_to_costs_nothing, listen_to_it, stop_listening),
		cmocka_unit_test_setup_teardown(a_line_is_one_printable_line_and_keeps_errno, listen_to_it,
						stop_listening),
		cmocka_unit_test_setup_teardown(what_a_listener_calls_is_not_told, listen_to_it, stop_listening),
		cmocka_unit_test_setup_teardown(an_error_is_told_also_when_its_caller_wants_only_the_code, listen_to_it,
						stop_listening),
		cmocka_unit_test_setup_teardown(a_childs_lines_are_told_by_its_parent_also_when_it_is_killed,
						listen_to_it, stop_listening),
		cmocka_unit_test_setup_teardown(a_child_that_says_too_much_or_nonsense_harms_nobody, listen_to_it,
						stop_listening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
