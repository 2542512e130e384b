/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reservation/initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/spawn.h"
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

int lend_initramfs_update(const char **ret, struct lend_error *error)
{
	for (size_t i = 0; i < LEND_ARRAY_SIZE(tools); i++) {
		int r;

		if (access(tools[i].hook, X_OK) < 0 || access(tools[i].program, X_OK) < 0)
			continue;
		/* The tool's own words go to standard error: standard output may be JSON. */
		r = lend_spawn(tools[i].program, tools[i].arguments, STDERR_FILENO);
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
