/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The debugging lines of this process.
 *
 * The only variables of the core that are not somebody's own: a line can come from anywhere, and a parameter through
 * every function for the sake of debugging would be in everybody's way. Set once, at the start of a program.
 */
#include "lendpci/base/trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/text.h"

bool lend_trace_is_on;

static struct {
	lend_trace_fn *sink;
	void *userdata;
} listener;

void lend_trace_to(lend_trace_fn *sink, void *userdata)
{
	listener.sink = sink;
	listener.userdata = userdata;
	lend_trace_is_on = sink != NULL;
}

void lend_trace_line(const char *format, ...)
{
	const int saved_errno = errno;
	va_list arguments;
	char line[1024];

	if (!listener.sink)
		return;
	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	lend_text_make_printable(line);
	/* What the listener itself calls is not told: that would have to be told, too, and so on. */
	lend_trace_is_on = false;
	listener.sink(listener.userdata, line);
	lend_trace_is_on = listener.sink != NULL;
	errno = saved_errno;
}

static void append(void *userdata, const char *line)
{
	struct lend_trace_buffer *buffer = userdata;
	const size_t length = strlen(line);

	if (length + 1 > sizeof(buffer->lines) - buffer->used)
		return;
	memcpy(buffer->lines + buffer->used, line, length);
	buffer->lines[buffer->used + length] = '\n';
	/* Last, so that a parent which looks meanwhile sees whole lines. */
	__atomic_store_n(&buffer->used, buffer->used + (unsigned)length + 1, __ATOMIC_RELEASE);
}

void lend_trace_into(struct lend_trace_buffer *buffer)
{
	buffer->used = 0;
	if (lend_trace_is_on)
		lend_trace_to(append, buffer);
}

void lend_trace_replay(const struct lend_trace_buffer *buffer)
{
	const unsigned used = __atomic_load_n(&buffer->used, __ATOMIC_ACQUIRE);
	const char *end = buffer->lines + (used < sizeof(buffer->lines) ? used : sizeof(buffer->lines));

	for (const char *at = buffer->lines, *newline; at < end; at = newline + 1) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			break;
		lend_trace("child: %.*s", (int)(newline - at), at);
	}
}
