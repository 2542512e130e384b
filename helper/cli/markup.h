/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

/**
 * Prints text, whoever chose it, between the tags or in an attribute of XML, SVG or HTML: printable, and with what
 * would be markup escaped.
 */
void lend_markup_print(FILE *out, const char *text);
