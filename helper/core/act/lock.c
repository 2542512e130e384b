/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks as files that flock(2) guards. The lock is the kernel's; the pid in the file is only for the message. */
#include "lendpci/act/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lendpci/act/context.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"

#define LOCKS LEND_STATE_DIR "/locks"

/* flock(2) has no time-out, so try again this often until the deadline. */
enum { RETRY_MS = 20 };

void lend_locks_release(struct lend_locks *locks)
{
	while (locks->count)
		(void)close(locks->descriptors[--locks->count]);
	free(locks->descriptors);
	*locks = (struct lend_locks){ 0 };
}

/* Returns the lock's pid as its holder wrote it, "?" when it has not yet. */
static void read_holder(int fd, char *ret, size_t size)
{
	ssize_t n = pread(fd, ret, size - 1, 0);

	ret[n > 0 ? n : 0] = '\0';
	ret[strspn(ret, "0123456789")] = '\0';
	if (!*ret)
		(void)snprintf(ret, size, "?");
}

static int wait_for(int fd, const char *subject, struct lend_deadline deadline, struct lend_error *error)
{
	char holder[16];

	for (;;) {
		const bool last = lend_deadline_has_passed(deadline);

		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return lend_error_set(error, -errno, "%s: cannot be locked: %s", subject, strerror(errno));
		if (last)
			break;
		lend_deadline_pause(deadline, RETRY_MS);
	}
	read_holder(fd, holder, sizeof(holder));
	lend_error_set(error, -EBUSY, "%s: another lendpci (pid %s) is at work on it", subject, holder);
	return lend_error_hint(error, -EBUSY, "try again when it is done; 'lendpci status' tells what it does");
}

/*
 * Opens and locks @path. A sweep removes the file of a lock that nobody has; who waited for it meanwhile has locked a
 * file without a name, which guards nothing, and begins anew.
 */
static int open_locked(const struct lend_fs *fs, const char *path, const char *subject, unsigned deadline_ms,
		       struct lend_error *error)
{
	const struct lend_deadline deadline = lend_deadline_in(deadline_ms);

	for (;;) {
		_cleanup_close_ int fd = lend_fs_open(fs, path, O_RDWR | O_CREAT | O_NOFOLLOW, error);
		struct stat status;
		int r;

		if (fd < 0)
			return fd;
		r = wait_for(fd, subject, deadline, error);
		if (r < 0)
			return r;
		if (fstat(fd, &status) < 0)
			return lend_error_set(error, -errno, "/%s: %s", path, strerror(errno));
		if (status.st_nlink > 0)
			return TAKE_FD(fd);
	}
}

static int take(const struct lend_fs *fs, const char *name, const char *subject, unsigned deadline_ms,
		struct lend_locks *locks, struct lend_error *error)
{
	_cleanup_close_ int fd = -1;
	char path[128], pid[16];
	int *bigger;

	bigger = reallocarray(locks->descriptors, locks->count + 1, sizeof(*bigger));
	if (!bigger)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", subject);
	locks->descriptors = bigger;

	(void)snprintf(path, sizeof(path), LOCKS "/%s", name);
	fd = open_locked(fs, path, subject, deadline_ms, error);
	if (fd < 0)
		return fd;

	(void)snprintf(pid, sizeof(pid), "%-15d", getpid());
	if (pwrite(fd, pid, strlen(pid), 0) < 0)
		return lend_error_set(error, -errno, "/%s: %s", path, strerror(errno));
	locks->descriptors[locks->count++] = TAKE_FD(fd);
	return 0;
}

int lend_lock_domain(const struct lend_fs *fs, const char *uuid, unsigned deadline_ms, struct lend_locks *locks,
		     struct lend_error *error)
{
	return take(fs, uuid, uuid, deadline_ms, locks, error);
}

int lend_lock_function(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		       struct lend_locks *locks, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(address);

	return take(fs, name.text, name.text, deadline_ms, locks, error);
}

int lend_lock_loans(const struct lend_fs *fs, unsigned deadline_ms, struct lend_locks *locks, struct lend_error *error)
{
	return take(fs, "loans", "what loans have in common", deadline_ms, locks, error);
}

int lend_locks_sweep(const struct lend_fs *fs, struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r;

	r = lend_fs_list(fs, LOCKS, &names, NULL, error);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (char **name = names; r >= 0 && *name; name++) {
		_cleanup_close_ int fd = -1;
		char path[320];

		(void)snprintf(path, sizeof(path), LOCKS "/%s", *name);
		fd = lend_fs_open(fs, path, O_RDWR | O_NOFOLLOW, NULL);
		/* Removed while it is locked: see open_locked(). */
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			r = lend_fs_remove(fs, path, error);
	}
	return r;
}
