/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Restores that must not go on, one file for each in the journal's directory. */
#include "lendpci/act/restore_guard.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "lendpci/act/journal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"

#define NOTES LEND_STATE_DIR "/restoring"

/* From a restore's hook to its start libvirt reads the head of a file. */
enum { MOST_SECONDS = 60 };

struct note_path {
	char text[96];
};

static struct note_path note_path(const char *uuid)
{
	struct note_path ret;

	(void)snprintf(ret.text, sizeof(ret.text), NOTES "/%.36s", uuid);
	return ret;
}

bool lend_restore_guard_is_noted(const struct lend_fs *fs, const char *xml, size_t size)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (lend_fs_list(fs, NOTES, &names, NULL, NULL) < 0)
		return false;
	for (char **name = names; *name; name++)
		if (memmem(xml, size, *name, strlen(*name)))
			return true;
	return false;
}

int lend_restore_guard_note(const struct lend_fs *fs, const char *uuid, struct lend_process daemon,
			    struct lend_error *error)
{
	char text[96];
	int r;

	r = lend_fs_make_dir(fs, NOTES, error);
	if (r < 0)
		return r;
	(void)snprintf(text, sizeof(text), "%d %" PRIu64 " %" PRId64 "\n", (int)daemon.pid, daemon.starttime,
		       (int64_t)time(NULL));
	return lend_fs_replace(fs, note_path(uuid).text, text, error);
}

/* By the clock of who wrote it, as lend_restore_guard_take() sees it; an unfinished one has nothing but its time. */
static bool is_outdated(const struct lend_fs *fs, const char *path)
{
	_cleanup_close_ int fd = lend_fs_open_to_read(fs, path, NULL);
	struct stat status;
	int64_t age;

	if (fd < 0 || fstat(fd, &status) < 0)
		return false;
	age = (int64_t)time(NULL) - status.st_mtime;
	return age < 0 || age > MOST_SECONDS;
}

int lend_restore_guard_sweep(const struct lend_fs *fs, struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r;

	r = lend_fs_list(fs, NOTES, &names, NULL, error);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (char **name = names; r >= 0 && *name; name++) {
		char path[320];

		(void)snprintf(path, sizeof(path), NOTES "/%s", *name);
		if (is_outdated(fs, path))
			r = lend_fs_remove(fs, path, error);
	}
	return r;
}

bool lend_restore_guard_take(const struct lend_fs *fs, const char *uuid, struct lend_process daemon)
{
	const struct note_path path = note_path(uuid);
	uint64_t starttime;
	int64_t since, age;
	char text[96];
	int pid;

	if (lend_fs_read(fs, path.text, text, sizeof(text), NULL) < 0)
		return false;
	(void)lend_fs_remove(fs, path.text, NULL);
	if (sscanf(text, "%d %" SCNu64 " %" SCNd64, &pid, &starttime, &since) != 3)
		return false;
	age = (int64_t)time(NULL) - since;
	return pid == daemon.pid && starttime == daemon.starttime && age >= 0 && age <= MOST_SECONDS;
}
