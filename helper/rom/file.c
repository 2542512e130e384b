/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rom/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/pci/option_rom.h"

static int fail(struct lend_error *error, int r, const char *path)
{
	return lend_error_set(error, r, "%.300s: %s", path, strerror(-r));
}

static int read_open(int fd, size_t size, uint8_t *bytes)
{
	for (size_t have = 0; have < size;) {
		const ssize_t n = read(fd, bytes + have, size - have);

		if (n == 0)
			return -ESTALE; /* somebody is writing it */
		if (n < 0 && errno != EINTR)
			return -errno;
		have += n < 0 ? 0 : (size_t)n;
	}
	return 0;
}

int lend_rom_file_read(const char *path, uint8_t **ret, size_t *ret_size, struct lend_error *error)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_close_ int fd = -1;
	struct stat status;
	int r;

	/* A FIFO would have us wait for its writer. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &status) < 0)
		return fail(error, -errno, path);
	if (!S_ISREG(status.st_mode))
		return lend_error_set(error, -EINVAL, "%.300s: it is no regular file", path);
	if (status.st_size > (off_t)LEND_OPTION_ROM_MAX)
		return lend_error_set(error, -EFBIG, "%.300s: it has %lld bytes, and no option ROM is larger than %u",
				      path, (long long)status.st_size, LEND_OPTION_ROM_MAX);
	bytes = malloc((size_t)status.st_size + 1);
	if (!bytes)
		return fail(error, -ENOMEM, path);
	r = read_open(fd, (size_t)status.st_size, bytes);
	if (r < 0)
		return fail(error, r, path);
	*ret_size = (size_t)status.st_size;
	*ret = TAKE_PTR(bytes);
	return 0;
}

static int write_open(int fd, const uint8_t *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		const ssize_t n = write(fd, bytes + done, size - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n < 0 ? 0 : (size_t)n;
	}
	return fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
}

int lend_rom_file_write(const char *path, const uint8_t *bytes, size_t size, struct lend_error *error)
{
	_cleanup_close_ int fd = -1;
	struct stat status;
	bool is_new = true;
	int r;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 && errno == EEXIST) {
		is_new = false;
		fd = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	}
	if (fd < 0 || fstat(fd, &status) < 0)
		return fail(error, -errno, path);
	if (!S_ISREG(status.st_mode) || status.st_size > 0)
		return fail(error, -EEXIST, path);
	r = write_open(fd, bytes, size);
	if (r == 0)
		return 0;
	if (is_new)
		(void)unlink(path);
	else
		(void)!ftruncate(fd, 0);
	return fail(error, r, path);
}
