/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/json.h"

#include <errno.h>
#include <stdio.h>

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

int lend_print_json_array(json_t *array, size_t count)
{
	if (json_array_size(array) == count)
		return lend_print_json(array);
	json_decref(array);
	return -ENOMEM;
}
