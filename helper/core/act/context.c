/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the acting modules need of their surroundings: to tell what happens without printing, and to wait. */
#include "lendpci/act/context.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "loan/internal.h"

void lend_context_note(const struct lend_context *context, enum lend_note_level level, const char *format, ...)
{
	char sentence[1024];
	va_list arguments;

	if (!context->note)
		return;
	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	context->note(context->userdata, level, sentence);
}

void lend_pause_ms(unsigned ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	(void)nanosleep(&pause, NULL);
}
