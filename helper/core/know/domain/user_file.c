/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"

ssize_t domain_read_user_file(const struct lend_fs *fs, const char *path, char *ret, size_t size)
{
	_cleanup_close_ int fd = -1;
	struct stat status;
	ssize_t n;

	fd = lend_fs_open(fs, path + strspn(path, "/"), O_RDONLY | O_NONBLOCK, NULL);
	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	n = read(fd, ret, size - 1);
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return n;
}
