/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "cli/verb.h"

/**
 * Reads the command line into @ret by the tables of options and @verbs. Options may stand before and behind the verb.
 * Returns 0, or LEND_EXIT_USAGE with a sentence. @argv is reordered: what is no option comes first.
 */
int lend_command_line_parse(const struct lend_verbs *verbs, int argc, char **argv, struct lend_call *ret,
			    struct lend_error *error);

/** Prints the help of @verb, or with NULL of the program. */
void lend_command_line_help(FILE *out, const struct lend_verbs *verbs, const struct lend_verb *verb);
