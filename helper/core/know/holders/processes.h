/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "process_files.h"

struct lend_error;
struct lend_fs;
struct lend_holders;
struct lend_nodes;

/**
 * How long a look at all processes may take, by the clock.
 *
 * Any user of the host can have thousands of processes with thousands of open files or mounts, and as many users as
 * /etc/subuid gives him. What is too much is put off: first everybody else's processes are looked at, then theirs,
 * until the time is over. All users together get no more than half of it before root's own have been looked at. What is
 * left then counts as unseen, root's as a holder of each disk that is looked for. A search never fails over it.
 */
struct lend_scan_limits {
	unsigned user_ms; /* for the processes of one user, but root's, before they are put off; for one process, too */
	unsigned all_ms;
};

/** Half a second for each user, ten seconds for all: some hundred times of what a busy host takes. */
extern const struct lend_scan_limits lend_scan_limits_default;

/** Who has one of @nodes open or mapped; reads the mount namespaces on the way. */
int lend_processes_find(const struct lend_fs *fs, struct lend_nodes *nodes, const struct lend_scan_limits *limits,
			struct lend_holders *holders, struct lend_error *error);

/** Who has one of @nodes open, until @found has heard enough. Opens only, which is all that VFIO needs. */
int lend_processes_find_opens(const struct lend_fs *fs, struct lend_nodes *nodes, lend_holder_found_fn *found,
			      void *userdata, struct lend_error *error);

/** The same for the one process @pid. One that is gone, or may not be looked into, has nothing open. */
int lend_process_find_opens(const struct lend_fs *fs, pid_t pid, struct lend_nodes *nodes, lend_holder_found_fn *found,
			    void *userdata, struct lend_error *error);
