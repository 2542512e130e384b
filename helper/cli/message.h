/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

/*
 * Sentences to people. Each is printed on one line of its own and printable, whoever wrote what it quotes; what went to
 * standard output before comes first, also where both go to one place.
 */

/** Prints @prefix, which is ours, and @sentence. */
void lend_message_print(FILE *out, const char *prefix, const char *sentence);

/** Prints one line of a report on standard output. */
void lend_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Prints a hint on standard error; nothing for NULL and "". */
void lend_message_hint(const char *hint);

/**
 * Tells on standard error what a verb does in spite of: `win11: warning: …`, and below it the hint unless that is empty
 * or NULL. @subject comes first, as in every message.
 */
void lend_warn(const char *subject, const char *hint, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** The same for what is good to know: `win11: note: …`. */
void lend_tell(const char *subject, const char *hint, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** From now on nothing is printed but errors, with their hints: no reports, notes and warnings. */
void lend_message_be_quiet(void);

/** Has every debugging line of this process printed on standard error, with the seconds since this call. */
void lend_message_trace(void);
