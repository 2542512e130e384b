/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and words in the kernel's and libvirt's text. */
#include "lendpci/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lend_text_to_u64(const char *text, int base, uint64_t *ret)
{
	unsigned long long value;
	char *end;

	if (base == 0)
		base = strncasecmp(text, "0x", 2) == 0 ? 16 : 10;

	/* strtoull() itself would take blanks and a sign. */
	if (!isxdigit((unsigned char)*text))
		return -EINVAL;

	errno = 0;
	value = strtoull(text, &end, base);
	if (end == text || *end)
		return -EINVAL;
	if (errno)
		return -ERANGE;
	*ret = value;
	return 0;
}

int lend_text_to_u32(const char *text, int base, uint32_t *ret)
{
	uint64_t value;
	int r;

	r = lend_text_to_u64(text, base, &value);
	if (r < 0)
		return r;
	if (value > UINT32_MAX)
		return -ERANGE;
	*ret = (uint32_t)value;
	return 0;
}

bool lend_text_has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; *at;) {
		size_t span = strcspn(at, " \t\n");

		if (span == length && strncmp(at, word, length) == 0)
			return true;
		at += span;
		at += strspn(at, " \t\n");
	}
	return false;
}

struct lend_size_text lend_size_text(uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	struct lend_size_text ret;
	size_t unit = 0;

	while (bytes && bytes % 1024 == 0 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		bytes /= 1024;
		unit++;
	}
	(void)snprintf(ret.text, sizeof(ret.text), "%" PRIu64 " %s", bytes, units[unit]);
	return ret;
}
