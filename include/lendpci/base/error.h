/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/**
 * One finished sentence about what went wrong, on the caller's stack.
 *
 * Set where the cause is known, wrapped with context at a module's border, printed only by the programs. The text has
 * the form `subject: cause`, without a final newline; the hint, if there is one, says what to do.
 */
struct lend_error {
	char text[640]; /* "" while nothing went wrong */
	char hint[320]; /* "" where there is nothing to advise */
};

/**
 * Sets the sentence and clears the hint. Returns @code, so that an error is made and returned in one line. @code is a
 * negative errno. @error may be NULL: the caller then wants only the code. A text that is too long is cut.
 */
int lend_error_set(struct lend_error *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** Sets what to do about it. Returns @code. */
int lend_error_hint(struct lend_error *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** Puts `context: ` before the sentence; a context that is already there is not repeated. Returns @code. */
int lend_error_wrap(struct lend_error *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
