/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lendpci/base/text.h"

enum { COLUMNS_LEAST = 60, COLUMNS_MOST = 200 };

static size_t within_bounds(size_t columns)
{
	return columns < COLUMNS_LEAST ? COLUMNS_LEAST : columns > COLUMNS_MOST ? COLUMNS_MOST : columns;
}

size_t lend_terminal_columns(void)
{
	const char *wish = getenv("COLUMNS");
	struct winsize size;
	uint32_t columns;

	if (wish && lend_text_to_u32(wish, 10, &columns) == 0 && columns > 0)
		return within_bounds(columns);
	/* A serial console tells 0: it does not know. */
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return within_bounds(size.ws_col);
	return 0;
}

bool lend_terminal_has_colour(void)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && terminal && *terminal &&
	       strcmp(terminal, "dumb") != 0;
}

static bool begins_character(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

size_t lend_columns_of(const char *text, size_t length)
{
	size_t columns = 0;

	for (size_t i = 0; i < length; i++)
		columns += begins_character(text[i]);
	return columns;
}

void lend_columns_cut(char *text, size_t columns)
{
	static const char ellipsis[] = "...";
	size_t column = 0;
	char *at = text;

	if (lend_columns_of(text, strlen(text)) <= columns)
		return;
	/* Up to the character that the ellipsis replaces. */
	for (; *at; at++)
		if (begins_character(*at) && column++ + strlen(ellipsis) >= columns)
			break;
	/* What is cut has more characters, and so more bytes, than the ellipsis; of 0 to 2 columns nothing is left. */
	*at = '\0';
	if (columns >= strlen(ellipsis))
		memcpy(at, ellipsis, sizeof(ellipsis));
}

void lend_columns_wrap(FILE *out, const char *text, size_t indent, size_t columns)
{
	size_t column = indent;

	while (*text) {
		const size_t length = strcspn(text, " "), width = lend_columns_of(text, length);

		if (column > indent && columns && column + 1 + width > columns) {
			(void)fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			(void)fputc(' ', out);
			column++;
		}
		(void)fprintf(out, "%.*s", (int)length, text);
		column += width;
		text += length;
		text += strspn(text, " ");
	}
	(void)fputc('\n', out);
}
