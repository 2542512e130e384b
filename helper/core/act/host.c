/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the acting modules tell what happens on the way, without printing. */
#include "lendpci/host.h"

#include <stdarg.h>
#include <stdio.h>

void lend_host_note(const struct lend_host *host, enum lend_note_level level, const char *format, ...)
{
	char sentence[1024];
	va_list arguments;

	if (!host->note)
		return;
	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	host->note(host->userdata, level, sentence);
}
