/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <signal.h>
#include <sys/types.h>

struct lend_error;

/**
 * From now on signals that ask this process to end wait until lend_process_await() passes them on: whatever is under
 * way is finished, or undone, first. @ret_before is what they were, for the process that is run.
 */
void lend_process_hold_signals(sigset_t *ret_before);

/** Runs @arguments, found by PATH, with the signals @mask. -errno with a sentence when it cannot be run. */
int lend_process_run(char *const *arguments, const sigset_t *mask, pid_t *ret, struct lend_error *error);

/**
 * Waits for @pid's end, and passes on to it each signal that this process gets. Returns its exit status as a shell has
 * it: 128 and the signal's number when one ended it.
 */
int lend_process_await(pid_t pid);
