/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lendpci-manual, run by the build: fills lendpci.1.in from the table of verbs. Page in on stdin, page out on stdout.
 *
 * A line @SYNOPSIS@, @VERBS@ or @OPTIONS@ is replaced; all others are copied.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "verbs/table.h"

/* Text for mdoc(7): a new sentence begins a new line, lines stay short, and dashes stay dashes. */
static void print_text(const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (column + 1 + length > 78) {
			(void)putchar('\n');
			column = 0;
		}
		column += (column ? 1 : 0) + length;
		if (column > length)
			(void)putchar(' ');
		for (size_t i = 0; i < length; i++)
			(void)fputs(text[i] == '-' ? "\\-" : (char[]){ text[i], '\0' }, stdout);
		if (text[length - 1] == '.')
			column = 78;
		text += length;
		text += strspn(text, " ");
	}
	(void)putchar('\n');
}

/* "DOMAIN [DEVICE...]" in mdoc's words. */
static void print_arguments(const char *arguments)
{
	_cleanup_free_ char *copy = strdup(arguments);
	char *save = NULL;

	for (char *word = copy ? strtok_r(copy, " ", &save) : NULL; word; word = strtok_r(NULL, " ", &save)) {
		bool is_optional = *word == '[', repeats = strstr(word, "...");

		word += is_optional;
		word[strcspn(word, ".]")] = '\0';
		(void)printf(" %sAr %s%s", is_optional ? "Op " : "", word, repeats ? " ..." : "");
	}
}

static void print_synopsis(void)
{
	for (size_t i = 0; i < lend_all_verbs.count; i++) {
		(void)printf(".Nm\n.Cm %s\n", lend_all_verbs.items[i].name);
		for (size_t k = 0; k < lend_option_count; k++) {
			const struct lend_option *option = &lend_options[k];

			if (!(option->bit & lend_all_verbs.items[i].options))
				continue;
			(void)printf(".Op Fl Fl %s%s%s\n", option->name, option->argument ? " Ar " : "",
				     option->argument ? option->argument : "");
		}
		if (*lend_all_verbs.items[i].arguments) {
			(void)putchar('.');
			print_arguments(lend_all_verbs.items[i].arguments);
			(void)putchar('\n');
		}
	}
}

static void print_verbs(void)
{
	(void)puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < lend_all_verbs.count; i++) {
		(void)printf(".It Cm %s", lend_all_verbs.items[i].name);
		print_arguments(lend_all_verbs.items[i].arguments);
		(void)putchar('\n');
		print_text(lend_all_verbs.items[i].description);
	}
	(void)puts(".El");
}

static void print_options(void)
{
	(void)puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < lend_option_count; i++) {
		const struct lend_option *option = &lend_options[i];

		if (lend_option_letter(option))
			(void)printf(".It Fl %c , Fl Fl %s%s%s\n", lend_option_letter(option), option->name,
				     option->argument ? " Ar " : "", option->argument ? option->argument : "");
		else
			(void)printf(".It Fl Fl %s%s%s\n", option->name, option->argument ? " Ar " : "",
				     option->argument ? option->argument : "");
		print_text(option->summary);
	}
	(void)puts(".El");
}

int main(void)
{
	_cleanup_free_ char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0) {
		if (strcmp(line, "@SYNOPSIS@\n") == 0)
			print_synopsis();
		else if (strcmp(line, "@VERBS@\n") == 0)
			print_verbs();
		else if (strcmp(line, "@OPTIONS@\n") == 0)
			print_options();
		else
			(void)fputs(line, stdout);
	}
	return ferror(stdin) || fflush(stdout) != 0;
}
