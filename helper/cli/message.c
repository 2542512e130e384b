/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/message.h"

#include <stdarg.h>
#include <stdio.h>

static void __attribute__((format(printf, 4, 0)))
print(const char *subject, const char *kind, const char *hint, const char *format, va_list arguments)
{
	/* What was said until now comes first, also where both go to one place. */
	(void)fflush(stdout);
	(void)fprintf(stderr, "%s: %s: ", subject, kind);
	(void)vfprintf(stderr, format, arguments);
	(void)fputc('\n', stderr);
	if (hint && *hint)
		(void)fprintf(stderr, "hint: %s\n", hint);
}

void lend_warn(const char *subject, const char *hint, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(subject, "warning", hint, format, arguments);
	va_end(arguments);
}

void lend_tell(const char *subject, const char *hint, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(subject, "note", hint, format, arguments);
	va_end(arguments);
}
