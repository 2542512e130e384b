/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct lend_error;
struct lend_fs;

/**
 * Runs what may hang in a child that can be abandoned.
 *
 * A driver's remove() can wait for ever inside write(2), in a state that SIGKILL does not end. libvirt has no time-out
 * for its hooks and reads until the end of their output, so the write happens in a child of its own session with no
 * descriptor but the root of @fs, and the parent waits no longer than a deadline.
 */

/** What the child is doing right now: shared with the parent, which tells it when the child hangs. */
struct lend_progress {
	char doing[128]; /* "unbind from snd_hda_intel" */
};

/** Runs in the child. Returns 0 or -errno with @error set; @output (shared, @output_size bytes) carries a result back.
 */
typedef int lend_isolated_fn(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			     struct lend_error *error);

/**
 * Runs @function with @deadline_ms milliseconds. Returns what it returned, with its sentence in @error.
 *
 * -ETIMEDOUT when it did not end in time: the child is killed, or will die as soon as the kernel lets it go, and does
 * nothing more; the sentence is `SUBJECT: DOING did not end within N s (it waits in WCHAN)`. -ECHILD when the child
 * died.
 * @ret_hanging (may be NULL) is then the pid of a child that the signal has not ended, 0 otherwise. @output is written
 * to only on success.
 */
int lend_isolate(const struct lend_fs *fs, const char *subject, unsigned deadline_ms, lend_isolated_fn *function,
		 const void *input, void *output, size_t output_size, pid_t *ret_hanging, struct lend_error *error);
