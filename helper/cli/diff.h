/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

/**
 * Prints what turns @before into @after as a unified diff with three lines of context, for a person to read. Nothing
 * for equal texts. Returns 0 or -ENOMEM.
 */
int lend_diff_print(FILE *out, const char *name, const char *before, const char *after);
