/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changing: attributes, files of our own, names. Every change asks the seam of lend_fs_intercept() first. */
#include "lendpci/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/trace.h"

static int write_once(int fd, const char *text)
{
	size_t length = strlen(text);
	ssize_t n;

	do {
		n = write(fd, text, length);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -EIO;
}

int lend_fs_write(const struct lend_fs *fs, const char *path, const char *text, struct lend_error *error)
{
	_cleanup_close_ int fd = -1;
	int r;

	lend_trace("write /%s: \"%s\"", path, text);
	r = lend_fs_ask(fs, LEND_CHANGE_WRITE, path, text, error);
	if (r != 0)
		return r < 0 ? r : 0;

	fd = lend_fs_open_below(fs, path, O_WRONLY, 0);
	if (fd < 0)
		return lend_fs_fail(error, fd, path);
	r = write_once(fd, text);
	return r < 0 ? lend_fs_fail(error, r, path) : 0;
}

/* Opens the directory that holds @path and points @ret_name at the last component. */
static int open_parent(const struct lend_fs *fs, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX] = ".";

	*ret_name = slash ? slash + 1 : path;
	if (slash) {
		if ((size_t)(slash - path) >= sizeof(parent))
			return -ENAMETOOLONG;
		memcpy(parent, path, (size_t)(slash - path));
		parent[slash - path] = '\0';
	}
	return lend_fs_open_below(fs, parent, O_RDONLY | O_DIRECTORY, 0);
}

/* Writes @text to a new file in @dir that only this process knows, down to the disk. */
static int write_temporary(int dir, const char *temporary, const char *text)
{
	_cleanup_close_ int fd = -1;
	int r;

	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_once(fd, text);
	if (r < 0)
		return r;
	return fsync(fd) < 0 ? -errno : 0;
}

int lend_fs_replace(const struct lend_fs *fs, const char *path, const char *text, struct lend_error *error)
{
	_cleanup_close_ int dir = -1;
	char temporary[NAME_MAX + 1];
	const char *name;
	int r;

	lend_trace("replace /%s: %zu bytes", path, strlen(text));
	r = lend_fs_ask(fs, LEND_CHANGE_REPLACE, path, text, error);
	if (r != 0)
		return r < 0 ? r : 0;

	dir = open_parent(fs, path, &name);
	if (dir < 0)
		return lend_fs_fail(error, dir, path);
	(void)snprintf(temporary, sizeof(temporary), ".%.200s" LEND_UNFINISHED, name);

	r = write_temporary(dir, temporary, text);
	if (r == 0 && renameat(dir, temporary, dir, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dir, temporary, 0);
		return lend_fs_fail(error, r, path);
	}
	return fsync(dir) < 0 ? lend_fs_fail(error, -errno, path) : 0;
}

int lend_fs_rename(const struct lend_fs *fs, const char *from, const char *to, struct lend_error *error)
{
	_cleanup_close_ int from_dir = -1, to_dir = -1;
	const char *from_name, *to_name;
	int r;

	lend_trace("rename /%s: to /%s", from, to);
	r = lend_fs_ask(fs, LEND_CHANGE_RENAME, from, to, error);
	if (r != 0)
		return r < 0 ? r : 0;

	from_dir = open_parent(fs, from, &from_name);
	if (from_dir < 0)
		return lend_fs_fail(error, from_dir, from);
	to_dir = open_parent(fs, to, &to_name);
	if (to_dir < 0)
		return lend_fs_fail(error, to_dir, to);
	return renameat(from_dir, from_name, to_dir, to_name) < 0 ? lend_fs_fail(error, -errno, from) : 0;
}

int lend_fs_remove(const struct lend_fs *fs, const char *path, struct lend_error *error)
{
	_cleanup_close_ int dir = -1;
	const char *name;
	int r;

	lend_trace("remove /%s", path);
	r = lend_fs_ask(fs, LEND_CHANGE_REMOVE, path, NULL, error);
	if (r != 0)
		return r < 0 ? r : 0;

	dir = open_parent(fs, path, &name);
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return lend_fs_fail(error, dir, path);
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return lend_fs_fail(error, -errno, path);
	return fsync(dir) < 0 ? lend_fs_fail(error, -errno, path) : 0;
}

int lend_fs_make_dir(const struct lend_fs *fs, const char *path, struct lend_error *error)
{
	char partial[PATH_MAX];

	if (strlen(path) >= sizeof(partial))
		return lend_fs_fail(error, -ENAMETOOLONG, path);
	lend_trace("make directory /%s", path);

	for (const char *slash = path; slash;) {
		_cleanup_close_ int dir = -1;
		const char *name;

		slash = strchr(slash + 1, '/');
		(void)snprintf(partial, sizeof(partial), "%.*s", slash ? (int)(slash - path) : PATH_MAX - 1, path);
		dir = open_parent(fs, partial, &name);
		if (dir < 0)
			return lend_fs_fail(error, dir, path);
		/* Parents such as /run exist on every host; only lendpci's own directories are made, so 0700 is right.
		 */
		if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
			return lend_fs_fail(error, -errno, path);
	}
	return 0;
}
