/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "lendpci/base/cleanup.h"
#include "test.h"

/** A file of tests/data, as text. The caller's to free. */
static inline char *data_text(const char *file_name)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[256], *text;
	long size;

	(void)snprintf(path, sizeof(path), TESTS_DATA "/%s", file_name);
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s: cannot open it", path);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	text = calloc(1, (size_t)size + 1);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	return text;
}
