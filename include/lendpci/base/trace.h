/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/**
 * What the program does, told to whoever debugs it: every file read and written, every step, every decision with its
 * reason. Off unless a program asks for it (`--debug`, LENDPCI_DEBUG=1, `debug = yes`); then off costs one load and one
 * branch, and the arguments are not evaluated.
 *
 * A line is one finished sentence without a newline, subject first, as in all messages:
 *
 *     lend_trace("%s: reset_method: is %s, wanted %s", address, before, want);
 *
 * Not for what a user has to know: that is an error, a warning or a note.
 */
#define lend_trace(...)                                                                                                \
	do {                                                                                                           \
		if (__builtin_expect(lend_trace_is_on, 0))                                                             \
			lend_trace_line(__VA_ARGS__);                                                                  \
	} while (0)

/** Takes one line: printable, without a newline. What it calls is not traced. */
typedef void lend_trace_fn(void *userdata, const char *line);

/** Sends the lines of this process, and of the children that it forks, to @sink; NULL switches tracing off again. */
void lend_trace_to(lend_trace_fn *sink, void *userdata);

/** Whether somebody listens. Read only; for the callers that have to prepare something before they can tell it. */
extern bool lend_trace_is_on;

/** What lend_trace() calls. Leaves errno alone. */
void lend_trace_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * The lines of a child process that has neither terminal nor log: it writes them into memory that it shares with its
 * parent, who tells them when the child has ended or was given up. A child that is killed leaves whole lines.
 */
struct lend_trace_buffer {
	unsigned used;    /* bytes of @lines */
	char lines[8188]; /* each with its newline; lines for which there is no place are left out */
};

/** In the child: sends its lines to @buffer, if anybody listens at all. */
void lend_trace_into(struct lend_trace_buffer *buffer);

/** In the parent: tells the lines of @buffer, each as `child: …`. */
void lend_trace_replay(const struct lend_trace_buffer *buffer);
