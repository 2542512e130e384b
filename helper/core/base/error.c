/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sentences about failures. A cut is better than a lost error, so nothing here allocates or fails.
 *
 * The one place that makes them printable: they quote what a domain's owner, libvirt, QEMU or a file wrote, and go to
 * terminals and to logs.
 */
#include "lendpci/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/text.h"
#include "lendpci/base/trace.h"

static void format_printable(char *ret, size_t size, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static void format_printable(char *ret, size_t size, const char *format, va_list arguments)
{
	(void)vsnprintf(ret, size, format, arguments);
	lend_text_make_printable(ret);
}

int lend_error_set(struct lend_error *error, int code, const char *format, ...)
{
	struct lend_error unheard;
	va_list arguments;

	/* Also what nobody wants to know is told to who debugs: often it is the very reason. */
	if (!error && lend_trace_is_on)
		error = &unheard;
	if (!error)
		return code;

	va_start(arguments, format);
	format_printable(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	error->hint[0] = '\0';
	lend_trace("failed (%d): %s", code, error->text);
	return code;
}

int lend_error_hint(struct lend_error *error, int code, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;

	va_start(arguments, format);
	format_printable(error->hint, sizeof(error->hint), format, arguments);
	va_end(arguments);
	return code;
}

int lend_error_wrap(struct lend_error *error, int code, const char *format, ...)
{
	char context[256], text[sizeof(error->text)];
	va_list arguments;
	size_t length;

	if (!error)
		return code;

	va_start(arguments, format);
	format_printable(context, sizeof(context), format, arguments);
	va_end(arguments);

	length = strlen(context);
	if (strncmp(error->text, context, length) == 0 && error->text[length] == ':')
		return code;

	memcpy(text, error->text, sizeof(text));
	(void)snprintf(error->text, sizeof(error->text), "%s: %.*s", context,
		       (int)(sizeof(error->text) - length - sizeof(": ")), text);
	return code;
}
