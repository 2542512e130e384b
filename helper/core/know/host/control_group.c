/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control groups as systemd lays them out: units, users' managers and logind's sessions. */
#include "lendpci/know/host/control_group.h"

#include <stdio.h>
#include <string.h>

#include "lendpci/base/fs.h"

/* Below it only logind and the system's manager make groups: a user's own begin inside user@UID.service. */
#define USERS "/user.slice/user-"

static bool has_suffix(const char *text, size_t length, const char *suffix)
{
	const size_t n = strlen(suffix);

	return length > n && strncmp(text + length - n, suffix, n) == 0;
}

/*
 * The unit in a control group's path: its first part that is a unit other than a slice, or, inside the service that
 * runs a user's own manager, the unit of that manager. What follows is the unit's own business (a container may have
 * units in it).
 */
static void find_unit(const char *path, struct lend_control_group *ret)
{
	for (const char *at = path; *at;) {
		const size_t length = strcspn(at, "/");
		const bool is_manager = strncmp(at, "user@", strlen("user@")) == 0;

		if ((has_suffix(at, length, ".service") || has_suffix(at, length, ".scope")) &&
		    length < sizeof(ret->unit)) {
			ret->is_user_unit = *ret->unit != '\0';
			(void)snprintf(ret->unit, sizeof(ret->unit), "%.*s", (int)length, at);
			if (!is_manager)
				break;
		}
		at += length;
		at += strspn(at, "/");
	}
}

/* "/user.slice/user-1000.slice/session-3.scope", "/user.slice/user-1000.slice/user@1000.service/app.slice/…". */
static void find_session(const char *path, struct lend_control_group *ret)
{
	const char *slice, *unit;
	size_t length, digits;
	char manager[48];

	if (strncmp(path, USERS, strlen(USERS)) != 0)
		return;
	slice = path + strlen(USERS);
	digits = strspn(slice, "0123456789");
	if (!digits || digits > 10 || strncmp(slice + digits, ".slice/", strlen(".slice/")) != 0)
		return;
	unit = slice + digits + strlen(".slice/");
	length = strcspn(unit, "/");
	(void)snprintf(manager, sizeof(manager), "user@%.*s.service", (int)digits, slice);
	if (length >= sizeof(ret->session))
		return;
	if ((strlen(manager) == length && strncmp(unit, manager, length) == 0) ||
	    (strncmp(unit, "session-", strlen("session-")) == 0 && has_suffix(unit, length, ".scope")))
		(void)snprintf(ret->session, sizeof(ret->session), "%.*s", (int)length, unit);
}

void lend_control_group_read(const struct lend_fs *fs, const char *pid, struct lend_control_group *ret)
{
	char path[64], text[4096], *save = NULL;

	*ret = (struct lend_control_group){ 0 };
	(void)snprintf(path, sizeof(path), "proc/%s/cgroup", pid);
	if (lend_fs_read(fs, path, text, sizeof(text), NULL) < 0)
		return;
	/* Lines of "0::/system.slice/ssh.service"; with the old hierarchy the one named systemd. */
	for (char *line = strtok_r(text, "\n", &save); line && !*ret->unit; line = strtok_r(NULL, "\n", &save)) {
		const char *group = strstr(line, ":/");

		if (!group || (strncmp(line, "0:", 2) != 0 && !strstr(line, ":name=systemd:")))
			continue;
		find_unit(group + 1, ret);
		find_session(group + 1, ret);
	}
}
