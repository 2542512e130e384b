/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lend_error;
struct lend_fs;
struct lend_holders;
struct lend_nodes;
struct lend_stopwatch;

/** A mount namespace that has been read. */
struct lend_namespace {
	char id[32];   /* "mnt:[4026531840]" */
	char **remote; /* NULL-terminated: where file systems are mounted that wait for another machine or a daemon */
};

struct lend_namespaces {
	struct lend_namespace *items;
	size_t count;
};
void lend_namespaces_clear(struct lend_namespaces *namespaces);

/**
 * Reads the mount namespace of process @pid ("812", "self") unless it is known, and adds the mounts of @nodes to
 * @holders. @ret is borrowed until the next call, NULL when the process is gone. -ETIME when @watch ran out first.
 */
int lend_namespace_visit(const struct lend_fs *fs, const char *pid, struct lend_nodes *nodes,
			 struct lend_namespaces *namespaces, struct lend_stopwatch *watch, struct lend_holders *holders,
			 const struct lend_namespace **ret, struct lend_error *error);

/** Whether looking at the file @path may wait for another machine. */
bool lend_namespace_is_remote(const struct lend_namespace *space, const char *path);

/** File systems that live though no namespace shows them: unmounted lazily, or further devices of one that is. */
int lend_mounts_find_hidden(const struct lend_fs *fs, const struct lend_nodes *nodes, struct lend_holders *holders,
			    struct lend_error *error);
