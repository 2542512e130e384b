/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/**
 * Prints @document, as every --json does: indented, in ASCII, with a newline at its end. It is released. NULL stands
 * for one that could not be formed. 0 or -ENOMEM, with nothing printed.
 */
int lend_print_json(json_t *document);

/** The same for an array that has to have @count elements: appending one may have failed. */
int lend_print_json_array(json_t *array, size_t count);

/**
 * An array that is printed element by element, so that one of thousands takes no more memory than one of two; begins as
 * { 0 } and looks like what lend_print_json() prints of the whole.
 */
struct lend_json_stream {
	bool has_elements;
};

/** Prints @element, which is released; NULL as above. 0 or -ENOMEM, with nothing printed of it. */
int lend_json_stream_add(struct lend_json_stream *stream, json_t *element);
void lend_json_stream_end(struct lend_json_stream *stream);
