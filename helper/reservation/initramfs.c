/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reservation/initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"

/* With what lendpci has installed for it. */
static const struct {
	const char *hook, *program, *command;
	const char *arguments[4];
} tools[] = {
	{ "/etc/initramfs-tools/hooks/lendpci",
	  "/usr/sbin/update-initramfs",
	  "update-initramfs -u",
	  { "update-initramfs", "-u", NULL } },
	{ "/usr/lib/dracut/modules.d/91lendpci/module-setup.sh",
	  "/usr/bin/dracut",
	  "dracut --force",
	  { "dracut", "--force", NULL } },
};

/* The tool's own words go to standard error: standard output may be JSON. */
static int run(const char *program, const char *const *arguments)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *environment[] = { path, NULL };
	posix_spawn_file_actions_t actions;
	int status = -1, r;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -ENOMEM;
	r = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn(&pid, program, &actions, NULL, (char *const *)arguments, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (r != 0)
		return -r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

int lend_initramfs_update(const char **ret, struct lend_error *error)
{
	for (size_t i = 0; i < LEND_ARRAY_SIZE(tools); i++) {
		int r;

		if (access(tools[i].hook, X_OK) < 0 || access(tools[i].program, X_OK) < 0)
			continue;
		r = run(tools[i].program, tools[i].arguments);
		if (r < 0) {
			lend_error_set(error, -EIO, "the initramfs could not be made anew: '%s' failed%s%s",
				       tools[i].command, r == -EIO ? "" : ": ", r == -EIO ? "" : strerror(-r));
			return lend_error_hint(error, -EIO,
					       "run it by hand: until then a driver in it takes the device");
		}
		*ret = tools[i].command;
		return 1;
	}
	return 0;
}
