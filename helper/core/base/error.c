/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences about failures. A cut is better than a lost error, so nothing here allocates or fails. */
#include "lendpci/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int lend_error_set(struct lend_error *error, int code, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;

	va_start(arguments, format);
	(void)vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	error->hint[0] = '\0';
	return code;
}

int lend_error_hint(struct lend_error *error, int code, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;

	va_start(arguments, format);
	(void)vsnprintf(error->hint, sizeof(error->hint), format, arguments);
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
	(void)vsnprintf(context, sizeof(context), format, arguments);
	va_end(arguments);

	length = strlen(context);
	if (strncmp(error->text, context, length) == 0 && error->text[length] == ':')
		return code;

	memcpy(text, error->text, sizeof(text));
	(void)snprintf(error->text, sizeof(error->text), "%s: %.*s", context,
		       (int)(sizeof(error->text) - length - sizeof(": ")), text);
	return code;
}
