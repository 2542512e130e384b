/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lendpci/know/pci/function.h"

struct lend_error;
struct lend_fs;

/**
 * Who may change what: one lock per function, and one per domain.
 *
 * Order: the domain's first, then the functions' by ascending address, last the one for what belongs to loans as a
 * whole, so that two transactions cannot wait for each other. flock(2) on files under LEND_STATE_DIR/locks/: a lock
 * ends with its process, whatever ends that. A lock file names its holder's pid and stays behind until the next
 * sweep.
 */
struct lend_locks {
	int *descriptors;
	size_t count;
};

/** Releases all. Accepts an empty one. */
void lend_locks_release(struct lend_locks *locks);

/**
 * Takes the lock of a domain's UUID into @locks. Waits at most @deadline_ms, 0 for not at all. -EBUSY with
 * `UUID: another lendpci (pid 812) is at work on it`.
 */
int lend_lock_domain(const struct lend_fs *fs, const char *uuid, unsigned deadline_ms, struct lend_locks *locks,
		     struct lend_error *error);

/** Likewise for a function. */
int lend_lock_function(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		       struct lend_locks *locks, struct lend_error *error);

/** Likewise for what belongs to loans as a whole, of all loans of the host: two may have the same unit stopped. */
int lend_lock_loans(const struct lend_fs *fs, unsigned deadline_ms, struct lend_locks *locks, struct lend_error *error);

/** Removes the files of locks that nobody has: there is one for each domain that was ever started with a device. */
int lend_locks_sweep(const struct lend_fs *fs, struct lend_error *error);
