/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that stands for another: it passes signals on, and its exit status back. */
#include "run/process.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lendpci/base/error.h"

/* What may be asked of QEMU by its parent: to end, to reload, or what somebody's script means by it. */
static void passed_on(sigset_t *ret)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD };

	(void)sigemptyset(ret);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaddset(ret, signals[i]);
}

void lend_process_hold_signals(sigset_t *ret_before)
{
	sigset_t signals;

	passed_on(&signals);
	/* Also where whoever started us has it ignored: a child that ends must be noticed. */
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigprocmask(SIG_BLOCK, &signals, ret_before);
}

int lend_process_run(char *const *arguments, const sigset_t *mask, pid_t *ret, struct lend_error *error)
{
	posix_spawnattr_t attributes;
	int r;

	r = posix_spawnattr_init(&attributes);
	if (r == 0) {
		r = posix_spawnattr_setsigmask(&attributes, mask);
		if (r == 0)
			r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
		if (r == 0)
			r = posix_spawnp(ret, arguments[0], NULL, &attributes, arguments, environ);
		(void)posix_spawnattr_destroy(&attributes);
	}
	if (r == 0)
		return 0;
	return lend_error_set(error, -r, "%s: it cannot be run: %s", arguments[0], strerror(r));
}

int lend_process_await(pid_t pid)
{
	sigset_t signals;
	int status = 0;

	passed_on(&signals);
	for (;;) {
		int signal = sigwaitinfo(&signals, NULL);

		if (signal > 0 && signal != SIGCHLD)
			(void)kill(pid, signal);
		/* Other children may have ended, and several signals of one kind arrive as one. */
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
