/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of cards that an administrator's commands keep in /etc/lendpci, for the next boots. */
#include "lendpci/know/pci/card_list.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"

static bool take_word(char field[static LEND_LOCATION_MAX], const char *word)
{
	if (!word || strlen(word) >= LEND_LOCATION_MAX)
		return false;
	memcpy(field, word, strlen(word) + 1);
	return true;
}

static bool take_id(uint16_t *field, const char *word)
{
	uint32_t id;

	if (!word || lend_text_to_u32(word, 0, &id) < 0 || id > UINT16_MAX)
		return false;
	*field = (uint16_t)id;
	return true;
}

static bool parse(char *line, struct lend_listed_card *ret)
{
	char *save = NULL;

	return take_word(ret->location, strtok_r(line, " \t", &save)) &&
	       take_id(&ret->vendor, strtok_r(NULL, " \t", &save)) &&
	       take_id(&ret->device, strtok_r(NULL, " \t", &save)) &&
	       take_word(ret->word, strtok_r(NULL, " \t", &save)) && !strtok_r(NULL, " \t", &save);
}

int lend_card_list_read(const struct lend_fs *fs, const char *path, size_t max, lend_listed_card_take_fn *take,
			void *userdata, struct lend_error *error)
{
	_cleanup_free_ char *text = NULL;
	char *line, *rest;
	int r;

	r = lend_fs_read_all(fs, path, max, &text, NULL, error);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = text;
	for (unsigned number = 1; (line = strsep(&rest, "\n")); number++) {
		struct lend_listed_card card;

		if (*line == '\0' || *line == '#')
			continue;
		r = parse(line, &card) ? take(&card, userdata) : -EINVAL;
		if (r == -EINVAL)
			return lend_error_set(error, r, "/%s: line %u is not understood", path, number);
		if (r < 0)
			return lend_error_set(error, -E2BIG, "/%s: it has too many lines", path);
	}
	return 0;
}

char *lend_card_list_format(const char *title, const void *list, size_t count, lend_listed_card_say_fn *say)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	(void)fprintf(out, "# %s\n", title);
	for (size_t i = 0; i < count; i++) {
		struct lend_listed_card card;

		say(list, i, &card);
		(void)fprintf(out, "%s 0x%04x 0x%04x %s\n", card.location, card.vendor, card.device, card.word);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
