/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking: attributes, whole files, links, directories. Nothing here changes anything. */
#include "lendpci/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/base/trace.h"

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

	fd = lend_fs_open_regular(fs, path, error);
	if (fd < 0)
		return fd;
	n = read_up_to(fd, buffer, sizeof(buffer));
	if (n < 0)
		return lend_fs_fail(error, (int)n, path);
	if (n > 0 && buffer[n - 1] == '\n')
		n--;
	if ((size_t)n >= size)
		return lend_fs_fail(error, -ENAMETOOLONG, path);
	memcpy(ret, buffer, (size_t)n);
	ret[n] = '\0';
	if (!fs->is_host)
		lend_text_make_lines_printable(ret);
	lend_trace("read /%s: \"%s\"", path, ret);
	return 0;
}

int lend_fs_read_all(const struct lend_fs *fs, const char *path, size_t max, char **ret, size_t *ret_size,
		     struct lend_error *error)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *buffer = NULL;
	size_t have = 0, room = 0;

	fd = lend_fs_open_regular(fs, path, error);
	if (fd < 0)
		return fd;

	/* A file in proc or sysfs does not know its size: grow until the end is seen. */
	for (;;) {
		size_t want = room ? room * 2 : 4096;
		char *bigger;
		ssize_t n;

		bigger = realloc(buffer, want + 1);
		if (!bigger)
			return lend_fs_fail(error, -ENOMEM, path);
		buffer = bigger;
		room = want;

		n = read_up_to(fd, buffer + have, room - have);
		if (n < 0)
			return lend_fs_fail(error, (int)n, path);
		have += (size_t)n;
		if (have > max)
			return lend_fs_fail(error, -EFBIG, path);
		if (have < room)
			break;
	}
	buffer[have] = '\0';
	lend_trace("read /%s: %zu bytes", path, have);
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

	fd = lend_fs_open_below(fs, path, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return lend_fs_fail(error, fd, path);
	n = readlinkat(fd, "", target, sizeof(target));
	if (n < 0)
		return lend_fs_fail(error, errno == ENOENT ? -EINVAL : -errno, path);
	if ((size_t)n >= size)
		return lend_fs_fail(error, -ENAMETOOLONG, path);
	memcpy(ret, target, (size_t)n);
	ret[n] = '\0';
	lend_trace("link /%s: %s", path, ret);
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
		return lend_fs_fail(error, -ENAMETOOLONG, path);
	memcpy(ret, name, strlen(name) + 1);
	/* In a recorded machine names, too, are a stranger's words. */
	if (!fs->is_host)
		lend_text_make_printable(ret);
	return 0;
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

	fd = lend_fs_open_below(fs, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return lend_fs_fail(error, fd, path);
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return lend_fs_fail(error, -ENOMEM, path);
	}

	do {
		if (count == room) {
			char **bigger = reallocarray(names, (room = room ? room * 2 : 16) + 1, sizeof(*names));

			if (!bigger)
				return lend_fs_fail(error, -ENOMEM, path);
			names = bigger;
			names[count] = NULL;
		}
		errno = 0;
		entry = readdir(dir);
		if (!entry && errno)
			return lend_fs_fail(error, -errno, path);
		if (!entry || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		names[count] = strdup(entry->d_name);
		if (!names[count])
			return lend_fs_fail(error, -ENOMEM, path);
		names[++count] = NULL;
	} while (entry);

	qsort(names, count, sizeof(*names), compare_names);
	lend_trace("list /%s: %zu names", path, count);
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
