/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/markup.h"

#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"

void lend_markup_print(FILE *out, const char *text)
{
	_cleanup_free_ char *printable = strdup(text);

	if (!printable)
		return;
	lend_text_make_printable(printable);
	for (const char *at = printable; *at; at++) {
		switch (*at) {
		case '&':
			(void)fputs("&amp;", out);
			break;
		case '<':
			(void)fputs("&lt;", out);
			break;
		case '>':
			(void)fputs("&gt;", out);
			break;
		case '"':
			(void)fputs("&quot;", out);
			break;
		case '\'':
			(void)fputs("&#39;", out);
			break;
		default:
			(void)fputc(*at, out);
		}
	}
}
