/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/message.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>

#include "lendpci/base/clock.h"
#include "lendpci/base/text.h"
#include "lendpci/base/trace.h"

enum { SENTENCE_MAX = 4096 };

static bool is_quiet;

void lend_message_be_quiet(void)
{
	is_quiet = true;
	/* Whatever prints a report, prints there. Without a /dev/null there is no standard output, which is as quiet.
	 */
	(void)freopen("/dev/null", "w", stdout);
}

void lend_message_print(FILE *out, const char *prefix, const char *sentence)
{
	char line[SENTENCE_MAX];

	(void)snprintf(line, sizeof(line), "%s", sentence);
	lend_text_make_printable(line);
	if (out == stderr)
		(void)fflush(stdout);
	(void)fprintf(out, "%s%s\n", prefix, line);
}

void lend_say(const char *format, ...)
{
	char line[SENTENCE_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	lend_message_print(stdout, "", line);
}

void lend_message_hint(const char *hint)
{
	if (hint && *hint)
		lend_message_print(stderr, "hint: ", hint);
}

static void __attribute__((format(printf, 4, 0)))
print(const char *subject, const char *kind, const char *hint, const char *format, va_list arguments)
{
	char cause[SENTENCE_MAX], sentence[SENTENCE_MAX + 256];

	if (is_quiet)
		return;
	(void)vsnprintf(cause, sizeof(cause), format, arguments);
	(void)snprintf(sentence, sizeof(sentence), "%s: %s: %s", subject, kind, cause);
	lend_message_print(stderr, "", sentence);
	lend_message_hint(hint);
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

static int64_t trace_start_ms;

static void print_trace(void *userdata, const char *line)
{
	const int64_t ms = lend_now_ms() - trace_start_ms;

	(void)userdata;
	(void)fflush(stdout);
	(void)fprintf(stderr, "debug: %" PRId64 ".%03" PRId64 " %s\n", ms / 1000, ms % 1000, line);
}

void lend_message_trace(void)
{
	trace_start_ms = lend_now_ms();
	lend_trace_to(print_trace, NULL);
}
