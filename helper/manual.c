/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lendpci-manual [CONF], run by the build: fills lendpci.1.in from the table of verbs, and lendpci.conf.5.in from the
 * comments of CONF, which is lendpci.conf. Page in on stdin, page out on stdout.
 *
 * A line @SYNOPSIS@, @VERBS@, @OPTIONS@ or @SETTINGS@ is replaced; all others are copied.
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
		else if (*text == '.' || *text == '\'')
			(void)fputs("\\&", stdout); /* no macro */
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

/* What a comment of lendpci.conf says, printed a paragraph at a time. */
struct comment {
	char *text;
	bool in_list;
};

static void print_paragraph(struct comment *comment)
{
	if (*comment->text)
		print_text(comment->text);
	*comment->text = '\0';
}

static void end_list(struct comment *comment)
{
	print_paragraph(comment);
	if (comment->in_list)
		(void)puts(".El");
	comment->in_list = false;
}

static void append(struct comment *comment, const char *text)
{
	const size_t length = strlen(comment->text);

	(void)sprintf(comment->text + length, "%s%s", length ? " " : "", text);
}

/* A line without its "#": "   word   text" is a choice, more blanks go on with it, and all else is text. */
static void add_line(struct comment *comment, const char *line)
{
	const size_t blanks = strspn(line, " ");

	line += blanks;
	if (!*line) {
		end_list(comment);
		(void)puts(".Pp");
	} else if (blanks == 3) {
		print_paragraph(comment);
		if (!comment->in_list)
			(void)puts(".Bl -tag -width Ds");
		comment->in_list = true;
		(void)printf(".It Li %.*s\n", (int)strcspn(line, " "), line);
		append(comment, line + strcspn(line, " ") + strspn(line + strcspn(line, " "), " "));
	} else {
		if (comment->in_list && blanks == 1)
			end_list(comment);
		append(comment, line);
	}
}

/* One setting: the lines of its comment, each "#…" and ended by a newline, then its "#name = default". */
static bool print_setting(char *lines, const char *name)
{
	_cleanup_free_ char *text = calloc(1, strlen(lines) + 1);
	struct comment comment = { .text = text };
	char *save = NULL;

	if (!text)
		return false;
	(void)printf(".It Li %s\n", name);
	for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		add_line(&comment, line + 1);
	end_list(&comment);
	return true;
}

/* The settings, as lendpci.conf at @path explains them; what precedes the first the page tells in its own words. */
static bool print_settings(const char *path)
{
	_cleanup_free_ char *line = NULL, *comment = NULL;
	size_t room = 0, size = 0;
	FILE *file = fopen(path, "re");
	bool done = file != NULL;

	(void)puts(".Bl -tag -width Ds");
	while (done && getline(&line, &room, file) > 0) {
		const size_t length = strlen(line);
		char *grown;

		if (*line == '#' && line[1] != ' ' && line[1] != '\n') {
			line[length - 1] = '\0';
			done = comment && print_setting(comment, line + 1);
			size = 0;
		} else if (*line == '#') {
			grown = realloc(comment, size + length + 1);
			done = grown != NULL;
			if (done) {
				comment = grown;
				memcpy(comment + size, line, length + 1);
				size += length;
			}
		} else {
			size = 0; /* an empty line: what was above it is no setting's */
		}
		if (comment && !size)
			*comment = '\0';
	}
	(void)puts(".El");
	if (file)
		(void)fclose(file);
	return done;
}

int main(int argc, char **argv)
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
		else if (strcmp(line, "@SETTINGS@\n") == 0 && argc == 2) {
			if (!print_settings(argv[1]))
				return EXIT_FAILURE;
		} else
			(void)fputs(line, stdout);
	}
	return ferror(stdin) || fflush(stdout) != 0;
}
