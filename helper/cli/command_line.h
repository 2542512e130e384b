/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cli/verb.h"

/**
 * Reads the command line into @ret by the tables of options and @verbs. Options may stand before and behind the verb.
 * Returns 0, or LEND_EXIT_USAGE with a sentence; without a verb @ret->verb is NULL. @argv is reordered: what is no
 * option comes first.
 */
int lend_command_line_parse(const struct lend_verbs *verbs, int argc, char **argv, struct lend_call *ret,
			    struct lend_error *error);

/** The verb of this name. LEND_EXIT_USAGE with a sentence that knows what may have been meant. */
int lend_command_line_find_verb(const struct lend_verbs *verbs, const char *name, const struct lend_verb **ret,
				struct lend_error *error);
