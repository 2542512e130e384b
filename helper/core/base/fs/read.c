/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root-relative file I/O: the only place that reads and writes the kernel's files.
 *
 * Invariants: every descriptor is O_CLOEXEC; an attribute is written by one write(2), since sysfs takes each write as a
 * command of its own; nothing is cut silently; below a recorded machine no link leads out.
 */
#include "lendpci/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"

struct lend_fs {
	int root;
	bool is_host;
	lend_change_fn *change;
	void *userdata;
};

static int fail(struct lend_error *error, int code, const char *path)
{
	return lend_error_set(error, code, "/%s: %s", path, strerror(-code));
}

static int open_below(const struct lend_fs *fs, const char *path, int flags, mode_t mode)
{
	struct open_how how = { .mode = mode, .resolve = RESOLVE_IN_ROOT };
	unsigned attempts = 1000;
	int fd;

	flags |= O_CLOEXEC;
	if (!(flags & O_PATH))
		flags |= O_NOCTTY;
	how.flags = (uint64_t)flags;
	/* A rename anywhere on the host makes the kernel unsure of "..", and it asks to be asked again: openat2(2). */
	do {
		fd = fs->is_host ? openat(fs->root, path, flags, mode)
				 : (int)syscall(SYS_openat2, fs->root, path, &how, sizeof(how));
	} while (fd < 0 && errno == EAGAIN && --attempts);
	return fd < 0 ? -errno : fd;
}

int lend_fs_ask(const struct lend_fs *fs, enum lend_change_kind kind, const char *path, const char *text,
		struct lend_error *error)
{
	int r;

	if (!fs->change)
		return 0;
	r = fs->change(fs->userdata, kind, path, text);
	return r < 0 ? fail(error, r, path) : r;
}

int lend_fs_new(const char *root, struct lend_fs **ret, struct lend_error *error)
{
	struct lend_fs *fs;

	fs = calloc(1, sizeof(*fs));
	if (!fs)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", root);

	fs->is_host = strcmp(root, "/") == 0;
	fs->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fs->root < 0) {
		int r = -errno;

		free(fs);
		return lend_error_set(error, r, "%s: cannot open the root directory: %s", root, strerror(-r));
	}
	*ret = fs;
	return 0;
}

void lend_fs_free(struct lend_fs *fs)
{
	if (!fs)
		return;
	(void)close(fs->root);
	free(fs);
}

void lend_fs_freep(struct lend_fs **fs)
{
	lend_fs_free(*fs);
}

bool lend_fs_is_host(const struct lend_fs *fs)
{
	return fs->is_host;
}

int lend_fs_root(const struct lend_fs *fs)
{
	return fs->root;
}

void lend_fs_intercept(struct lend_fs *fs, lend_change_fn *change, void *userdata)
{
	fs->change = change;
	fs->userdata = userdata;
}

/* Fills @buffer as far as the file goes. Returns the number of bytes, or -errno. */
static ssize_t read_up_to(int fd, char *buffer, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, buffer + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int lend_fs_read(const struct lend_fs *fs, const char *path, char *ret, size_t size, struct lend_error *error)
{
	_cleanup_close_ int fd = -1;
	char buffer[4096];
	ssize_t n;

	fd = open_below(fs, path, O_RDONLY, 0);
	if (fd < 0)
		return fail(error, fd, path);
	n = read_up_to(fd, buffer, sizeof(buffer));
	if (n < 0)
		return fail(error, (int)n, path);
	if (n > 0 && buffer[n - 1] == '\n')
		n--;
	if ((size_t)n >= size)
		return fail(error, -ENAMETOOLONG, path);
	memcpy(ret, buffer, (size_t)n);
	ret[n] = '\0';
	return 0;
}

int lend_fs_read_all(const struct lend_fs *fs, const char *path, size_t max, char **ret, size_t *ret_size,
		     struct lend_error *error)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *buffer = NULL;
	size_t have = 0, room = 0;

	fd = open_below(fs, path, O_RDONLY, 0);
	if (fd < 0)
		return fail(error, fd, path);

	/* A file in proc or sysfs does not know its size: grow until the end is seen. */
	for (;;) {
		size_t want = room ? room * 2 : 4096;
		char *bigger;
		ssize_t n;

		bigger = realloc(buffer, want + 1);
		if (!bigger)
			return fail(error, -ENOMEM, path);
		buffer = bigger;
		room = want;

		n = read_up_to(fd, buffer + have, room - have);
		if (n < 0)
			return fail(error, (int)n, path);
		have += (size_t)n;
		if (have > max)
			return fail(error, -EFBIG, path);
		if (have < room)
			break;
	}
	buffer[have] = '\0';
	if (ret_size)
		*ret_size = have;
	*ret = TAKE_PTR(buffer);
	return 0;
}

int lend_fs_link_target(const struct lend_fs *fs, const char *path, char *ret, size_t size, struct lend_error *error)
{
	_cleanup_close_ int fd = -1;
	char target[PATH_MAX];
	ssize_t n;

	fd = open_below(fs, path, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return fail(error, fd, path);
	n = readlinkat(fd, "", target, sizeof(target));
	if (n < 0)
		return fail(error, errno == ENOENT ? -EINVAL : -errno, path);
	if ((size_t)n >= size)
		return fail(error, -ENAMETOOLONG, path);
	memcpy(ret, target, (size_t)n);
	ret[n] = '\0';
	return 0;
}

int lend_fs_link_name(const struct lend_fs *fs, const char *path, char *ret, size_t size, struct lend_error *error)
{
	char target[PATH_MAX];
	const char *name;
	int r;

	r = lend_fs_link_target(fs, path, target, sizeof(target), error);
	if (r < 0)
		return r;
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (strlen(name) >= size)
		return fail(error, -ENAMETOOLONG, path);
	memcpy(ret, name, strlen(name) + 1);
	return 0;
}

int lend_fs_resolve(const struct lend_fs *fs, const char *path, char *ret, size_t size, struct lend_error *error)
{
	char link[64], root[PATH_MAX], target[PATH_MAX];
	_cleanup_close_ int fd = -1;
	ssize_t n, root_length;
	const char *below;

	fd = open_below(fs, path, O_PATH, 0);
	if (fd < 0)
		return fail(error, fd, path);

	/* The kernel has followed every link already; ask it where that led. */
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fs->root);
	root_length = readlink(link, root, sizeof(root) - 1);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0 || root_length < 0)
		return fail(error, -errno, path);
	root[root_length] = target[n] = '\0';

	if (strcmp(root, "/") == 0)
		root_length = 0;
	if (strncmp(target, root, (size_t)root_length) != 0)
		return fail(error, -EXDEV, path);
	below = target + root_length;
	below += strspn(below, "/");
	if (strlen(below) >= size)
		return fail(error, -ENAMETOOLONG, path);
	memcpy(ret, below, strlen(below) + 1);
	return 0;
}

bool lend_fs_exists(const struct lend_fs *fs, const char *path)
{
	_cleanup_close_ int fd = open_below(fs, path, O_PATH, 0);

	return fd >= 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int lend_fs_list(const struct lend_fs *fs, const char *path, char ***ret, size_t *ret_count, struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	_cleanup_closedir_ DIR *dir = NULL;
	size_t count = 0, room = 0;
	struct dirent *entry;
	int fd;

	fd = open_below(fs, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return fail(error, fd, path);
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return fail(error, -ENOMEM, path);
	}

	do {
		if (count == room) {
			char **bigger = reallocarray(names, (room = room ? room * 2 : 16) + 1, sizeof(*names));

			if (!bigger)
				return fail(error, -ENOMEM, path);
			names = bigger;
			names[count] = NULL;
		}
		errno = 0;
		entry = readdir(dir);
		if (!entry && errno)
			return fail(error, -errno, path);
		if (!entry || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		names[count] = strdup(entry->d_name);
		if (!names[count])
			return fail(error, -ENOMEM, path);
		names[++count] = NULL;
	} while (entry);

	qsort(names, count, sizeof(*names), compare_names);
	if (ret_count)
		*ret_count = count;
	*ret = TAKE_PTR(names);
	return 0;
}

void lend_fs_names_free(char **names)
{
	if (!names)
		return;
	for (char **name = names; *name; name++)
		free(*name);
	free(names);
}

void lend_fs_names_freep(char ***names)
{
	lend_fs_names_free(*names);
}

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

	r = lend_fs_ask(fs, LEND_CHANGE_WRITE, path, text, error);
	if (r != 0)
		return r < 0 ? r : 0;

	fd = open_below(fs, path, O_WRONLY, 0);
	if (fd < 0)
		return fail(error, fd, path);
	r = write_once(fd, text);
	return r < 0 ? fail(error, r, path) : 0;
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
	return open_below(fs, parent, O_RDONLY | O_DIRECTORY, 0);
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

	r = lend_fs_ask(fs, LEND_CHANGE_REPLACE, path, text, error);
	if (r != 0)
		return r < 0 ? r : 0;

	dir = open_parent(fs, path, &name);
	if (dir < 0)
		return fail(error, dir, path);
	(void)snprintf(temporary, sizeof(temporary), ".%.200s" LEND_UNFINISHED, name);

	r = write_temporary(dir, temporary, text);
	if (r == 0 && renameat(dir, temporary, dir, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dir, temporary, 0);
		return fail(error, r, path);
	}
	return fsync(dir) < 0 ? fail(error, -errno, path) : 0;
}

int lend_fs_rename(const struct lend_fs *fs, const char *from, const char *to, struct lend_error *error)
{
	_cleanup_close_ int from_dir = -1, to_dir = -1;
	const char *from_name, *to_name;
	int r;

	r = lend_fs_ask(fs, LEND_CHANGE_RENAME, from, to, error);
	if (r != 0)
		return r < 0 ? r : 0;

	from_dir = open_parent(fs, from, &from_name);
	if (from_dir < 0)
		return fail(error, from_dir, from);
	to_dir = open_parent(fs, to, &to_name);
	if (to_dir < 0)
		return fail(error, to_dir, to);
	return renameat(from_dir, from_name, to_dir, to_name) < 0 ? fail(error, -errno, from) : 0;
}

int lend_fs_remove(const struct lend_fs *fs, const char *path, struct lend_error *error)
{
	_cleanup_close_ int dir = -1;
	const char *name;
	int r;

	r = lend_fs_ask(fs, LEND_CHANGE_REMOVE, path, NULL, error);
	if (r != 0)
		return r < 0 ? r : 0;

	dir = open_parent(fs, path, &name);
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return fail(error, dir, path);
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return fail(error, -errno, path);
	return fsync(dir) < 0 ? fail(error, -errno, path) : 0;
}

int lend_fs_make_dir(const struct lend_fs *fs, const char *path, struct lend_error *error)
{
	char partial[PATH_MAX];

	if (strlen(path) >= sizeof(partial))
		return fail(error, -ENAMETOOLONG, path);

	for (const char *slash = path; slash;) {
		_cleanup_close_ int dir = -1;
		const char *name;

		slash = strchr(slash + 1, '/');
		(void)snprintf(partial, sizeof(partial), "%.*s", slash ? (int)(slash - path) : PATH_MAX - 1, path);
		dir = open_parent(fs, partial, &name);
		if (dir < 0)
			return fail(error, dir, path);
		/* Parents such as /run exist on every host; only lendpci's own directories are made, so 0700 is right.
		 */
		if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
			return fail(error, -errno, path);
	}
	return 0;
}

int lend_fs_open(const struct lend_fs *fs, const char *path, int flags, struct lend_error *error)
{
	int fd = open_below(fs, path, flags, flags & O_CREAT ? 0600 : 0);

	return fd < 0 ? fail(error, fd, path) : fd;
}
