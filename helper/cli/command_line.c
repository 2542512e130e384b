/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing and help, from the tables of options and of verbs. */
#include "cli/command_line.h"

#include <getopt.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"

enum { OPTIONS_MAX = 32, FIRST_OPTION = 256 /* beyond any short option's letter */ };

static const struct lend_verb *find_verb(const struct lend_verbs *verbs, const char *name)
{
	for (size_t i = 0; i < verbs->count; i++)
		if (strcmp(verbs->items[i].name, name) == 0)
			return &verbs->items[i];
	return NULL;
}

static void store(struct lend_call *call, const struct lend_option *option, const char *argument)
{
	char *field = (char *)call + option->offset;

	if (option->argument)
		*(const char **)(void *)field = argument;
	else
		*(bool *)(void *)field = true;
}

static int usage(struct lend_error *error, const struct lend_verb *verb, const char *subject, const char *cause)
{
	lend_error_set(error, LEND_EXIT_USAGE, "%s: %s", subject, cause);
	return lend_error_hint(error, LEND_EXIT_USAGE, "'lendpci%s%s --help' shows how", verb ? " " : "",
			       verb ? verb->name : "");
}

/* getopt names an unknown letter, which may stand among others; a long option is the word it stopped at. */
static int unknown_option(int letter, const char *word, struct lend_error *error)
{
	const char name[] = { '-', (char)letter, '\0' };

	if (letter >= FIRST_OPTION)
		return usage(error, NULL, word, "takes no argument");
	return usage(error, NULL, letter ? name : word, "unknown option");
}

/* Steps from one word to another: letters added, taken away, replaced, or swapped with their neighbour. */
static size_t distance(const char *from, const char *to)
{
	enum { LONGEST = 24 };
	const size_t rows = strlen(from), columns = strlen(to);
	size_t steps[LONGEST + 1][LONGEST + 1];

	if (rows > LONGEST || columns > LONGEST)
		return LONGEST;
	for (size_t i = 0; i <= rows; i++) {
		for (size_t k = 0; k <= columns; k++) {
			size_t best = i + k;

			if (i && k && steps[i - 1][k - 1] + (from[i - 1] != to[k - 1]) < best)
				best = steps[i - 1][k - 1] + (from[i - 1] != to[k - 1]);
			if (i && steps[i - 1][k] + 1 < best)
				best = steps[i - 1][k] + 1;
			if (k && steps[i][k - 1] + 1 < best)
				best = steps[i][k - 1] + 1;
			if (i > 1 && k > 1 && from[i - 1] == to[k - 2] && from[i - 2] == to[k - 1] &&
			    steps[i - 2][k - 2] + 1 < best)
				best = steps[i - 2][k - 2] + 1;
			steps[i][k] = best;
		}
	}
	return steps[rows][columns];
}

/* The verb that was probably meant: typed nearly so, or begun. NULL where nothing is near. */
static const struct lend_verb *guess_verb(const struct lend_verbs *verbs, const char *name)
{
	const struct lend_verb *nearest = NULL;
	size_t least = 3;

	for (size_t i = 0; i < verbs->count; i++) {
		size_t steps = distance(name, verbs->items[i].name);

		if (strlen(name) > 2 && strncmp(name, verbs->items[i].name, strlen(name)) == 0)
			steps = 1;
		/* Of a short word half would be another. */
		if (steps < least && steps * 2 <= strlen(name)) {
			nearest = &verbs->items[i];
			least = steps;
		}
	}
	return nearest;
}

static int unknown_verb(const struct lend_verbs *verbs, const char *name, struct lend_error *error)
{
	const struct lend_verb *meant = guess_verb(verbs, name);

	if (meant)
		lend_error_set(error, LEND_EXIT_USAGE, "lendpci: unknown command '%s'; did you mean '%s'?", name,
			       meant->name);
	else
		lend_error_set(error, LEND_EXIT_USAGE, "lendpci: unknown command '%s'", name);
	return lend_error_hint(error, LEND_EXIT_USAGE, "'lendpci --help' lists all commands");
}

/* Which options were given; the rest of @argv is moved to its front. */
static int take_options(int argc, char **argv, struct lend_call *call, unsigned *ret_given, int *ret_left,
			struct lend_error *error)
{
	struct option options[OPTIONS_MAX] = { 0 };
	int c, left = 0;

	for (size_t i = 0; i < lend_option_count && i < OPTIONS_MAX - 1; i++)
		options[i] = (struct option){ lend_options[i].name,
					      lend_options[i].argument ? required_argument : no_argument, NULL,
					      FIRST_OPTION + (int)i };

	/* "-": in the order given, whatever POSIXLY_CORRECT says, and without messages of getopt's own. */
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, "-:h", options, NULL)) != -1) {
		if (c == 1)
			argv[left++] = optarg;
		else if (c == 'h')
			call->help = true;
		else if (c == ':')
			return usage(error, NULL, argv[optind - 1], "needs an argument");
		else if (c == '?')
			return unknown_option(optopt, argv[optind - 1], error);
		else {
			*ret_given |= lend_options[c - FIRST_OPTION].bit;
			store(call, &lend_options[c - FIRST_OPTION], optarg);
		}
	}
	while (optind < argc)
		argv[left++] = argv[optind++];
	*ret_left = left;
	return 0;
}

static int check_options(const struct lend_verb *verb, unsigned given, struct lend_error *error)
{
	for (size_t i = 0; i < lend_option_count; i++) {
		char subject[64];

		if (!(lend_options[i].bit & given & ~verb->options))
			continue;
		(void)snprintf(subject, sizeof(subject), "--%s", lend_options[i].name);
		return usage(error, verb, subject, "not an option of this command");
	}
	return 0;
}

int lend_command_line_parse(const struct lend_verbs *verbs, int argc, char **argv, struct lend_call *ret,
			    struct lend_error *error)
{
	struct lend_call call = { .sysroot = "/" };
	unsigned given = 0;
	int r, left;

	r = take_options(argc, argv, &call, &given, &left, error);
	if (r != 0)
		return r;
	if (left > 0) {
		call.verb = find_verb(verbs, argv[0]);
		if (!call.verb)
			return unknown_verb(verbs, argv[0], error);
		call.arguments = argv + 1;
		call.count = (size_t)left - 1;
	}
	if (!call.help && !call.version) {
		if (!call.verb)
			return usage(error, NULL, "lendpci", "no command given");
		if (call.count < call.verb->least)
			return usage(error, call.verb, call.verb->name, "an argument is missing");
		if (call.count > call.verb->most)
			return usage(error, call.verb, call.arguments[call.verb->most], "too many arguments");
		r = check_options(call.verb, given, error);
		if (r != 0)
			return r;
	}
	*ret = call;
	return 0;
}

/* Prints @text in lines of at most 79 columns, as far as its words allow. */
static void print_filled(FILE *out, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (column && column + 1 + length > 79) {
			(void)fputc('\n', out);
			column = 0;
		}
		(void)fprintf(out, "%s%.*s", column ? " " : "", (int)length, text);
		column += (column ? 1 : 0) + length;
		text += length;
		text += strspn(text, " ");
	}
	(void)fputc('\n', out);
}

static void print_option(FILE *out, const struct lend_option *option)
{
	char name[48];

	(void)snprintf(name, sizeof(name), "--%s%s%s", option->name, option->argument ? " " : "",
		       option->argument ? option->argument : "");
	(void)fprintf(out, "  %-17s %s\n", name, option->summary);
}

void lend_command_line_help(FILE *out, const struct lend_verbs *verbs, const struct lend_verb *verb)
{
	if (verb) {
		(void)fprintf(out, "Usage: lendpci %s [OPTIONS] %s\n\n", verb->name, verb->arguments);
		print_filled(out, verb->description);
	} else {
		(void)fputs("Usage: lendpci COMMAND [OPTIONS] [ARGUMENTS]\n\n"
			    "Lends this host's PCI devices to libvirt's virtual machines and takes them back.\n\n",
			    out);
		for (size_t i = 0; i < verbs->count; i++)
			(void)fprintf(out, "  %-17s %s\n", verbs->items[i].name, verbs->items[i].summary);
	}

	(void)fputs("\nOptions:\n", out);
	for (size_t i = 0; i < lend_option_count; i++)
		if (!lend_options[i].bit || !verb || (verb->options & lend_options[i].bit))
			print_option(out, &lend_options[i]);
	(void)fputs("\nA DEVICE is 0000:01:00.0, 01:00.0, 01:00 (all functions of the slot), or a location path\n"
		    "PCIROOT(0)#PCI(0100)#PCI(0000). Exit status: 0 done or yes, 1 no or failed, 2 wrong usage.\n",
		    out);
}
