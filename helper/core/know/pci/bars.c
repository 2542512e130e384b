/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A function's memory ranges.
 *
 * Relies on sysfs' resource table, which also has the ranges that got no address, and on the Resizable BAR capability
 * for those that the kernel gave up: it forgets a range's size when a bridge window is too small for it.
 */
#include "lendpci/know/pci/bars.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/capabilities.h"
#include "lendpci/know/pci/function.h"

/* include/linux/ioport.h, which the kernel does not export. */
enum {
	IORESOURCE_MEM = 0x00000200,
	IORESOURCE_PREFETCH = 0x00002000,
	IORESOURCE_MEM_64 = 0x00100000,
	IORESOURCE_UNSET = 0x20000000,
};

/* A bridge's table has 17 lines of 57 characters. */
enum { TABLE_MAX = 4096 };

/* Reads one line, `0x… 0x… 0x…`. Returns 1 for a memory range, 0 for anything else that is a line, -EINVAL. */
static int parse_line(char *line, uint8_t index, struct lend_bar *ret)
{
	uint64_t field[3];
	char *save = NULL;

	for (size_t i = 0; i < LEND_ARRAY_SIZE(field); i++) {
		char *word = strtok_r(i ? NULL : line, " ", &save);

		if (!word || lend_text_to_u64(word, 0, &field[i]) < 0)
			return -EINVAL;
	}
	if (strtok_r(NULL, " ", &save))
		return -EINVAL;
	if (!(field[2] & IORESOURCE_MEM) || (field[0] == 0 && field[1] == 0))
		return 0;
	if (field[1] < field[0] || field[1] - field[0] == UINT64_MAX)
		return -EINVAL;

	*ret = (struct lend_bar){
		.index = index,
		.bits = field[2] & IORESOURCE_MEM_64 ? 64 : 32,
		.prefetchable = field[2] & IORESOURCE_PREFETCH,
		.start = field[2] & IORESOURCE_UNSET ? 0 : field[0],
		.size = field[1] - field[0] + 1,
	};
	return 1;
}

/* The @count lines from line @first on, counted from 0; their ranges are numbered from 0. */
static int parse_table(char *table, unsigned first, unsigned count, struct lend_bars *ret, struct lend_address address,
		       struct lend_error *error)
{
	char *save = NULL;
	unsigned at = 0;

	for (char *line = strtok_r(table, "\n", &save); line && at < first + count;
	     line = strtok_r(NULL, "\n", &save), at++) {
		int r;

		if (at < first)
			continue;
		r = parse_line(line, (uint8_t)(at - first), &ret->items[ret->count]);
		if (r < 0)
			return lend_error_set(error, r, "/%s: line %u is not `start end flags`",
					      lend_function_path(address, "resource").text, at + 1);
		ret->count += (size_t)r;
	}
	return 0;
}

/* Puts a BAR that only its capability knows where its index belongs. */
static void add_dropped(struct lend_bars *bars, const struct lend_resizable *resizable)
{
	size_t at = 0;

	if (bars->count == LEND_BARS_MAX)
		return;
	while (at < bars->count && bars->items[at].index < resizable->bar)
		at++;
	memmove(&bars->items[at + 1], &bars->items[at], (bars->count - at) * sizeof(*bars->items));
	bars->items[at] = (struct lend_bar){
		.index = resizable->bar,
		.bits = 64,
		.prefetchable = true,
		.size = resizable->size,
	};
	bars->count++;
}

static struct lend_bar *find(struct lend_bars *bars, uint8_t index)
{
	for (size_t i = 0; i < bars->count; i++)
		if (bars->items[i].index == index)
			return &bars->items[i];
	return NULL;
}

/* The kernel's own view of what a BAR can become, which it gives out without root too. */
static void read_resize(const struct lend_fs *fs, struct lend_address address, struct lend_bar *bar)
{
	char attribute[32], text[32];
	uint64_t sizes;

	if (bar->index == LEND_BAR_ROM)
		return;
	(void)snprintf(attribute, sizeof(attribute), "resource%u_resize", bar->index);
	if (lend_fs_read(fs, lend_function_path(address, attribute).text, text, sizeof(text), NULL) < 0 ||
	    lend_text_to_u64(text, 16, &sizes) < 0)
		return;
	bar->resizable = true;
	bar->sizes = sizes;
}

/* What the Resizable BAR capability knows of the BARs, and of those that the kernel has dropped. */
static void add_resizable(struct lend_bars *bars, const struct lend_capabilities *capabilities)
{
	for (size_t i = 0; i < capabilities->resizable_count; i++) {
		const struct lend_resizable *resizable = &capabilities->resizable[i];
		struct lend_bar *bar;

		if (!find(bars, resizable->bar))
			add_dropped(bars, resizable);
		bar = find(bars, resizable->bar);
		if (!bar)
			continue;
		bar->resizable = true;
		bar->sizes = resizable->sizes;
	}
}

/* The lines of @table, which this takes apart, that are the ranges of all virtual functions together. */
static int parse_virtual(const struct lend_fs *fs, struct lend_address address, char *table, struct lend_bars *ret,
			 struct lend_error *error)
{
	uint32_t total = 0;
	int r;

	/* Without it those lines are something else, or are not there: a bridge has its windows in them. */
	if (lend_function_count(fs, address, "sriov_totalvfs", &total, NULL) < 0 || total == 0)
		return 0;
	r = parse_table(table, LEND_BARS_MAX, LEND_VIRTUAL_BARS, ret, address, error);
	for (size_t i = 0; i < ret->count; i++)
		ret->items[i].size /= total;
	return r;
}

int lend_bars_read_known(const struct lend_fs *fs, struct lend_address address,
			 const struct lend_capabilities *capabilities, struct lend_bars *ret,
			 struct lend_bars *ret_virtual, struct lend_error *error)
{
	struct lend_bars bars = { 0 }, virtual_bars = { 0 };
	char table[TABLE_MAX], copy[TABLE_MAX];
	int r;

	r = lend_fs_read(fs, lend_function_path(address, "resource").text, table, sizeof(table), error);
	if (r < 0)
		return r;
	memcpy(copy, table, sizeof(copy));
	r = parse_table(table, 0, LEND_BARS_MAX, &bars, address, error);
	if (r == 0)
		r = parse_virtual(fs, address, copy, &virtual_bars, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < bars.count; i++)
		read_resize(fs, address, &bars.items[i]);
	add_resizable(&bars, capabilities);
	*ret = bars;
	*ret_virtual = virtual_bars;
	return 0;
}

int lend_bars_read(const struct lend_fs *fs, struct lend_address address, struct lend_bars *ret,
		   struct lend_error *error)
{
	struct lend_capabilities capabilities;
	struct lend_bars virtual_bars;
	int r;

	r = lend_capabilities_read(fs, address, &capabilities, error);
	return r < 0 ? r : lend_bars_read_known(fs, address, &capabilities, ret, &virtual_bars, error);
}
