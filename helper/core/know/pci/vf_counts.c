/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of virtual functions that are made at each boot; the word of a line is how many. */
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
#include "lendpci/know/pci/card_list.h"

enum { LIST_MAX = 64 * 1024 };

static int take(const struct lend_listed_card *card, void *userdata)
{
	struct lend_vf_count one = { .vendor = card->vendor, .device = card->device };

	if (lend_text_to_u32(card->word, 0, &one.count) < 0 || !one.count || one.count > UINT16_MAX)
		return -EINVAL;
	memcpy(one.location, card->location, sizeof(one.location));
	return lend_vf_counts_put(userdata, &one);
}

int lend_vf_counts_read(const struct lend_fs *fs, struct lend_vf_counts *ret, struct lend_error *error)
{
	_cleanup_free_ struct lend_vf_counts *counts = calloc(1, sizeof(*counts));
	int r;

	if (!counts)
		return lend_error_set(error, -ENOMEM, "/" LEND_VFS_PATH ": out of memory");
	r = lend_card_list_read(fs, LEND_VFS_PATH, LIST_MAX, take, counts, error);
	if (r < 0)
		return r;
	*ret = *counts;
	return 0;
}

static void say(const void *list, size_t index, struct lend_listed_card *ret)
{
	const struct lend_vf_counts *counts = list;
	const struct lend_vf_count *one = &counts->items[index];

	*ret = (struct lend_listed_card){ .vendor = one->vendor, .device = one->device };
	memcpy(ret->location, one->location, sizeof(ret->location));
	(void)snprintf(ret->word, sizeof(ret->word), "%" PRIu32, one->count);
}

char *lend_vf_counts_format(const struct lend_vf_counts *counts)
{
	return lend_card_list_format("Written by 'lendpci vfs': the virtual functions that are made at each boot.",
				     counts, counts->count, say);
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
