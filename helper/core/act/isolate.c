/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child that may hang, and a parent that does not.
 *
 * Invariants: the child has no descriptor but /dev/null and the root of the tree, so nobody who reads the parent's
 * output waits for it, and no lock outlives the parent through it; what it tells travels in shared memory that both may
 * lose.
 */
#include "lendpci/act/isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"

/* How long a child that was killed may take to end before it counts as hanging in the kernel. */
enum { DYING_MS = 500 };

struct shared {
	int result;
	struct lend_error error;
	struct lend_progress progress;
	_Alignas(max_align_t) char output[]; /* of any type */
};

static void close_all_but(int keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
		(void)dup2(null, fd);
	if (keep > STDERR_FILENO + 1)
		(void)syscall(SYS_close_range, STDERR_FILENO + 1, keep - 1, 0);
	(void)syscall(SYS_close_range, keep + 1, ~0U, 0);
}

static _Noreturn void child(const struct lend_fs *fs, pid_t parent, lend_isolated_fn *function, const void *input,
			    struct shared *shared)
{
	(void)setsid();
	(void)prctl(PR_SET_NAME, "lendpci-step");
	/* Nobody else may start on this function while a step of a dead transaction goes on. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	close_all_but(lend_fs_root(fs));
	shared->result = function(fs, input, shared->output, &shared->progress, &shared->error);
	_exit(0);
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Returns 1 when the child has ended, 0 at the deadline, -errno. */
static int wait_until(int pidfd, unsigned deadline_ms)
{
	struct pollfd poll_on = { .fd = pidfd, .events = POLLIN };
	int64_t end = now_ms() + deadline_ms;

	for (;;) {
		int64_t left = end - now_ms();
		int r = poll(&poll_on, 1, left > 0 ? (int)left : 0);

		if (r >= 0)
			return r;
		if (errno != EINTR)
			return -errno;
	}
}

/* Where in the kernel the child waits, for a message: its own /proc entry, whatever tree it works on. "" if unknown. */
static void read_wchan(pid_t pid, char *ret, size_t size)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[64];

	ret[0] = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
	file = fopen(path, "re");
	if (!file || !fgets(ret, (int)size, file) || strcmp(ret, "0") == 0)
		ret[0] = '\0';
}

static int abandon(const char *subject, pid_t pid, int pidfd, unsigned deadline_ms, const struct shared *shared,
		   pid_t *ret_hanging, struct lend_error *error)
{
	char wchan[64], doing[sizeof(shared->progress.doing)];

	read_wchan(pid, wchan, sizeof(wchan));
	/* In uninterruptible sleep the signal waits with the child; no further step of it will run. */
	(void)kill(pid, SIGKILL);
	if (wait_until(pidfd, DYING_MS) > 0)
		(void)waitpid(pid, NULL, 0);
	else if (ret_hanging)
		*ret_hanging = pid;

	memcpy(doing, shared->progress.doing, sizeof(doing));
	doing[sizeof(doing) - 1] = '\0';
	return lend_error_set(error, -ETIMEDOUT, "%s: %s did not end within %g s%s%s%s", subject,
			      *doing ? doing : "the step", deadline_ms / 1000.0, *wchan ? " (it waits in " : "", wchan,
			      *wchan ? ")" : "");
}

static int collect(const char *subject, pid_t pid, const struct shared *shared, void *output, size_t output_size,
		   struct lend_error *error)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		return lend_error_set(error, -ECHILD, "%s: lost the child process: %s", subject, strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return lend_error_set(error, -ECHILD, "%s: the child process died during: %s", subject,
				      shared->progress.doing);
	if (shared->result < 0) {
		if (error)
			*error = shared->error;
		return shared->result;
	}
	if (output_size)
		memcpy(output, shared->output, output_size);
	return shared->result;
}

int lend_isolate(const struct lend_fs *fs, const char *subject, unsigned deadline_ms, lend_isolated_fn *function,
		 const void *input, void *output, size_t output_size, pid_t *ret_hanging, struct lend_error *error)
{
	size_t size = sizeof(struct shared) + output_size;
	_cleanup_close_ int pidfd = -1;
	struct shared *shared;
	pid_t parent = getpid(), pid;
	int r;

	if (ret_hanging)
		*ret_hanging = 0;
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return lend_error_set(error, -errno, "%s: no memory to share with a child: %s", subject,
				      strerror(errno));

	pid = fork();
	if (pid == 0)
		child(fs, parent, function, input, shared);
	if (pid < 0) {
		r = lend_error_set(error, -errno, "%s: cannot start a child: %s", subject, strerror(errno));
		goto out;
	}

	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (wait_until(pidfd, deadline_ms) > 0)
		r = collect(subject, pid, shared, output, output_size, error);
	else
		r = abandon(subject, pid, pidfd, deadline_ms, shared, ret_hanging, error);
out:
	(void)munmap(shared, size);
	return r;
}
