/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root below which all files are reached: the only place that opens the kernel's files.
 *
 * Invariants of this module: every descriptor is O_CLOEXEC; an attribute is written by one write(2), since sysfs takes
 * each write as a command of its own; nothing is cut silently; below a recorded machine no link leads out, and nothing
 * that it holds in a file's place, a FIFO or a device node, is waited for.
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

#include "internal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/trace.h"

int lend_fs_fail(struct lend_error *error, int code, const char *path)
{
	return lend_error_set(error, code, "/%s: %s", path, strerror(-code));
}

int lend_fs_open_below(const struct lend_fs *fs, const char *path, int flags, mode_t mode)
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

int lend_fs_open_regular(const struct lend_fs *fs, const char *path, struct lend_error *error)
{
	struct stat status = { 0 };
	int fd;

	/* For a regular file O_NONBLOCK means nothing; the open of a FIFO would wait for its writer without it. */
	fd = lend_fs_open_below(fs, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return lend_fs_fail(error, fd, path);
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	(void)close(fd);
	if (S_ISDIR(status.st_mode))
		return lend_fs_fail(error, -EISDIR, path);
	return lend_error_set(error, -EINVAL, "/%s: it is not a regular file", path);
}

int lend_fs_ask(const struct lend_fs *fs, enum lend_change_kind kind, const char *path, const char *text,
		struct lend_error *error)
{
	int r;

	if (!fs->change)
		return 0;
	r = fs->change(fs->userdata, kind, path, text);
	return r < 0 ? lend_fs_fail(error, r, path) : r;
}

/* What the kernel calls the file behind @fd: every link on the way has been followed. */
static int name_of(int fd, char *ret, size_t size)
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, ret, size - 1);
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}

int lend_fs_new(const char *root, struct lend_fs **ret, struct lend_error *error)
{
	struct lend_fs *fs;
	int r;

	fs = calloc(1, sizeof(*fs));
	if (!fs)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", root);

	fs->is_host = strcmp(root, "/") == 0;
	fs->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = fs->root < 0 ? -errno : fs->is_host ? 0 : name_of(fs->root, fs->root_path, sizeof(fs->root_path));
	if (r < 0) {
		lend_fs_free(fs);
		return lend_error_set(error, r, "%s: cannot open the root directory: %s", root, strerror(-r));
	}
	*ret = fs;
	return 0;
}

void lend_fs_free(struct lend_fs *fs)
{
	if (!fs)
		return;
	if (fs->root >= 0)
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

int lend_fs_resolve(const struct lend_fs *fs, const char *path, char *ret, size_t size, struct lend_error *error)
{
	const size_t root_length = strlen(fs->root_path);
	_cleanup_close_ int fd = -1;
	char target[PATH_MAX];
	const char *below;
	int r;

	fd = lend_fs_open_below(fs, path, O_PATH, 0);
	if (fd < 0)
		return lend_fs_fail(error, fd, path);
	r = name_of(fd, target, sizeof(target));
	if (r < 0)
		return lend_fs_fail(error, r, path);
	if (strncmp(target, fs->root_path, root_length) != 0)
		return lend_fs_fail(error, -EXDEV, path);
	below = target + root_length;
	below += strspn(below, "/");
	if (strlen(below) >= size)
		return lend_fs_fail(error, -ENAMETOOLONG, path);
	memcpy(ret, below, strlen(below) + 1);
	lend_trace("resolve /%s: /%s", path, ret);
	return 0;
}

bool lend_fs_exists(const struct lend_fs *fs, const char *path)
{
	_cleanup_close_ int fd = lend_fs_open_below(fs, path, O_PATH, 0);

	lend_trace("exists /%s: %s", path, fd >= 0 ? "yes" : strerror(-fd));
	return fd >= 0;
}

int lend_fs_open(const struct lend_fs *fs, const char *path, int flags, struct lend_error *error)
{
	int fd;

	lend_trace("open /%s", path);
	if (!fs->is_host && !(flags & (O_PATH | O_DIRECTORY | O_CREAT)))
		return lend_fs_open_regular(fs, path, error);
	fd = lend_fs_open_below(fs, path, flags, flags & O_CREAT ? 0600 : 0);
	return fd < 0 ? lend_fs_fail(error, fd, path) : fd;
}

int lend_fs_open_to_read(const struct lend_fs *fs, const char *path, struct lend_error *error)
{
	lend_trace("open /%s", path);
	return lend_fs_open_regular(fs, path, error);
}
