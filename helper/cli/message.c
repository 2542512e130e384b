/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/message.h"

#include <stdarg.h>
#include <stdio.h>

void lend_warn(const char *subject, const char *hint, const char *format, ...)
{
	va_list arguments;

	/* What was said until now comes first, also where both go to one place. */
	(void)fflush(stdout);
	(void)fprintf(stderr, "%s: warning: ", subject);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	if (hint && *hint)
		(void)fprintf(stderr, "hint: %s\n", hint);
}
