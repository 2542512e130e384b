/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <jansson.h>

/**
 * Prints @document, as every --json does: indented, in ASCII, with a newline at its end. It is released. NULL stands
 * for one that could not be formed. 0 or -ENOMEM, with nothing printed.
 */
int lend_print_json(json_t *document);

/** The same for an array that has to have @count elements: appending one may have failed. */
int lend_print_json_array(json_t *array, size_t count);
