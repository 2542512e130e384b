/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rebar='…' of an assignment means for a function's BARs. */
#include "lendpci/know/pci/resize.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/bars.h"

enum { MIB_BITS = 20 };

/* Of the 64 bits of lend_bar.sizes, those that make a size in 64 bits. */
enum { SIZES = 64 - MIB_BITS };

static uint64_t size_of(unsigned bit)
{
	return 1ULL << (bit + MIB_BITS);
}

static uint64_t largest(uint64_t sizes)
{
	for (unsigned bit = SIZES; bit-- > 0;)
		if (sizes & 1ULL << bit)
			return size_of(bit);
	return 0;
}

/* Of two that can become equally large the first. */
static struct lend_bar *choose(const struct lend_bars *bars)
{
	const struct lend_bar *best = NULL;

	for (size_t i = 0; i < bars->count; i++) {
		const struct lend_bar *bar = &bars->items[i];

		if (bar->resizable && largest(bar->sizes) > (best ? largest(best->sizes) : 0))
			best = bar;
	}
	return (struct lend_bar *)best;
}

/* "256 MiB, 512 MiB, 1 GiB" */
static void list_sizes(uint64_t sizes, char *ret, size_t size)
{
	size_t length = 0;

	ret[0] = '\0';
	for (unsigned bit = 0; bit < SIZES && length < size; bit++)
		if (sizes & 1ULL << bit)
			length += (size_t)snprintf(ret + length, size - length, "%s%s", length ? ", " : "",
						   lend_size_text(size_of(bit)).text);
}

bool lend_resize_is_wish(const char *wish)
{
	uint64_t size;

	if (strcmp(wish, "max") == 0 || strcmp(wish, "keep") == 0)
		return true;
	return lend_text_to_size(wish, &size) == 0 && size >= size_of(0) && (size & (size - 1)) == 0;
}

int lend_resize_find(const struct lend_bars *bars, const char *wish, struct lend_resize *ret, struct lend_error *error)
{
	const struct lend_bar *bar = choose(bars);
	uint64_t want = 0;
	char sizes[256];

	if (strcmp(wish, "keep") == 0)
		return 0;
	if (!bar)
		return lend_error_set(error, -ENOTSUP, "it has no BAR that can be resized");
	if (strcmp(wish, "max") == 0)
		want = largest(bar->sizes);
	else
		(void)lend_text_to_size(wish, &want);
	if (want < size_of(0) || !(bar->sizes & want >> MIB_BITS) || (want & (want - 1))) {
		list_sizes(bar->sizes, sizes, sizeof(sizes));
		return lend_error_set(error, -EINVAL, "its BAR %u cannot be %.16s large, but %s", bar->index, wish,
				      sizes);
	}
	if (bar->size == want)
		return 0;
	*ret = (struct lend_resize){ .bar = bar->index, .before = bar->size, .want = want };
	return 1;
}

void lend_resize_apply(struct lend_bars *bars, const char *wish)
{
	struct lend_resize resize;

	if (lend_resize_find(bars, wish, &resize, NULL) > 0)
		choose(bars)->size = resize.want;
}
