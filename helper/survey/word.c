/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verdict in a word, for tables and pictures. */
#include "cli/terminal.h"
#include "survey/survey.h"

enum lend_survey_word lend_survey_word(const struct lend_verdict *verdict)
{
	if (!verdict->assignable)
		return verdict->passing ? LEND_WORD_NOT_NOW : LEND_WORD_NO;
	for (size_t i = 0; i < verdict->count; i++)
		if (verdict->reasons[i].severity == LEND_SEVERITY_WARNING)
			return LEND_WORD_WARNING;
	return LEND_WORD_YES;
}

const char *lend_survey_word_name(enum lend_survey_word word)
{
	static const char *const names[] = {
		[LEND_WORD_YES] = "yes",
		[LEND_WORD_WARNING] = "warning",
		[LEND_WORD_NOT_NOW] = "not now",
		[LEND_WORD_NO] = "no",
	};

	return names[word];
}

const char *lend_survey_word_colour(enum lend_survey_word word)
{
	static const char *const colours[] = {
		[LEND_WORD_YES] = LEND_GREEN,
		[LEND_WORD_WARNING] = LEND_YELLOW,
		[LEND_WORD_NOT_NOW] = LEND_RED,
		[LEND_WORD_NO] = LEND_RED,
	};

	return colours[word];
}
