/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which device nodes a process has open or mapped.
 *
 * Relies on /proc/PID/fd, maps, map_files, comm and cgroup. On the host a node is told by its device number, since a
 * container may have it under another path, and since a path proves nothing: everybody can have a /dev of his own in a
 * user namespace. statx() through the links of /proc looks at the open file itself and never opens the device. A
 * recorded machine has nothing but paths.
 *
 * Processes come and go: whatever vanishes between two reads had no say. Threads that do not share their process'
 * descriptors are not looked into.
 */
#include "process_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/holders/list.h"
#include "lendpci/know/host/control_group.h"
#include "mounts.h"
#include "node_list.h"

/* What is told of a process is read once, when it turns out to hold something. */
struct process {
	const char *name; /* "812" */
	pid_t pid;
	char *command;
	struct lend_control_group group;
	const struct lend_namespace *space;
};

/* A file that a process has open or mapped. */
struct file {
	const char *path;
	dev_t number;
	bool is_block;
	bool has_number; /* else there is only the path to go by */
};

static void process_clear(struct process *process)
{
	free(process->command);
}

/* Tells that @process has node @index open. What @found returns. */
static int tell(struct lend_look *look, struct process *process, size_t index)
{
	const struct lend_node *node = &look->nodes->items[index];

	if (!process->command) {
		char path[64], command[64];

		(void)snprintf(path, sizeof(path), "proc/%s/comm", process->name);
		if (lend_fs_read(look->fs, path, command, sizeof(command), NULL) < 0)
			return 0;
		process->command = strdup(command);
		lend_control_group_read(look->fs, process->name, &process->group);
	}
	if (!process->command)
		return -ENOMEM;
	return look->found(look->userdata, index,
			   &(struct lend_holder){ .function = node->function,
						  .pid = process->pid,
						  .command = process->command,
						  .unit = *process->group.unit ? process->group.unit : NULL,
						  .is_user_unit = process->group.is_user_unit,
						  .session = *process->group.session ? process->group.session : NULL,
						  .node = (char *)lend_node_name(node) });
}

static bool is_below_dev(const char *path)
{
	return strncmp(path, "/dev/", strlen("/dev/")) == 0;
}

/*
 * Looks at the file behind link @name of /proc. Returns false when it is no device node, or cannot be one.
 *
 * Even stat may wait for a dead NFS server, so what lies on such a file system is passed over by its path. The answer
 * need not be fresh either: what kind of file it is does not change.
 */
static bool examine(const struct lend_look *look, const struct process *process, int directory, const char *name,
		    const char *path, struct file *ret)
{
	struct statx status;

	*ret = (struct file){ .path = path };
	if (!is_below_dev(path)) {
		if (!lend_fs_is_host(look->fs) || !process->space || lend_namespace_is_remote(process->space, path))
			return false;
	}
	if (!lend_fs_is_host(look->fs) || directory < 0 ||
	    statx(directory, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &status) < 0)
		return is_below_dev(path);
	ret->number = makedev(status.stx_rdev_major, status.stx_rdev_minor);
	ret->is_block = S_ISBLK(status.stx_mode);
	ret->has_number = true;
	return ret->is_block || S_ISCHR(status.stx_mode);
}

static bool is_node(const struct file *file, const struct lend_node *node)
{
	size_t length = strlen(node->path);

	if (file->has_number && node->number)
		return file->number == node->number && file->is_block == (node->block != NULL);
	/* Unplugged, or renamed by udev: the open file is the old one. */
	return strncmp(file->path, node->path, length) == 0 &&
	       (!file->path[length] || strcmp(file->path + length, " (deleted)") == 0);
}

static int match(struct lend_look *look, struct process *process, const struct file *file)
{
	for (size_t i = 0; i < look->nodes->count; i++) {
		int r;

		if (!is_node(file, &look->nodes->items[i]))
			continue;
		look->nodes->items[i].is_held = true;
		r = tell(look, process, i);
		if (r != 0)
			return r;
	}
	return 0;
}

static int scan_descriptors(struct lend_look *look, struct process *process)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	char path[PATH_MAX];
	int fd, r = 0;

	(void)snprintf(path, sizeof(path), "proc/%s/fd", process->name);
	fd = lend_fs_open(look->fs, path, O_RDONLY | O_DIRECTORY, NULL);
	if (fd == -EACCES || fd == -EPERM)
		return -EACCES;
	if (fd < 0)
		return fd == -ENFILE || fd == -EMFILE ? fd : 0;
	dir = fdopendir(fd);
	if (!dir) {
		/* -ENOENT once the process has ended: fstat(2) counts its files since Linux 6.2 (proc_fd_getattr()). */
		r = errno == ENOMEM ? -ENOMEM : 0;
		(void)close(fd);
		return r;
	}
	while (r == 0 && (entry = readdir(dir))) {
		struct file file;
		ssize_t n;

		if (lend_stopwatch_is_over(&look->watch))
			return -ETIME;
		n = readlinkat(fd, entry->d_name, path, sizeof(path) - 1);
		if (n < 0 && (errno == EACCES || errno == EPERM))
			return -EACCES;
		/* "socket:[…]" and "anon_inode:[…]" are no paths. */
		if (n <= 0 || *path != '/')
			continue;
		path[n] = '\0';
		if (examine(look, process, fd, entry->d_name, path, &file))
			r = match(look, process, &file);
	}
	return r;
}

/*
 * One line of maps: "7f0000000000-7f0000001000 rw-s 00000000 00:05 123    /dev/dri/card0". A device is mapped shared,
 * but for odd programs; looking at the libraries of every process would take most of the time. So would looking at each
 * piece of a file that is mapped in many: @last is the file system and inode of the line before.
 */
static int scan_mapping(struct lend_look *look, struct process *process, int directory, char *line,
			char last[static 64])
{
	const char *mode = strchr(line, ' '), *path = mode ? strchr(mode, '/') : NULL;
	uintptr_t start, end;
	char inode[64];
	struct file file;
	char name[64];

	if (!path || path[-1] != ' ' || (mode[4] != 's' && !is_below_dev(path)))
		return 0;
	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*s %*s %63[0-9a-f: ]", &start, &end, inode) != 3 ||
	    strcmp(inode, last) == 0)
		return 0;
	memcpy(last, inode, sizeof(inode));
	/* map_files prints the same numbers without leading zeros. */
	(void)snprintf(name, sizeof(name), "%" PRIxPTR "-%" PRIxPTR, start, end);
	return examine(look, process, directory, name, path, &file) ? match(look, process, &file) : 0;
}

static int scan_maps(struct lend_look *look, struct process *process)
{
	_cleanup_fclose_ FILE *maps = NULL;
	_cleanup_close_ int directory = -1;
	_cleanup_free_ char *line = NULL;
	char path[64], last[64] = "";
	size_t size = 0;
	int fd, r = 0;

	(void)snprintf(path, sizeof(path), "proc/%s/maps", process->name);
	fd = lend_fs_open(look->fs, path, O_RDONLY, NULL);
	if (fd < 0)
		return 0;
	maps = fdopen(fd, "r");
	if (!maps) {
		(void)close(fd);
		return -ENOMEM;
	}
	(void)snprintf(path, sizeof(path), "proc/%s/map_files", process->name);
	directory = lend_fs_open(look->fs, path, O_RDONLY | O_DIRECTORY, NULL);
	while (r == 0 && getline(&line, &size, maps) >= 0) {
		if (lend_stopwatch_is_over(&look->watch))
			return -ETIME;
		r = scan_mapping(look, process, directory, line, last);
	}
	return r;
}

int lend_process_look(struct lend_look *look, const char *name, pid_t pid, struct lend_error *error)
{
	_cleanup_(process_clear) struct process process = { .name = name, .pid = pid };
	int r = 0;

	if (look->namespaces)
		r = lend_namespace_visit(look->fs, name, look->nodes, look->namespaces, &look->watch, look->holders,
					 &process.space, error);
	if (r < 0)
		return r;
	r = scan_descriptors(look, &process);
	if (r == 0 && look->namespaces)
		r = scan_maps(look, &process);
	if (r >= 0 || r == -EACCES || r == -ETIME)
		return r;
	return lend_error_set(error, r, "pid %d: cannot look at its open files: %s", pid, strerror(-r));
}
