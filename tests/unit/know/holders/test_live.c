/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds a device node on the host that runs the test. No card is needed: a terminal and /dev/zero are devices too,
 * and the nodes to look for are the test's to choose.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../../../helper/core/know/holders/exclusive.h"
#include "../../../../helper/core/know/holders/node_list.h"
#include "../../../../helper/core/know/holders/processes.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/trace.h"
#include "lendpci/know/holders/find.h"
#include "lendpci/know/pci/function.h"

struct live {
	struct lend_fs *fs;
	struct lend_nodes nodes;
	struct lend_holders holders;
	pid_t child, crowd;
};

static int set_up(void **state)
{
	struct live *live = calloc(1, sizeof(*live));

	assert_non_null(live);
	assert_int_equal(lend_fs_new("/", &live->fs, NULL), 0);
	*state = live;
	return 0;
}

static int tear_down(void **state)
{
	struct live *live = *state;

	const pid_t children[] = { live->child, live->crowd };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(children); i++) {
		if (children[i] <= 0)
			continue;
		(void)kill(children[i], SIGKILL);
		(void)waitpid(children[i], NULL, 0);
	}
	lend_nodes_clear(&live->nodes);
	lend_holders_clear(&live->holders);
	lend_fs_free(live->fs);
	free(live);
	return 0;
}

/* Starts a process that has @path open, or mapped without a descriptor, and waits until it has. */
static void start_child(struct live *live, const char *path, bool mapped)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	live->child = fork();
	assert_true(live->child >= 0);
	if (live->child == 0) {
		int fd = open(path, O_RDWR | O_NOCTTY);

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)prctl(PR_SET_NAME, "holder\033[1m");
		if (fd < 0 || (mapped && mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED))
			_exit(1);
		if (mapped)
			(void)close(fd);
		(void)!write(ready[1], "", 1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
}

static void look_for(struct live *live, const char *path, dev_t number)
{
	assert_int_equal(lend_nodes_add(&live->nodes, (struct lend_address){ .bus = 1 }, path, NULL, number), 0);
	assert_done(lend_processes_find(live->fs, &live->nodes, &lend_scan_limits_default, &live->holders, error));
}

static const struct lend_holder *find(const struct live *live, pid_t pid)
{
	for (size_t i = 0; i < live->holders.count; i++)
		if (live->holders.items[i].pid == pid)
			return &live->holders.items[i];
	return NULL;
}

/* In a container the node has another path, and a user may call any file "/dev/dri/card0". */
static void a_device_is_told_by_its_number_whatever_its_path(void **state)
{
	struct live *live = *state;
	_cleanup_close_ int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	const struct lend_holder *holder;
	struct stat status;
	char path[64];

	if (terminal < 0 || unlockpt(terminal) < 0 || ptsname_r(terminal, path, sizeof(path)) != 0 ||
	    stat(path, &status) < 0)
		skip();
	start_child(live, path, false);
	look_for(live, "/dev/known/here/as/this", status.st_rdev);
	holder = find(live, live->child);
	assert_non_null(holder);
	assert_string_equal(holder->command, "holder?[1m");
	assert_string_equal(holder->node, "/dev/known/here/as/this");
	assert_null(find(live, getpid()));
}

static void a_file_that_only_has_the_name_of_a_device_is_none(void **state)
{
	struct live *live = *state;
	char path[] = "/dev/shm/lendpci-XXXXXX";
	_cleanup_close_ int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0)
		skip();
	start_child(live, path, false);
	look_for(live, path, makedev(226, 0));
	(void)unlink(path);
	assert_null(find(live, live->child));
}

static void a_mapping_without_a_descriptor_is_found(void **state)
{
	struct live *live = *state;
	const struct lend_holder *holder;

	start_child(live, "/dev/zero", true);
	look_for(live, "/dev/zero", makedev(1, 5));
	holder = find(live, live->child);
	assert_non_null(holder);
	assert_string_equal(holder->node, "/dev/zero");
}

static void processes_that_come_and_go_disturb_nothing(void **state)
{
	struct live *live = *state;
	struct timespec start, now;

	live->child = fork();
	assert_true(live->child >= 0);
	if (live->child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			pid_t pid = fork();

			if (pid == 0)
				_exit(0);
			if (pid > 0)
				(void)waitpid(pid, NULL, 0);
		}
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < 20; i++)
		look_for(live, "/dev/dri/card99", makedev(226, 99));
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	print_message("%.1f ms per scan of this host\n",
		      (double)(now.tv_sec - start.tv_sec) * 50 + (double)(now.tv_nsec - start.tv_nsec) / 20e6);
	assert_int_equal(live->holders.count, 0);
}

/* Whatever the host's cards are used for, the whole search comes to an end without an error. */
static void note_line(void *userdata, const char *line)
{
	char *lines = userdata;

	if (strstr(line, "/proc/") && strlen(lines) + strlen(line) < 512 * 1024)
		(void)strcat(strcat(lines, line), "\n");
}

/* A thread of the kernel has no program, and so has a process that ended; most of /proc is such threads. */
static void nothing_but_its_program_is_asked_of_who_has_none(void **state)
{
	struct live *live = *state;
	_cleanup_free_ char *lines = calloc(1, 512 * 1024);
	char program[64], anything[64];
	siginfo_t info;
	pid_t ended;

	assert_non_null(lines);
	ended = fork();
	assert_true(ended >= 0);
	if (ended == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)ended, &info, WEXITED | WNOWAIT), 0);
	lend_trace_to(note_line, lines);
	look_for(live, "/dev/zero", makedev(1, 5));
	lend_trace_to(NULL, NULL);
	assert_int_equal(waitpid(ended, NULL, 0), ended);
	(void)snprintf(program, sizeof(program), "/proc/%d/exe", (int)ended);
	(void)snprintf(anything, sizeof(anything), "/proc/%d/ns", (int)ended);
	assert_non_null(strstr(lines, program));
	assert_null(strstr(lines, anything));
	(void)snprintf(anything, sizeof(anything), "/proc/%d/ns", (int)getppid());
	assert_non_null(strstr(lines, anything));
}

static void every_function_of_this_host_can_be_asked(void **state)
{
	struct live *live = *state;
	_cleanup_(lend_addresses_clear) struct lend_addresses functions = { 0 };

	if (lend_functions_list(live->fs, &functions, NULL) < 0 || !functions.count)
		skip();
	assert_done(lend_holders_find(live->fs, functions.items, functions.count, &live->holders, error));
	for (size_t i = 0; i < live->holders.count; i++) {
		_cleanup_free_ char *line = lend_holder_describe(&live->holders.items[i]);

		print_message("%s: %s\n", lend_address_text(live->holders.items[i].function).text, line);
	}
}

enum { MANY_FILES = 15000, NOBODY = 65534 };

/* Starts a process of another user, where that can be had, with thousands of files open and @path as the last. */
static void start_crowd(struct live *live, const char *path)
{
	struct rlimit limit;
	int ready[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	live->crowd = fork();
	assert_true(live->crowd >= 0);
	if (live->crowd == 0) {
		int null = open("/dev/null", O_RDWR);
		int last = open(path, O_RDWR | O_NOCTTY);

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
			_exit(1);
		limit.rlim_cur = MANY_FILES + 64;
		if (limit.rlim_max < limit.rlim_cur)
			limit.rlim_max = limit.rlim_cur;
		if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
			_exit(1);
		for (int fd = 100; fd < MANY_FILES; fd++)
			if (dup2(null, fd) < 0)
				_exit(1);
		if (dup2(last, MANY_FILES) < 0 || close(last) < 0)
			_exit(1);
		if (geteuid() == 0 && setuid(NOBODY) < 0)
			_exit(1);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)!write(ready[1], "", 1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	byte = read(ready[0], &byte, 1) == 1;
	(void)close(ready[0]);
	if (!byte)
		skip();
}

static double elapsed_ms(const struct timespec *start)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) * 1000 + (double)(now.tv_nsec - start->tv_nsec) / 1e6;
}

/* A terminal of the test's own, as a device that others do not have open. */
static int open_terminal(char path[static 64], dev_t *ret)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (terminal < 0 || unlockpt(terminal) < 0 || ptsname_r(terminal, path, 64) != 0 || stat(path, &status) < 0)
		skip();
	*ret = status.st_rdev;
	return terminal;
}

/* Any user can keep a search busy for seconds; others are found all the same, and what was not looked at is told. */
static void a_user_with_thousands_of_files_delays_nobody_for_long(void **state)
{
	static const struct lend_scan_limits limits = { .user_ms = 5, .all_ms = 2000 };
	struct live *live = *state;
	_cleanup_close_ int terminal = -1;
	struct timespec start;
	char path[64];
	dev_t number;

	terminal = open_terminal(path, &number);
	start_crowd(live, path);
	start_child(live, path, false);
	assert_int_equal(lend_nodes_add(&live->nodes, (struct lend_address){ .bus = 1 }, path, NULL, number), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	assert_done(lend_processes_find(live->fs, &live->nodes, &limits, &live->holders, error));
	assert_true(elapsed_ms(&start) < 3000);
	assert_non_null(find(live, live->child));
	assert_true(find(live, live->crowd) || live->holders.unseen >= 1);
}

/* When the time is over the search is, too: not with an error, but with the number of those that it has not seen. */
static void processes_that_there_was_no_time_for_count_as_unseen(void **state)
{
	static const struct lend_scan_limits limits = { .user_ms = 0, .all_ms = 0 };
	struct live *live = *state;

	start_child(live, "/dev/zero", false);
	assert_int_equal(
		lend_nodes_add(&live->nodes, (struct lend_address){ .bus = 1 }, "/dev/zero", NULL, makedev(1, 5)), 0);
	assert_done(lend_processes_find(live->fs, &live->nodes, &limits, &live->holders, error));
	assert_null(find(live, live->child));
	assert_true(live->holders.unseen >= 1);
}

/* It takes its time, and is within the limits of a real search. */
static void the_last_of_thousands_of_files_is_found(void **state)
{
	struct live *live = *state;
	_cleanup_close_ int terminal = -1;
	char path[64];
	dev_t number;

	terminal = open_terminal(path, &number);
	start_crowd(live, path);
	look_for(live, path, number);
	assert_non_null(find(live, live->crowd));
}

/* In doubt about a disk there is no start; but a user's process alone never stops one. */
static void roots_process_that_there_was_no_time_for_holds_each_disk(void **state)
{
	static const struct lend_scan_limits limits = { .user_ms = 0, .all_ms = 0 };
	struct live *live = *state;
	_cleanup_close_ int terminal = -1;
	const struct lend_holder *holder;
	char path[64];
	dev_t number;

	if (geteuid() != 0)
		skip();
	terminal = open_terminal(path, &number);
	start_crowd(live, path);
	start_child(live, "/dev/zero", false);
	assert_int_equal(lend_nodes_add(&live->nodes, (struct lend_address){ .bus = 1 }, "/dev/zero", NULL, 0), 0);
	assert_int_equal(lend_nodes_add(&live->nodes, (struct lend_address){ .bus = 1 }, "/dev/nvme9n1", "nvme9n1", 0),
			 0);
	assert_done(lend_processes_find(live->fs, &live->nodes, &limits, &live->holders, error));
	holder = find(live, live->child);
	assert_non_null(holder);
	assert_string_equal(holder->node, "/dev/nvme9n1, perhaps: it has too many open files or mounts to tell");
	assert_null(find(live, live->crowd));
}

/* A directory of 3,700 letters, and that many of itself mounted over it: what any user can do in a namespace of his. */
enum { MANY_MOUNTS = 9000, DEEP = 15 };

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(1);
	(void)close(fd);
}

static void fill_namespace(void)
{
	char name[248], users[32], groups[32];

	(void)snprintf(users, sizeof(users), "0 %u 1", geteuid());
	(void)snprintf(groups, sizeof(groups), "0 %u 1", getegid());
	/* Who gave root up may not write to his own /proc until he says so. */
	if (prctl(PR_SET_DUMPABLE, 1) < 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		_exit(1);
	put("/proc/self/uid_map", users);
	put("/proc/self/setgroups", "deny");
	put("/proc/self/gid_map", groups);
	memset(name, 'm', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0 ||
	    chdir("/tmp") < 0)
		_exit(1);
	for (int i = 0; i < DEEP; i++)
		if (mkdir(name, 0700) < 0 || chdir(name) < 0)
			_exit(1);
	for (int i = 0; i < MANY_MOUNTS; i++)
		if (mount(".", ".", NULL, MS_BIND, NULL) < 0)
			_exit(1);
}

/* Its table of mounts has 64 MiB; a search that read it as a whole failed for every device of the host. */
static void a_user_with_thousands_of_mounts_stops_no_search(void **state)
{
	static const struct lend_scan_limits limits = { .user_ms = 5, .all_ms = 4000 };
	struct live *live = *state;
	_cleanup_close_ int terminal = -1;
	struct timespec start;
	int ready[2];
	char path[64], byte;
	dev_t number;

	terminal = open_terminal(path, &number);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	live->crowd = fork();
	assert_true(live->crowd >= 0);
	if (live->crowd == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (geteuid() == 0 && (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
			_exit(1);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		fill_namespace();
		(void)!write(ready[1], "", 1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	byte = read(ready[0], &byte, 1) == 1;
	(void)close(ready[0]);
	if (!byte)
		skip();
	start_child(live, path, false);
	assert_int_equal(lend_nodes_add(&live->nodes, (struct lend_address){ .bus = 1 }, path, NULL, number), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	assert_done(lend_processes_find(live->fs, &live->nodes, &limits, &live->holders, error));
	assert_true(elapsed_ms(&start) < 5000);
	assert_non_null(find(live, live->child));
	assert_null(find(live, live->crowd));
	if (geteuid() == 0)
		assert_true(live->holders.unseen >= 1);
}

static int count_descriptors(void)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	return count;
}

/* The disk that is mounted on /, if it is a plain one with a node. */
static bool find_root_disk(struct lend_disk *ret, char path[static 64])
{
	_cleanup_fclose_ FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[4096];
	struct stat status;
	unsigned major, minor;

	while (mounts && fgets(line, sizeof(line), mounts)) {
		const char *source = strstr(line, " /dev/");

		if (sscanf(line, "%*u %*u %u:%u", &major, &minor) != 2 || !source ||
		    sscanf(source, "%63s", path) != 1 || stat(path, &status) < 0 || !S_ISBLK(status.st_mode) ||
		    status.st_rdev != makedev(major, minor))
			continue;
		*ret = (struct lend_disk){ path, status.st_rdev };
		return true;
	}
	return false;
}

/* Whoever has mounted it has claimed it; asking takes it from nobody. */
static void a_disk_that_is_mounted_is_told_to_be_claimed(void **state)
{
	struct live *live = *state;
	struct lend_disk disk;
	char path[64];
	int answer = 0;

	if (geteuid() != 0 || !find_root_disk(&disk, path))
		skip();
	for (int i = 0; i < 3; i++) {
		assert_done(lend_disks_ask(live->fs, &disk, 1, &answer, error));
		/* A container may have the node and not the right to open it. */
		if (answer == -EPERM)
			skip();
		assert_int_equal(answer, -EBUSY);
	}
}

/* A loop device without a file is a disk that nobody uses. It is claimed for the test by an open like any claim. */
static void a_disk_is_free_until_somebody_claims_it(void **state)
{
	struct live *live = *state;
	_cleanup_close_ int fd = -1;
	struct lend_disk disks[3];
	struct stat status;
	int answers[3];
	int before;

	if (geteuid() != 0 || stat("/dev/loop7", &status) < 0 || !S_ISBLK(status.st_mode))
		skip();
	disks[0] = (struct lend_disk){ "/dev/loop7", status.st_rdev };
	disks[1] = (struct lend_disk){ "/dev/loop7", status.st_rdev + 1 };
	disks[2] = (struct lend_disk){ "/dev/no-such-disk", status.st_rdev };
	fd = open("/dev/loop7", O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		skip();
	before = count_descriptors();
	assert_done(lend_disks_ask(live->fs, disks, 3, answers, error));
	assert_int_equal(answers[0], -EBUSY);
	assert_int_equal(answers[1], -ESTALE);
	assert_int_equal(answers[2], -ENOENT);
	assert_int_equal(count_descriptors(), before);
	(void)close(TAKE_FD(fd));
	assert_done(lend_disks_ask(live->fs, disks, 1, answers, error));
	assert_int_equal(answers[0], 0);
	/* The question's own claim is gone with the answer. */
	fd = open("/dev/loop7", O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	/* Neither a child nor a zombie is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_device_is_told_by_its_number_whatever_its_path),
		TEST(a_file_that_only_has_the_name_of_a_device_is_none),
		TEST(a_mapping_without_a_descriptor_is_found),
		TEST(processes_that_come_and_go_disturb_nothing),
		TEST(a_user_with_thousands_of_files_delays_nobody_for_long),
		TEST(processes_that_there_was_no_time_for_count_as_unseen),
		TEST(roots_process_that_there_was_no_time_for_holds_each_disk),
		TEST(a_user_with_thousands_of_mounts_stops_no_search),
		TEST(the_last_of_thousands_of_files_is_found),
		TEST(nothing_but_its_program_is_asked_of_who_has_none),
		TEST(every_function_of_this_host_can_be_asked),
		TEST(a_disk_that_is_mounted_is_told_to_be_claimed),
		TEST(a_disk_is_free_until_somebody_claims_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
