/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Children that may hang: what their parent says of each way in which one can end, or not begin. */
#include "lendpci/act/isolate.h"

#include "test.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/late.h"

static int set_up(void **state)
{
	return lend_fs_new("/", (struct lend_fs **)state, NULL);
}

static int tear_down(void **state)
{
	lend_fs_free(*state);
	return 0;
}

/* Tells by shared memory of the test's own that it has been run. */
static int touch(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
		 struct lend_error *error)
{
	int *touched = *(int *const *)input;

	(void)fs;
	(void)output;
	(void)progress;
	(void)error;
	*touched = 1;
	return 7;
}

static int sleep_long(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
		      struct lend_error *error)
{
	(void)fs;
	(void)input;
	(void)output;
	(void)error;
	lend_progress_doing(progress, "sleep");
	lend_pause_ms(60 * 1000);
	return 0;
}

static int *shared_number(void)
{
	int *number = mmap(NULL, sizeof(*number), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(number != MAP_FAILED);
	return number;
}

static void the_result_of_a_child_comes_back(void **state)
{
	int *touched = shared_number();
	pid_t hanging = -1;

	assert_int_equal(lend_isolate(*state, "01:00.0", 5000, touch, &touched, NULL, 0, &hanging, NULL), 7);
	assert_int_equal(*touched, 1);
	assert_int_equal(hanging, 0);
	(void)munmap(touched, sizeof(*touched));
}

static void a_child_that_misses_its_deadline_is_killed(void **state)
{
	pid_t hanging = -1;

	assert_refused(lend_isolate(*state, "01:00.0", 50, sleep_long, NULL, NULL, 0, &hanging, error), -ETIMEDOUT,
		       "01:00.0: sleep did not end within 0.05 s (it waits in hrtimer_nanosleep)");
	assert_int_equal(hanging, 0);
}

/* Without a descriptor to wait for it the child is told not to begin: nothing was done, and nothing hangs. */
static void a_child_that_cannot_be_waited_for_has_done_nothing(void **state)
{
	int *touched = shared_number();
	pid_t hanging = -1;
	struct rlimit before, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_refused(lend_isolate(*state, "01:00.0", 5000, touch, &touched, NULL, 0, &hanging, error), -EMFILE,
		       "01:00.0: cannot start a child: Too many open files");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(hanging, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(*touched, 0);
	(void)munmap(touched, sizeof(*touched));
}

/* The parent says that it is alive for as long as it waits: a step may take longer than systemd's patience. */
static unsigned ticks;

static void count_tick(void)
{
	ticks++;
}

static void who_waits_for_a_child_keeps_telling_that_it_is_alive(void **state)
{
	lend_clock_tick_to(count_tick);
	assert_int_equal(lend_isolate(*state, "01:00.0", 2200, sleep_long, NULL, NULL, 0, NULL, NULL), -ETIMEDOUT);
	lend_clock_tick_to(NULL);
	assert_in_range(ticks, 2, 10);
}

static struct lend_late_library library = { .soname = "liblendpci-missing.so.7", .package = "liblendpci-missing7" };
int lend_test_missing(void);
LEND_LATE_FUNCTION(lend_test_missing);

static int call_missing(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			struct lend_error *error)
{
	(void)fs;
	(void)input;
	(void)output;
	(void)error;
	lend_progress_doing(progress, "call what is not there");
	return lend_test_missing();
}

/* It neither ends the parent nor passes for a success. */
static void a_missing_library_is_told_by_the_child(void **state)
{
	struct lend_error error = { 0 };

	assert_int_equal(lend_isolate(*state, "0000:01:00.0", 10000, call_missing, NULL, NULL, 0, NULL, &error),
			 -ELIBACC);
	assert_string_equal(
		error.text,
		"0000:01:00.0: liblendpci-missing.so.7 cannot be loaded: liblendpci-missing.so.7: cannot open shared object file: No such file or directory");
	assert_string_equal(error.hint, "install its package again (liblendpci-missing7 on Debian)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_result_of_a_child_comes_back),
		TEST(a_child_that_misses_its_deadline_is_killed),
		TEST(a_child_that_cannot_be_waited_for_has_done_nothing),
		TEST(a_missing_library_is_told_by_the_child),
		TEST(who_waits_for_a_child_keeps_telling_that_it_is_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
