/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"

int lend_print_json(json_t *document)
{
	_cleanup_free_ char *text = document ? json_dumps(document, JSON_INDENT(2) | JSON_ENSURE_ASCII) : NULL;

	json_decref(document);
	if (!text)
		return -ENOMEM;
	(void)puts(text);
	return 0;
}

int lend_json_stream_add(struct lend_json_stream *stream, json_t *element)
{
	_cleanup_free_ char *text = element ? json_dumps(element, JSON_INDENT(2) | JSON_ENSURE_ASCII) : NULL;
	char *save = NULL;

	json_decref(element);
	if (!text)
		return -ENOMEM;
	(void)fputs(stream->has_elements ? "," : "[", stdout);
	/* A newline inside of a string is written as \n, so each that is there begins a line of the document. */
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		(void)printf("\n  %s", line);
	stream->has_elements = true;
	return 0;
}

void lend_json_stream_end(struct lend_json_stream *stream)
{
	(void)puts(stream->has_elements ? "\n]" : "[]");
}

int lend_print_json_array(json_t *array, size_t count)
{
	if (json_array_size(array) == count)
		return lend_print_json(array);
	json_decref(array);
	return -ENOMEM;
}
