/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of virtual functions that are made at each boot: a line each, LOCATION VENDOR DEVICE COUNT. */
#include "lendpci/know/pci/vf_counts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"

enum { LIST_MAX = 64 * 1024 };

static bool take_number(const char *word, uint32_t most, uint32_t *ret)
{
	return word && lend_text_to_u32(word, 0, ret) == 0 && *ret <= most;
}

static bool parse(char *line, struct lend_vf_count *ret)
{
	char *save = NULL;
	const char *location = strtok_r(line, " \t", &save);
	uint32_t vendor, device;

	if (!location || strlen(location) >= sizeof(ret->location) ||
	    !take_number(strtok_r(NULL, " \t", &save), UINT16_MAX, &vendor) ||
	    !take_number(strtok_r(NULL, " \t", &save), UINT16_MAX, &device) ||
	    !take_number(strtok_r(NULL, " \t", &save), UINT16_MAX, &ret->count) || !ret->count ||
	    strtok_r(NULL, " \t", &save))
		return false;
	(void)snprintf(ret->location, sizeof(ret->location), "%s", location);
	ret->vendor = (uint16_t)vendor;
	ret->device = (uint16_t)device;
	return true;
}

int lend_vf_counts_read(const struct lend_fs *fs, struct lend_vf_counts *ret, struct lend_error *error)
{
	_cleanup_free_ struct lend_vf_counts *counts = calloc(1, sizeof(*counts));
	_cleanup_free_ char *text = NULL;
	char *line, *rest;
	int r;

	if (!counts)
		return lend_error_set(error, -ENOMEM, "/" LEND_VFS_PATH ": out of memory");
	r = lend_fs_read_all(fs, LEND_VFS_PATH, LIST_MAX, &text, NULL, error);
	rest = r < 0 ? NULL : text;
	if (r < 0 && r != -ENOENT)
		return r;
	for (unsigned number = 1; (line = strsep(&rest, "\n")); number++) {
		struct lend_vf_count one = { 0 };

		if (*line == '\0' || *line == '#')
			continue;
		if (!parse(line, &one))
			return lend_error_set(error, -EINVAL, "/" LEND_VFS_PATH ": line %u is not understood", number);
		if (lend_vf_counts_put(counts, &one) < 0)
			return lend_error_set(error, -E2BIG, "/" LEND_VFS_PATH ": it has too many lines");
	}
	*ret = *counts;
	return 0;
}

char *lend_vf_counts_format(const struct lend_vf_counts *counts)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	(void)fputs("# Written by 'lendpci vfs': the virtual functions that are made at each boot.\n", out);
	for (size_t i = 0; i < counts->count; i++) {
		const struct lend_vf_count *one = &counts->items[i];

		(void)fprintf(out, "%s 0x%04x 0x%04x %" PRIu32 "\n", one->location, one->vendor, one->device,
			      one->count);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

int lend_vf_counts_put(struct lend_vf_counts *counts, const struct lend_vf_count *one)
{
	size_t at = 0;

	while (at < counts->count && strcmp(counts->items[at].location, one->location) != 0)
		at++;
	if (!one->count && at < counts->count) {
		counts->count--;
		memmove(&counts->items[at], &counts->items[at + 1], (counts->count - at) * sizeof(*counts->items));
	}
	if (!one->count)
		return 0;
	if (at == LEND_VF_COUNTS_MAX)
		return -E2BIG;
	counts->count += at == counts->count;
	counts->items[at] = *one;
	return 0;
}
