/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Children that may hang, and a parent that does not.
 *
 * Invariants: a child has no descriptor but /dev/null and the root of the tree, so nobody who reads the parent's output
 * waits for it, and no lock outlives the parent through it; what it tells travels in shared memory that both may lose.
 */
#include "lendpci/act/isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/late.h"
#include "lendpci/base/trace.h"

/* How long a child that was killed may take to end before it counts as hanging in the kernel. */
enum { DYING_MS = 500 };

/* So often somebody who watches over us may want a word. */
enum { TICK_MS = 1000 };

struct lend_isolated_memory {
	sem_t may_begin; /* posted once the parent can wait for the child: before that the child does nothing */
	int result;
	struct lend_error error;
	struct lend_progress progress;
	struct lend_trace_buffer trace;
	_Alignas(max_align_t) char output[]; /* of any type */
};

void lend_progress_doing(struct lend_progress *progress, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(progress->doing, sizeof(progress->doing), format, arguments);
	va_end(arguments);
}

void lend_progress_note(struct lend_progress *progress, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(progress->note, sizeof(progress->note), format, arguments);
	va_end(arguments);
}

void lend_progress_warn(struct lend_progress *progress, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(progress->note, sizeof(progress->note), format, arguments);
	va_end(arguments);
	progress->warns = true;
}

static void close_all_but(int keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
		if (fd != keep && fd != null)
			(void)dup2(null, fd);
	if (keep > STDERR_FILENO + 1)
		(void)syscall(SYS_close_range, STDERR_FILENO + 1, keep - 1, 0);
	(void)syscall(SYS_close_range, keep > STDERR_FILENO ? keep + 1 : STDERR_FILENO + 1, ~0U, 0);
}

/* Only a child has it: where it tells its parent. */
static struct lend_isolated_memory *own_memory;
static const char *own_subject;

static void end_child(const struct lend_error *error)
{
	own_memory->error = *error;
	own_memory->result = lend_error_wrap(&own_memory->error, -ELIBACC, "%s", own_subject);
	_exit(0);
}

static _Noreturn void child(const struct lend_fs *fs, pid_t parent, lend_isolated_fn *function, const void *input,
			    const struct lend_isolated *self)
{
	(void)setsid();
	(void)prctl(PR_SET_NAME, "lendpci-step");
	/* Nobody else may start on this function while a step of a dead transaction goes on. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	close_all_but(lend_fs_root(fs));
	while (sem_wait(&self->memory->may_begin) < 0 && errno == EINTR)
		;
	lend_trace_into(&self->memory->trace);
	own_memory = self->memory;
	own_subject = self->subject;
	lend_late_end_with(end_child);
	own_memory->result = function(fs, input, own_memory->output, &own_memory->progress, &own_memory->error);
	_exit(0);
}

int lend_isolated_start(const struct lend_fs *fs, const char *subject, unsigned deadline_ms, lend_isolated_fn *function,
			const void *input, size_t output_size, struct lend_isolated *ret, struct lend_error *error)
{
	struct lend_isolated made = { .pidfd = -1, .deadline_ms = deadline_ms, .output_size = output_size };
	const pid_t parent = getpid();
	int r;

	made.size = sizeof(*made.memory) + output_size;
	(void)snprintf(made.subject, sizeof(made.subject), "%s", subject);
	made.memory = mmap(NULL, made.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (made.memory == MAP_FAILED)
		return lend_error_set(error, -errno, "%s: no memory to share with a child: %s", subject,
				      strerror(errno));
	(void)sem_init(&made.memory->may_begin, 1, 0);
	made.started_ms = lend_now_ms();
	made.kill_at_ms = made.started_ms + deadline_ms;
	made.pid = fork();
	if (made.pid == 0)
		child(fs, parent, function, input, &made);
	if (made.pid > 0)
		made.pidfd = (int)syscall(SYS_pidfd_open, made.pid, 0);
	if (made.pidfd >= 0) {
		(void)sem_post(&made.memory->may_begin);
		*ret = made;
		return 0;
	}
	r = lend_error_set(error, -errno, "%s: cannot start a child: %s", subject, strerror(errno));
	/* It has not begun, so nothing in the kernel keeps it from dying: that is no hang, and leaves no zombie. */
	if (made.pid > 0) {
		(void)kill(made.pid, SIGKILL);
		while (waitpid(made.pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	(void)munmap(made.memory, made.size);
	return r;
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

/* What the clock does to a child. Returns how many milliseconds until it does more. */
static int64_t keep_time(struct lend_isolated *one, int64_t now)
{
	if (!one->give_up_at_ms && now >= one->kill_at_ms) {
		read_wchan(one->pid, one->wchan, sizeof(one->wchan));
		/* In uninterruptible sleep the signal waits with the child; no further step of it will run. */
		(void)kill(one->pid, SIGKILL);
		one->give_up_at_ms = now + DYING_MS;
	}
	if (one->give_up_at_ms && now >= one->give_up_at_ms)
		one->over = true;
	return (one->give_up_at_ms ? one->give_up_at_ms : one->kill_at_ms) - now;
}

void lend_isolated_wait(struct lend_isolated *const *children, size_t count)
{
	struct pollfd fds[LEND_ISOLATED_MAX];

	for (;;) {
		const int64_t now = lend_now_ms();
		int64_t left = TICK_MS;
		bool over = count == 0;

		lend_clock_tick();

		for (size_t i = 0; i < count; i++) {
			int64_t until = children[i]->over ? 0 : keep_time(children[i], now);

			fds[i] = (struct pollfd){ .fd = children[i]->pidfd, .events = POLLIN };
			over |= children[i]->over;
			left = until < left ? until : left;
		}
		if (over)
			return;
		if (poll(fds, count, (int)left) <= 0)
			continue; /* a deadline, a signal, or time to say that we live: the clock tells */
		for (size_t i = 0; i < count; i++)
			children[i]->over |= fds[i].revents != 0;
	}
}

static int missed_deadline(const struct lend_isolated *one, struct lend_error *error)
{
	/* A copy: the child may be writing it. */
	struct lend_progress progress = one->memory->progress;

	progress.doing[sizeof(progress.doing) - 1] = '\0';
	return lend_error_set(error, -ETIMEDOUT, "%s: %s did not end within %g s%s%s%s", one->subject,
			      *progress.doing ? progress.doing : "the step", one->deadline_ms / 1000.0,
			      *one->wchan ? " (it waits in " : "", one->wchan, *one->wchan ? ")" : "");
}

static int take_result(const struct lend_isolated *one, int status, void *output, struct lend_error *error)
{
	const struct lend_isolated_memory *memory = one->memory;

	if (one->give_up_at_ms)
		return missed_deadline(one, error);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return lend_error_set(error, -ECHILD, "%s: the child process died during: %s", one->subject,
				      memory->progress.doing);
	if (memory->result < 0 && error)
		*error = memory->error;
	if (memory->result >= 0 && output)
		memcpy(output, memory->output, one->output_size);
	return memory->result;
}

int lend_isolated_collect(struct lend_isolated *child, void *output, struct lend_isolated_end *ret_end,
			  struct lend_error *error)
{
	struct lend_isolated_end end = { .ms = (unsigned)(lend_now_ms() - child->started_ms) };
	int status = 0, r;

	r = waitpid(child->pid, &status, WNOHANG);
	if (r == 0)
		end.hanging = child->pid;
	if (r < 0)
		r = lend_error_set(error, -ECHILD, "%s: lost the child process: %s", child->subject, strerror(errno));
	else
		r = take_result(child, status, output, error);
	lend_trace_replay(&child->memory->trace);
	end.progress = child->memory->progress;
	end.progress.doing[sizeof(end.progress.doing) - 1] = '\0';
	end.progress.note[sizeof(end.progress.note) - 1] = '\0';
	(void)munmap(child->memory, child->size);
	(void)close(child->pidfd);
	*child = (struct lend_isolated){ .pidfd = -1 };
	if (ret_end)
		*ret_end = end;
	return r;
}

int lend_isolate(const struct lend_fs *fs, const char *subject, unsigned deadline_ms, lend_isolated_fn *function,
		 const void *input, void *output, size_t output_size, pid_t *ret_hanging, struct lend_error *error)
{
	struct lend_isolated one, *children[] = { &one };
	struct lend_isolated_end end = { 0 };
	int r;

	r = lend_isolated_start(fs, subject, deadline_ms, function, input, output_size, &one, error);
	if (r == 0) {
		lend_isolated_wait(children, 1);
		r = lend_isolated_collect(&one, output_size ? output : NULL, &end, error);
	}
	if (ret_hanging)
		*ret_hanging = end.hanging;
	return r;
}
