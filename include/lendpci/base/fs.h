/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lend_error;

/**
 * The one place where files are read and written, below a root.
 *
 * The root is "/" on the host and a recorded machine under `--sysroot`. Paths are relative to it and start without a
 * slash ("sys/bus/pci/devices/…"). Below any root but "/" a symbolic link cannot lead out (openat2, RESOLVE_IN_ROOT),
 * and a recording is a stranger's: attributes and the names of links are made printable. Only regular files are read
 * (-EINVAL for others): a FIFO in the place of one would never end.
 * Errors are -errno with the path and the kernel's reason in @error; -ENOENT too, so that a caller for whom absence is
 * fine passes NULL.
 */
struct lend_fs;

/** Opens @root. Release with lend_fs_free(). */
int lend_fs_new(const char *root, struct lend_fs **ret, struct lend_error *error);
void lend_fs_free(struct lend_fs *fs);
void lend_fs_freep(struct lend_fs **fs);

/** Whether the root is the running host, not a recorded machine. */
bool lend_fs_is_host(const struct lend_fs *fs);

/** The root's descriptor, borrowed: the one that a child needs to work with @fs. */
int lend_fs_root(const struct lend_fs *fs);

/**
 * Reads a small text attribute into @ret, without the trailing newline. -ENAMETOOLONG when it does not fit in @size
 * bytes with its NUL: an attribute is never silently cut.
 */
int lend_fs_read(const struct lend_fs *fs, const char *path, char *ret, size_t size, struct lend_error *error);

/** Reads a whole file of any content, NUL-terminated for convenience; @max bounds it (-EFBIG). @ret is the caller's. */
int lend_fs_read_all(const struct lend_fs *fs, const char *path, size_t max, char **ret, size_t *ret_size,
		     struct lend_error *error);

/** The last component of a symbolic link's target ("vfio-pci" of …/driver). -ENOENT without a link. */
int lend_fs_link_name(const struct lend_fs *fs, const char *path, char *ret, size_t size, struct lend_error *error);

/** A symbolic link's whole target, as it is stored. */
int lend_fs_link_target(const struct lend_fs *fs, const char *path, char *ret, size_t size, struct lend_error *error);

/** Path, below the root, of what @path leads to once every link is followed: "sys/devices/pci0000:00/…". */
int lend_fs_resolve(const struct lend_fs *fs, const char *path, char *ret, size_t size, struct lend_error *error);

bool lend_fs_exists(const struct lend_fs *fs, const char *path);

/** A directory's names, sorted by strcmp, without "." and "..". A NULL-terminated array; lend_fs_names_free() it. */
int lend_fs_list(const struct lend_fs *fs, const char *path, char ***ret, size_t *ret_count, struct lend_error *error);
void lend_fs_names_free(char **names);
void lend_fs_names_freep(char ***names);

/** One write(2) of @text to an existing attribute, as the kernel wants it. */
int lend_fs_write(const struct lend_fs *fs, const char *path, const char *text, struct lend_error *error);

/** What lend_fs_replace() writes first is `.NAME` with this behind it: a writer that was killed leaves it. */
#define LEND_UNFINISHED ".new"

/**
 * Replaces a file as a whole and durably: temporary file, fsync, rename, fsync of the directory. Mode 0600. One writer
 * at a time: the caller holds a lock.
 */
int lend_fs_replace(const struct lend_fs *fs, const char *path, const char *text, struct lend_error *error);

/** Renames within the root. */
int lend_fs_rename(const struct lend_fs *fs, const char *from, const char *to, struct lend_error *error);

/** Removes a file; one that is not there is fine. */
int lend_fs_remove(const struct lend_fs *fs, const char *path, struct lend_error *error);

/** Makes a directory, mode 0700, and its parents; one that is there is fine. */
int lend_fs_make_dir(const struct lend_fs *fs, const char *path, struct lend_error *error);

/**
 * Opens for a purpose of the caller's own (a lock): open(2) @flags, mode 0600. Returns the descriptor or -errno. What a
 * recorded machine has is only ever opened for reading, and only regular files and directories.
 */
int lend_fs_open(const struct lend_fs *fs, const char *path, int flags, struct lend_error *error);

/** Opens a regular file to read it by other means than the functions above: -EINVAL for what is none, no waiting. */
int lend_fs_open_to_read(const struct lend_fs *fs, const char *path, struct lend_error *error);

/*
 * The seam for the fake kernel in tests/unit: every change passes here first.
 */
enum lend_change_kind {
	LEND_CHANGE_WRITE,   /* @path, @text: an attribute */
	LEND_CHANGE_REPLACE, /* @path, @text */
	LEND_CHANGE_RENAME,  /* @path, @text: the new name */
	LEND_CHANGE_REMOVE,  /* @path */
	LEND_CHANGE_MODULE,  /* @path: the module to load; asked by act/module */
	LEND_CHANGE_UNIT,    /* @path: the systemd unit, @text: "start" or "stop"; asked by act/systemd */
	LEND_CHANGE_SESSION, /* @path: the scope of a user's session, @text: "end"; asked by act/logind */
};

/** Returns 1 when it has done the change itself, 0 to let it go on to the file system, -errno to make it fail. */
typedef int lend_change_fn(void *userdata, enum lend_change_kind kind, const char *path, const char *text);

void lend_fs_intercept(struct lend_fs *fs, lend_change_fn *change, void *userdata);

/** Asks the seam about a change that is none of a file. 1 when it has been done, 0 to go on, -errno. */
int lend_fs_ask(const struct lend_fs *fs, enum lend_change_kind kind, const char *path, const char *text,
		struct lend_error *error);
