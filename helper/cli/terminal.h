/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * What standard output is shown on: how wide it is, whether it has colours, and text that fits.
 */

#define LEND_RED "\033[31m"
#define LEND_YELLOW "\033[33m"
#define LEND_GREEN "\033[32m"
#define LEND_BOLD "\033[1m"
#define LEND_PLAIN "\033[0m"

/** What is made for nobody's screen in particular, such as a pipe, is this wide. */
enum { LEND_COLUMNS_DEFAULT = 100 };

/**
 * How wide the screen is, between 60 and 200 columns: as COLUMNS of the environment says, or else the terminal. 0 when
 * standard output is no terminal and nobody said: lines that programs read are better left whole.
 */
size_t lend_terminal_columns(void);

/** Whether to colour standard output: a terminal that is not "dumb", and NO_COLOR (no-color.org) is not set. */
bool lend_terminal_has_colour(void);

/** How many columns the first @length bytes of UTF-8 take, near enough: the bytes that begin a character. */
size_t lend_columns_of(const char *text, size_t length);

/** Cuts @text, in place, to @columns; what was cut ends in "...". */
void lend_columns_cut(char *text, size_t columns);

/**
 * Prints @text, whose line has come to column @indent, in lines of at most @columns, each further one indented as far;
 * with a newline. A word that is too long for a line stands in one of its own. 0 @columns: never wraps.
 */
void lend_columns_wrap(FILE *out, const char *text, size_t indent, size_t columns);
