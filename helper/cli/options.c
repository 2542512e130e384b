/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of options.def as a table, and their letters. */
#include "cli/verb.h"
#include "lendpci/base/cleanup.h"

#define FIELD(field) offsetof(struct lend_call, field)

const struct lend_option lend_options[] = {
#define FLAG(field, bit, name, summary) { name, NULL, summary, LEND_OPTION_##bit, FIELD(field) },
#define VALUE(field, bit, name, argument, summary) { name, argument, summary, LEND_OPTION_##bit, FIELD(field) },
#define COMMON(field, name, summary) { name, NULL, summary, 0, FIELD(field) },
#include "cli/options.def"
};
const size_t lend_option_count = LEND_ARRAY_SIZE(lend_options);

/* What is typed often, and means the same to other commands. */
static const struct {
	size_t offset;
	char letter;
} letters[] = {
	{ FIELD(json), 'j' },    { FIELD(dry_run), 'n' }, { FIELD(quiet), 'q' },
	{ FIELD(verbose), 'v' }, { FIELD(help), 'h' },
};

char lend_option_letter(const struct lend_option *option)
{
	for (size_t i = 0; i < LEND_ARRAY_SIZE(letters); i++)
		if (letters[i].offset == option->offset)
			return letters[i].letter;
	return '\0';
}

const struct lend_option *lend_option_of_letter(int letter)
{
	for (size_t i = 0; i < lend_option_count; i++)
		if (letter && lend_option_letter(&lend_options[i]) == letter)
			return &lend_options[i];
	return NULL;
}
