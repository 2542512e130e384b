/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/location_path.h"

struct lend_error;
struct lend_fs;

/**
 * A line of a list in /etc/lendpci: a card by the place where it is plugged in and by its ids, so that another one in
 * that place is not taken for it, and a word more.
 *
 *	LOCATION 0xVENDOR 0xDEVICE WORD
 *
 * Empty lines and those that begin with '#' say nothing.
 */
struct lend_listed_card {
	char location[LEND_LOCATION_MAX];
	uint16_t vendor, device;
	char word[LEND_LOCATION_MAX];
};

/** Takes a line. 0; -EINVAL when its word is not understood, any other -errno when there is no room for it. */
typedef int lend_listed_card_take_fn(const struct lend_listed_card *card, void *userdata);

/**
 * Has each line of @path, of @max bytes at most, taken. No such file is an empty list. -EINVAL with the number of a
 * line that is not understood, -E2BIG when one is not taken.
 */
int lend_card_list_read(const struct lend_fs *fs, const char *path, size_t max, lend_listed_card_take_fn *take,
			void *userdata, struct lend_error *error);

/** Says what line @index is. */
typedef void lend_listed_card_say_fn(const void *list, size_t index, struct lend_listed_card *ret);

/** @count lines below the comment @title, to be written; the caller's. NULL when memory runs out. */
char *lend_card_list_format(const char *title, const void *list, size_t count, lend_listed_card_say_fn *say);
