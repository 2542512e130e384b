/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/**
 * Tells on standard error what a verb does in spite of: `win11: warning: …`, and below it the hint unless that is empty
 * or NULL. @subject comes first, as in every message.
 */
void lend_warn(const char *subject, const char *hint, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** The same for what is good to know: `win11: note: …`. */
void lend_tell(const char *subject, const char *hint, const char *format, ...) __attribute__((format(printf, 3, 4)));
