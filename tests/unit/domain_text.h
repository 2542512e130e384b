/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "lendpci/own.h"
#include "test.h"

/** Definitions as a real libvirt printed them: tests/data/domains. */
static const char *const domain_texts[] = { "q35", "i440fx", "virt-manager", "pxb", "empty-metadata" };

/** One of them, as text. The caller's to free. */
static inline char *domain_text(const char *name)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[256], *text;
	long size;

	(void)snprintf(path, sizeof(path), TESTS_DATA "/domains/%s.xml", name);
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
