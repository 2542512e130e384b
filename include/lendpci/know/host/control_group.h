/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct lend_fs;

/**
 * Whose a process is, by its control group, which systemd makes and no user can leave: the unit that it belongs to and,
 * of a user who is logged in, what of them has to end for the process to end.
 */
struct lend_control_group {
	char unit[256];    /* "display-manager.service"; "" for none */
	bool is_user_unit; /* @unit is one of a user's own manager: a name that the user chose */
	char session[64];  /* "session-3.scope", a session of logind's; "user@1000.service", the manager of a user's
			      own units; "" for what belongs to nobody who is logged in */
};

/**
 * Reads that of process @pid ("812", "self"). All empty where the process is gone or belongs to none.
 *
 * Source: /proc/PID/cgroup, cgroups(7); systemd's cgroup paths, org.freedesktop.login1(5).
 */
void lend_control_group_read(const struct lend_fs *fs, const char *pid, struct lend_control_group *ret);
