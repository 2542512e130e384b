/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "stopwatch.h"

struct lend_error;
struct lend_fs;
struct lend_holder;
struct lend_holders;
struct lend_namespaces;
struct lend_nodes;

/**
 * Told of @holder, who has node @index open; what it is given is borrowed. Returns 1 when the search may stop, 0 to go
 * on, -errno.
 */
typedef int lend_holder_found_fn(void *userdata, size_t index, const struct lend_holder *holder);

/** What is looked for in a process. */
struct lend_look {
	const struct lend_fs *fs;
	struct lend_nodes *nodes;
	lend_holder_found_fn *found;
	void *userdata;

	/* NULL: open files only, neither mappings nor mounts. */
	struct lend_namespaces *namespaces;
	struct lend_holders *holders; /* gets the mounts */

	struct lend_stopwatch watch; /* for the process at hand */
};

/**
 * Looks at process @name ("812"), whose number is @pid. Returns what @found did; -EACCES when it may not be looked
 * into, -ETIME when it was too much for the time it had. One that is gone has nothing open.
 */
int lend_process_look(struct lend_look *look, const char *name, pid_t pid, struct lend_error *error);
