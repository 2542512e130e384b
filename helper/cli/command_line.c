/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing and help, from the table in verbs.c. */
#include "cli/command_line.h"

#include <getopt.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"

enum { OPTIONS_MAX = 32, FIRST_OPTION = 256 /* beyond any short option's letter */ };

static const struct lend_verb *find_verb(const char *name)
{
	for (size_t i = 0; i < lend_verb_count; i++)
		if (strcmp(lend_verbs[i].name, name) == 0)
			return &lend_verbs[i];
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
		return usage(error, NULL, word, "it takes no argument");
	return usage(error, NULL, letter ? name : word, "there is no such option");
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
			return usage(error, NULL, argv[optind - 1], "it needs an argument");
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
		return usage(error, verb, subject, "this verb does not take it");
	}
	return 0;
}

int lend_command_line_parse(int argc, char **argv, struct lend_call *ret, struct lend_error *error)
{
	struct lend_call call = { .sysroot = "/" };
	unsigned given = 0;
	int r, left;

	r = take_options(argc, argv, &call, &given, &left, error);
	if (r != 0)
		return r;
	if (left > 0) {
		call.verb = find_verb(argv[0]);
		if (!call.verb)
			return usage(error, NULL, argv[0], "there is no such verb");
		call.arguments = argv + 1;
		call.count = (size_t)left - 1;
	}
	if (!call.help && !call.version) {
		if (!call.verb)
			return usage(error, NULL, "lendpci", "no verb was given");
		if (call.count < call.verb->least)
			return usage(error, call.verb, call.verb->name, "an argument is missing");
		if (call.count > call.verb->most)
			return usage(error, call.verb, call.arguments[call.verb->most], "one argument too many");
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
	(void)fprintf(out, "  %-15s %s\n", name, option->summary);
}

void lend_command_line_help(FILE *out, const struct lend_verb *verb)
{
	if (verb) {
		(void)fprintf(out, "Usage: lendpci %s [OPTIONS] %s\n\n", verb->name, verb->arguments);
		print_filled(out, verb->description);
	} else {
		(void)fputs("Usage: lendpci VERB [OPTIONS] [ARGUMENTS]\n\n"
			    "Lends this host's PCI devices to libvirt's virtual machines and takes them back.\n\n",
			    out);
		for (size_t i = 0; i < lend_verb_count; i++)
			(void)fprintf(out, "  %-15s %s\n", lend_verbs[i].name, lend_verbs[i].summary);
	}

	(void)fputs("\nOptions:\n", out);
	for (size_t i = 0; i < lend_option_count; i++)
		if (!lend_options[i].bit || !verb || (verb->options & lend_options[i].bit))
			print_option(out, &lend_options[i]);
	(void)fputs("\nA DEVICE is 0000:01:00.0, 01:00.0, 01:00 (all functions of the slot), or a location path\n"
		    "PCIROOT(0)#PCI(0100)#PCI(0000). Exit status: 0 done or yes, 1 no or failed, 2 wrong usage.\n",
		    out);
}
