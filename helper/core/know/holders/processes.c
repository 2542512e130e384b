/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processes have a device node open or mapped: the walk through all of them, and how long it may take.
 *
 * Who a process belongs to is its real user in /proc/PID/status: the owner of its files in /proc is root for each that
 * made itself undumpable. It is read only where it matters, of processes that take some time, and of all as soon as a
 * user has taken too much.
 */
#include "processes.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/holders/list.h"
#include "lendpci/know/host/process.h"
#include "mounts.h"
#include "node_list.h"

/* A process with fewer than some hundred files is nobody's burden. */
enum { CHEAP_US = 1000 };

const struct lend_scan_limits lend_scan_limits_default = { .user_ms = 500, .all_ms = 10000 };

/* What a user's processes have taken so far. */
struct user {
	uid_t uid;
	int64_t spent_us;
};

struct scan {
	struct lend_look look;
	const struct lend_scan_limits *limits;
	int64_t half_us, end_us; /* when half of the time is over, and all */
	struct user *users;
	size_t user_count;
	bool is_crowded; /* somebody has taken too much */
	char **later;    /* names of processes that are put off, borrowed */
	size_t later_count;
	unsigned unseen;
};

static void scan_clear(struct scan *scan)
{
	free(scan->users);
	free(scan->later);
}

/* The user's account, NULL for root, for nobody in particular, or without memory for it. Borrowed until the next. */
static struct user *account_of(struct scan *scan, pid_t pid)
{
	struct user *bigger;
	uid_t uid;

	if (lend_process_user(scan->look.fs, pid, &uid) < 0 || uid == 0)
		return NULL;
	for (size_t i = 0; i < scan->user_count; i++)
		if (scan->users[i].uid == uid)
			return &scan->users[i];
	bigger = reallocarray(scan->users, scan->user_count + 1, sizeof(*bigger));
	if (!bigger)
		return NULL;
	scan->users = bigger;
	bigger[scan->user_count] = (struct user){ .uid = uid };
	return &bigger[scan->user_count++];
}

static int64_t limit_us(const struct scan *scan)
{
	return (int64_t)scan->limits->user_ms * 1000;
}

/*
 * Whether process @pid has to wait until all others were looked at, since its user has taken too much, or all users
 * together have, be it with thousands of small processes: the second half of the time is root's.
 */
static bool has_to_wait(struct scan *scan, pid_t pid)
{
	const bool is_late = lend_now_us() >= scan->half_us;
	const struct user *user = scan->is_crowded || is_late ? account_of(scan, pid) : NULL;

	return user && (is_late || user->spent_us >= limit_us(scan));
}

static void charge(struct scan *scan, pid_t pid, int64_t spent_us)
{
	struct user *user = spent_us > CHEAP_US ? account_of(scan, pid) : NULL;

	if (!user)
		return;
	user->spent_us += spent_us;
	scan->is_crowded |= user->spent_us >= limit_us(scan);
}

static int look_at(struct scan *scan, const char *name, pid_t pid, int64_t longest_us, struct lend_error *error)
{
	const int64_t start = lend_now_us(), end = start + longest_us;
	int r;

	if (start >= scan->end_us)
		return -ETIME;
	scan->look.watch = (struct lend_stopwatch){ .end_us = end < scan->end_us ? end : scan->end_us };
	r = lend_process_look(&scan->look, name, pid, error);
	charge(scan, pid, lend_now_us() - start);
	return r;
}

/*
 * Most of a host's processes are threads of its kernel, which have neither memory nor files, nor a program: exe is
 * there, and leads nowhere.
 */
static bool is_kernel_thread(const struct lend_fs *fs, const char *name)
{
	char path[32], program[NAME_MAX + 16];

	(void)snprintf(path, sizeof(path), "proc/%.12s/exe", name);
	return lend_fs_is_host(fs) && lend_fs_link_name(fs, path, program, sizeof(program), NULL) == -EINVAL;
}

static int look_at_first(struct scan *scan, char *name, struct lend_error *error)
{
	uint32_t pid;
	int r;

	if (lend_text_to_u32(name, 10, &pid) < 0 || pid > INT_MAX)
		return 0;
	if ((lend_fs_is_host(scan->look.fs) && (pid_t)pid == getpid()) || is_kernel_thread(scan->look.fs, name))
		return 0;
	r = has_to_wait(scan, (pid_t)pid) ? -ETIME : look_at(scan, name, (pid_t)pid, limit_us(scan), error);
	if (r == -ETIME) {
		scan->later[scan->later_count++] = name;
		return 0;
	}
	scan->unseen += r == -EACCES;
	return r == -EACCES ? 0 : r;
}

/*
 * A process that there was no time for. Of root's own, which no user can make so large, it is not known that it writes
 * to no disk: it is told as a holder of each. Anybody else's must not be able to stop a start by its size.
 */
static int count_unseen(struct scan *scan, const char *name, struct lend_error *error)
{
	struct lend_holder holder = { .pid = (pid_t)atoi(name) };
	char command[64], path[64];
	uid_t uid;

	scan->unseen++;
	if (!scan->look.holders || lend_process_user(scan->look.fs, holder.pid, &uid) < 0 || uid != 0)
		return 0;
	(void)snprintf(path, sizeof(path), "proc/%.12s/comm", name);
	if (lend_fs_read(scan->look.fs, path, command, sizeof(command), NULL) < 0)
		return 0;
	holder.command = command;
	for (size_t i = 0; i < scan->look.nodes->count; i++) {
		const struct lend_node *node = &scan->look.nodes->items[i];
		_cleanup_free_ char *text = NULL;

		if (!node->block)
			continue;
		holder.function = node->function;
		if (asprintf(&text, "%s, perhaps: it has too many open files or mounts to tell", lend_node_name(node)) <
		    0)
			return lend_error_set(error, -ENOMEM, "pid %d: out of memory", holder.pid);
		holder.node = text;
		if (lend_holders_add(scan->look.holders, &holder) < 0)
			return lend_error_set(error, -ENOMEM, "pid %d: out of memory", holder.pid);
	}
	return 0;
}

static int scan_all(struct scan *scan, struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	size_t count = 0;
	int r;

	scan->half_us = lend_now_us() + (int64_t)scan->limits->all_ms * 1000 / 2;
	scan->end_us = lend_now_us() + (int64_t)scan->limits->all_ms * 1000;
	r = lend_fs_list(scan->look.fs, "proc", &names, &count, error);
	/* A recorded machine may come without its processes. */
	if (r == -ENOENT && !lend_fs_is_host(scan->look.fs))
		return 0;
	if (r < 0)
		return r;
	scan->later = calloc(count + 1, sizeof(*scan->later));
	if (!scan->later)
		return lend_error_set(error, -ENOMEM, "/proc: out of memory for %zu processes", count);
	for (char **name = names; r == 0 && *name; name++)
		r = look_at_first(scan, *name, error);
	for (size_t i = 0; r == 0 && i < scan->later_count; i++) {
		/* A database may well have so many files; but one process alone does not get all the time there is. */
		r = look_at(scan, scan->later[i], (pid_t)atoi(scan->later[i]), (int64_t)scan->limits->all_ms * 1000 / 4,
			    error);
		if (r == -ETIME || r == -EACCES)
			r = count_unseen(scan, scan->later[i], error);
	}
	return r < 0 ? r : 0;
}

/*
 * logind listens to every keyboard for the power button. A keyboard that goes away takes nothing from it, and whoever
 * works at it, a compositor or Xorg, has it open, too.
 */
static bool is_logind_listening(const struct lend_holder *holder)
{
	return strcmp(holder->command, "systemd-logind") == 0 && holder->unit && !holder->is_user_unit &&
	       strcmp(holder->unit, "systemd-logind.service") == 0 && holder->node &&
	       strncmp(holder->node, "/dev/input/", strlen("/dev/input/")) == 0;
}

static int add_holder(void *userdata, size_t index, const struct lend_holder *holder)
{
	(void)index;
	if (is_logind_listening(holder))
		return 0;
	return lend_holders_add(userdata, holder);
}

int lend_processes_find(const struct lend_fs *fs, struct lend_nodes *nodes, const struct lend_scan_limits *limits,
			struct lend_holders *holders, struct lend_error *error)
{
	_cleanup_(lend_namespaces_clear) struct lend_namespaces namespaces = { 0 };
	_cleanup_(scan_clear) struct scan scan = {
		.look = {
			.fs = fs,
			.nodes = nodes,
			.found = add_holder,
			.userdata = holders,
			.namespaces = &namespaces,
			.holders = holders,
		},
		.limits = limits,
	};
	const struct lend_namespace *own;
	int r;

	/* Our own namespace even if nobody else in it may be looked at. It is as large as the host's administrator made
	 * it. */
	scan.look.watch.end_us = INT64_MAX;
	r = lend_namespace_visit(fs, "self", nodes, &namespaces, &scan.look.watch, holders, &own, error);
	if (r >= 0)
		r = scan_all(&scan, error);
	holders->unseen += scan.unseen;
	return r;
}

int lend_processes_find_opens(const struct lend_fs *fs, struct lend_nodes *nodes, lend_holder_found_fn *found,
			      void *userdata, struct lend_error *error)
{
	_cleanup_(scan_clear) struct scan scan = {
		.look = { .fs = fs, .nodes = nodes, .found = found, .userdata = userdata },
		.limits = &lend_scan_limits_default,
	};

	return scan_all(&scan, error);
}

int lend_process_find_opens(const struct lend_fs *fs, pid_t pid, struct lend_nodes *nodes, lend_holder_found_fn *found,
			    void *userdata, struct lend_error *error)
{
	struct lend_look look = { .fs = fs, .nodes = nodes, .found = found, .userdata = userdata };
	char name[16];
	int r;

	look.watch.end_us = lend_now_us() + (int64_t)lend_scan_limits_default.all_ms * 1000;
	(void)snprintf(name, sizeof(name), "%d", pid);
	r = lend_process_look(&look, name, pid, error);
	return r >= 0 || r == -EACCES ? 0
	       : r == -ETIME ? lend_error_set(error, r, "pid %d: it has too many files open to be looked at", pid)
			     : r;
}
