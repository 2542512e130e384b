/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes as far as loans depend on them: the daemon that looks after a domain, and the domain's QEMU. */
#include "lendpci/know/host/process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"

/* The status of a process with all the groups that there can be is half a megabyte. */
enum { STATUS_MAX = 4 * 1024 * 1024 };

/* QEMU's arguments with many devices take some 20 KiB; more than this is no argument list that libvirt would write. */
enum { CMDLINE_MAX = 1024 * 1024 };

/* Field 3 and field 22 of /proc/PID/stat. The command in field 2 may hold anything, so count from its last ')'. */
static int read_stat(const struct lend_fs *fs, pid_t pid, char *ret_state, uint64_t *ret_starttime)
{
	char path[64], text[1024], *at, *save = NULL;
	int r;

	(void)snprintf(path, sizeof(path), "proc/%d/stat", pid);
	r = lend_fs_read(fs, path, text, sizeof(text), NULL);
	if (r < 0)
		return r;
	at = strrchr(text, ')');
	if (!at)
		return -EINVAL;

	at = strtok_r(at + 1, " ", &save);
	if (!at)
		return -EINVAL;
	*ret_state = *at;
	for (int field = 3; at && field < 22; field++)
		at = strtok_r(NULL, " ", &save);
	return at ? lend_text_to_u64(at, 10, ret_starttime) : -EINVAL;
}

int lend_process_read(const struct lend_fs *fs, pid_t pid, struct lend_process *ret, struct lend_error *error)
{
	uint64_t starttime;
	char state;

	if (read_stat(fs, pid, &state, &starttime) < 0)
		return lend_error_set(error, -ESRCH, "pid %d: there is no such process", pid);
	*ret = (struct lend_process){ pid, starttime };
	return 0;
}

bool lend_process_is_alive(const struct lend_fs *fs, const struct lend_process *process)
{
	uint64_t starttime;
	char state;

	if (process->pid <= 0 || read_stat(fs, process->pid, &state, &starttime) < 0)
		return false;
	return starttime == process->starttime && state != 'Z' && state != 'X';
}

/* Whether the NUL-separated @arguments hold "-uuid" followed by @uuid. */
static bool has_uuid(const char *arguments, size_t size, const char *uuid)
{
	const char *end = arguments + size;
	bool expected = false;

	for (const char *at = arguments; at < end; at += strlen(at) + 1) {
		if (expected && strcasecmp(at, uuid) == 0)
			return true;
		expected = strcmp(at, "-uuid") == 0;
	}
	return false;
}

int lend_process_user(const struct lend_fs *fs, pid_t pid, uid_t *ret)
{
	_cleanup_free_ char *text = NULL;
	const char *line;
	char path[64];
	uint32_t uid;
	int r;

	(void)snprintf(path, sizeof(path), "proc/%d/status", pid);
	r = lend_fs_read_all(fs, path, STATUS_MAX, &text, NULL, NULL);
	if (r < 0)
		return r;
	/* A process can call itself anything, but not with a newline in it that would begin a line here. */
	line = strstr(text, "\nUid:\t");
	if (!line || sscanf(line, "\nUid:\t%" SCNu32, &uid) != 1)
		return -EINVAL;
	*ret = uid;
	return 0;
}

/* libvirt's QEMUs are in groups of machined's or libvirt's own making, below the root: no user can make one there. */
static bool is_in_group_of_a_vm(const struct lend_fs *fs, pid_t pid)
{
	static const char *const groups[] = { ":/machine.slice/machine-qemu", ":/machine/" };
	char path[64], text[4096];

	(void)snprintf(path, sizeof(path), "proc/%d/cgroup", pid);
	if (lend_fs_read(fs, path, text, sizeof(text), NULL) < 0)
		return false;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(groups); i++)
		if (strstr(text, groups[i]))
			return true;
	return false;
}

/*
 * Whether process @pid may be a QEMU of the system's libvirt, which decides as whom it runs: root, the user that has
 * libvirt's directory of QEMU's files (user= in qemu.conf), or anybody whom a domain's seclabel names, in a group of
 * its own. What cannot be read speaks for it: a loan is ended on facts only.
 */
static bool may_be_libvirts(const struct lend_fs *fs, pid_t pid)
{
	_cleanup_close_ int directory = -1;
	struct stat status;
	uid_t uid;

	if (lend_process_user(fs, pid, &uid) < 0 || uid == 0 || is_in_group_of_a_vm(fs, pid))
		return true;
	directory = lend_fs_open(fs, "var/lib/libvirt/qemu", O_PATH | O_DIRECTORY, NULL);
	return directory < 0 || fstat(directory, &status) < 0 || status.st_uid == uid;
}

pid_t lend_process_find_qemu(const struct lend_fs *fs, const char *uuid)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (lend_fs_list(fs, "proc", &names, NULL, NULL) < 0)
		return 0;
	for (char **name = names; *name; name++) {
		_cleanup_free_ char *arguments = NULL;
		char path[288];
		size_t size;

		/*
		 * Anybody can start a program with these words. A user can also have the kernel read them from a file
		 * system of his own that never answers, so only who may be it is asked for them.
		 */
		if (!isdigit((unsigned char)**name) || !may_be_libvirts(fs, (pid_t)atoi(*name)))
			continue;
		(void)snprintf(path, sizeof(path), "proc/%s/cmdline", *name);
		if (lend_fs_read_all(fs, path, CMDLINE_MAX, &arguments, &size, NULL) < 0)
			continue;
		if (has_uuid(arguments, size, uuid))
			return (pid_t)atoi(*name);
	}
	return 0;
}
