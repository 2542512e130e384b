/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct lend_error;
struct lend_fs;

/**
 * Runs what may hang in children that can be given up.
 *
 * A driver's remove() can wait for ever inside write(2), in a state that SIGKILL does not end. libvirt has no time-out
 * for its hooks and reads until the end of their output, so the write happens in a child of its own session with no
 * descriptor but the root of @fs, and the parent waits no longer than a deadline. Several children work side by side:
 * start each, wait for any, collect those that are over.
 */

enum { LEND_ISOLATED_MAX = 64 }; /* children that can be waited for at once */

/** For who reads a configuration space: the kernel wakes the card first, which takes a second or two from D3cold. */
enum { LEND_WAKE_MS = 10000 };

/** What a child tells while it works: shared memory that the parent reads when the child has ended, or hangs. */
struct lend_progress {
	char doing[128]; /* right now: "unbind from snd_hda_intel" */
	char note[256];  /* what somebody should know though nothing failed; "" for nothing */
	bool warns;      /* the note is a warning */
};

/** Sets what the child is doing. */
void lend_progress_doing(struct lend_progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Set the note. */
void lend_progress_note(struct lend_progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lend_progress_warn(struct lend_progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * Runs in the child, which has copies of the parent's memory. Returns 0 or more, or -errno with @error set; @output
 * (shared, as large as was asked for, zeroed) carries a result back.
 */
typedef int lend_isolated_fn(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			     struct lend_error *error);

/** A child at work. Zeroed: none. The fields are private but for @over. */
struct lend_isolated {
	bool over; /* it has ended or was given up: collect it */
	pid_t pid;
	int pidfd;
	char subject[64];
	unsigned deadline_ms;
	int64_t started_ms, kill_at_ms, give_up_at_ms; /* CLOCK_MONOTONIC; 0: not yet */
	char wchan[64];                                /* where in the kernel it waited when it was killed */
	size_t size, output_size;
	struct lend_isolated_memory *memory;
};

/** Starts @function with @deadline_ms milliseconds from now. Returns 0 or -errno; then there is nothing to collect. */
int lend_isolated_start(const struct lend_fs *fs, const char *subject, unsigned deadline_ms, lend_isolated_fn *function,
			const void *input, size_t output_size, struct lend_isolated *ret, struct lend_error *error);

/**
 * Waits until one of @count children, at most LEND_ISOLATED_MAX, is over: one poll over them all, each with its own
 * deadline by the clock. A child that misses its deadline is killed, and given up if it has not ended half a second
 * later; those that were killed together wait out one such grace together. Children that are over already, or none, are
 * fine.
 */
void lend_isolated_wait(struct lend_isolated *const *children, size_t count);

/** What is known of a child that is over. */
struct lend_isolated_end {
	pid_t hanging; /* of a child that the signal has not ended; 0: it has ended */
	unsigned ms;   /* how long it took */
	struct lend_progress progress;
};

/**
 * Takes the result of a child that is over and releases it. Returns what its function returned, with its sentence in
 * @error; @output (may be NULL) is written to on success only.
 *
 * -ETIMEDOUT when it did not end in time: it will die as soon as the kernel lets it go, and does nothing more; the
 * sentence is `SUBJECT: DOING did not end within N s (it waits in WCHAN)`. -ECHILD when the child died, -ELIBACC when
 * it lacked a library.
 */
int lend_isolated_collect(struct lend_isolated *child, void *output, struct lend_isolated_end *ret_end,
			  struct lend_error *error);

/** The three at once, for a single child. @ret_hanging may be NULL. */
int lend_isolate(const struct lend_fs *fs, const char *subject, unsigned deadline_ms, lend_isolated_fn *function,
		 const void *input, void *output, size_t output_size, pid_t *ret_hanging, struct lend_error *error);
