/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct lend_error;
struct lend_fs;
struct lend_holder;
struct lend_holders;
struct lend_nodes;

/** Who has one of @nodes open or mapped; reads the mount namespaces on the way. */
int lend_processes_find(const struct lend_fs *fs, struct lend_nodes *nodes, struct lend_holders *holders,
			struct lend_error *error);

/**
 * Told of @holder, who has node @index open; what it is given is borrowed. Returns 1 when the search may stop, 0 to go
 * on, -errno.
 */
typedef int lend_holder_found_fn(void *userdata, size_t index, const struct lend_holder *holder);

/** Who has one of @nodes open, until @found has heard enough. Opens only, which is all that VFIO needs. */
int lend_processes_find_opens(const struct lend_fs *fs, struct lend_nodes *nodes, lend_holder_found_fn *found,
			      void *userdata, struct lend_error *error);

/** The same for the one process @pid. One that is gone, or may not be looked into, has nothing open. */
int lend_process_find_opens(const struct lend_fs *fs, pid_t pid, struct lend_nodes *nodes, lend_holder_found_fn *found,
			    void *userdata, struct lend_error *error);
