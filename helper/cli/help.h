/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "cli/verb.h"

/** Prints the help of @verb, or with NULL of the program, as wide as the terminal is. */
void lend_help_print(FILE *out, const struct lend_verbs *verbs, const struct lend_verb *verb);

/** Prints what somebody needs who calls the program without a word: the commands to begin with. */
void lend_help_overview(FILE *out, const struct lend_verbs *verbs);
