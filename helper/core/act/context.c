/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the acting modules tell what happens without printing. */
#include "lendpci/act/context.h"

#include <stdarg.h>
#include <stdio.h>

#include "lendpci/act/log.h"
#include "lendpci/base/text.h"
#include "lendpci/base/trace.h"

void lend_context_note(const struct lend_context *context, enum lend_note_level level, const char *format, ...)
{
	char sentence[1024];
	va_list arguments;

	if (!context->note)
		return;
	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	lend_text_make_printable(sentence);
	lend_trace("note: %s", sentence);
	context->note(context->userdata, level, sentence);
}

void lend_context_event(const struct lend_context *context, const struct lend_log_line *line)
{
	struct lend_log_line printable = *line;
	char sentence[1024];

	if (!context->event) {
		lend_context_note(context, LEND_NOTE_INFO, "%s", line->sentence);
		return;
	}
	(void)snprintf(sentence, sizeof(sentence), "%s", line->sentence);
	lend_text_make_printable(sentence);
	lend_trace("event: %s: %s", lend_event_name(line->kind), sentence);
	printable.sentence = sentence;
	context->event(context->userdata, &printable);
}
