/* SPDX-License-Identifier: GPL-2.0-or-later */
/* help: what --help shows, for those who say it as a word. */
#include "cli/help.h"

#include "cli/command_line.h"
#include "verbs/table.h"

int lend_verb_help(const struct lend_call *call, struct lend_error *error)
{
	const struct lend_verb *verb = NULL;

	if (call->count) {
		int r = lend_command_line_find_verb(call->verbs, call->arguments[0], &verb, error);

		if (r != 0)
			return r;
	}
	lend_help_print(stdout, call->verbs, verb);
	return LEND_EXIT_YES;
}
