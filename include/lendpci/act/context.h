/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lendpci/know/pci/address.h"

struct lend_fs;
struct lend_log_line;
struct lend_settings;

/** Everything that lendpci remembers lies here, root only, gone at reboot as the driver overrides are. */
#define LEND_STATE_DIR "run/lendpci"

/** How serious a note is; the programs map it to syslog priorities. */
enum lend_note_level { LEND_NOTE_ERROR, LEND_NOTE_WARNING, LEND_NOTE_INFO };

/**
 * What the acting modules work with. All borrowed; no state of their own.
 *
 * The core prints nothing: what happens on the way, and what it tolerates, goes to @note as one finished sentence
 * without a newline. @note may be NULL.
 *
 * What happened to a loan as a whole goes to @event, with all that a log wants to know; a program without one has its
 * sentence as a note.
 */
struct lend_context {
	const struct lend_fs *fs;
	const struct lend_settings *settings;
	void (*note)(void *userdata, enum lend_note_level level, const char *sentence);
	void *userdata;
	void (*event)(void *userdata, const struct lend_log_line *line);
};

void lend_context_note(const struct lend_context *context, enum lend_note_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Tells an event, made printable. */
void lend_context_event(const struct lend_context *context, const struct lend_log_line *line);
