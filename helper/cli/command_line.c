/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing, from the tables of options and of verbs. */
#include "cli/command_line.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/guess.h"
#include "lendpci/base/error.h"

enum { OPTIONS_MAX = 64, FIRST_OPTION = 256 /* beyond any short option's letter */ };

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
	struct lend_guess guess;
	char cause[80];

	if (letter >= FIRST_OPTION)
		return usage(error, NULL, word, "takes no argument");
	if (letter)
		return usage(error, NULL, name, "unknown option");
	guess = LEND_GUESS(word + strlen("--"));
	for (size_t i = 0; i < lend_option_count; i++)
		lend_guess_consider(&guess, lend_options[i].name);
	if (!guess.meant)
		return usage(error, NULL, word, "unknown option");
	(void)snprintf(cause, sizeof(cause), "unknown option; did you mean '--%s'?", guess.meant);
	return usage(error, NULL, word, cause);
}

int lend_command_line_find_verb(const struct lend_verbs *verbs, const char *name, const struct lend_verb **ret,
				struct lend_error *error)
{
	struct lend_guess guess = LEND_GUESS(name);

	for (size_t i = 0; i < verbs->count; i++) {
		if (strcmp(verbs->items[i].name, name) == 0) {
			*ret = &verbs->items[i];
			return 0;
		}
		lend_guess_consider(&guess, verbs->items[i].name);
	}
	if (guess.meant)
		lend_error_set(error, LEND_EXIT_USAGE, "unknown command '%s'; did you mean '%s'?", name, guess.meant);
	else
		lend_error_set(error, LEND_EXIT_USAGE, "unknown command '%s'", name);
	return lend_error_hint(error, LEND_EXIT_USAGE, "'lendpci --help' lists all commands");
}

/* Which options were given; the rest of @argv is moved to its front. */
static int take_options(int argc, char **argv, struct lend_call *call, unsigned *ret_given, int *ret_left,
			struct lend_error *error)
{
	/* "-": in the order given, whatever POSIXLY_CORRECT says, and ":": without messages of getopt's own. */
	char letters[OPTIONS_MAX + 4] = "-:", *letter = letters + strlen(letters);
	struct option options[OPTIONS_MAX] = { 0 };
	int c, left = 0;

	for (size_t i = 0; i < lend_option_count && i < OPTIONS_MAX - 1; i++) {
		options[i] = (struct option){ lend_options[i].name,
					      lend_options[i].argument ? required_argument : no_argument, NULL,
					      FIRST_OPTION + (int)i };
		/* Without one, '\0' ends what there is so far. */
		*letter = lend_option_letter(&lend_options[i]);
		letter += *letter != '\0';
	}
	*letter = '\0';

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		const struct lend_option *option =
			c >= FIRST_OPTION ? &lend_options[c - FIRST_OPTION] : lend_option_of_letter(c);

		if (c == 1)
			argv[left++] = optarg;
		else if (c == ':')
			return usage(error, NULL, argv[optind - 1], "needs an argument");
		else if (c == '?')
			return unknown_option(optopt, argv[optind - 1], error);
		else if (option) {
			*ret_given |= option->bit;
			store(call, option, optarg);
			if (option->bit == LEND_OPTION_DEVICE && call->device_count == LEND_DEVICES_MAX)
				return usage(error, NULL, optarg, "too many devices");
			if (option->bit == LEND_OPTION_DEVICE)
				call->devices[call->device_count++] = optarg;
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

/* The word of the usage that @count arguments do not reach: "DEVICE" of "DOMAIN DEVICE...". */
static int missing_argument(const struct lend_verb *verb, size_t count, struct lend_error *error)
{
	const char *word = verb->arguments + (strncmp(verb->arguments, "-- ", 3) == 0 ? 3 : 0);
	char cause[64];

	for (; count && strchr(word, ' '); count--)
		word = strchr(word, ' ') + 1;
	(void)snprintf(cause, sizeof(cause), "%.*s is missing", (int)strcspn(word, " ."), word);
	return usage(error, verb, verb->name, cause);
}

int lend_command_line_parse(const struct lend_verbs *verbs, int argc, char **argv, struct lend_call *ret,
			    struct lend_error *error)
{
	struct lend_call call = { .verbs = verbs, .sysroot = "/" };
	unsigned given = 0;
	int r, left;

	r = take_options(argc, argv, &call, &given, &left, error);
	if (r != 0)
		return r;
	if (left > 0) {
		r = lend_command_line_find_verb(verbs, argv[0], &call.verb, error);
		if (r != 0)
			return r;
		call.arguments = argv + 1;
		call.count = (size_t)left - 1;
	}
	if (call.verb && !call.help && !call.version) {
		if (call.count < call.verb->least)
			return missing_argument(call.verb, call.count, error);
		if (call.count > call.verb->most)
			return usage(error, call.verb, call.arguments[call.verb->most], "too many arguments");
		r = check_options(call.verb, given, error);
		if (r != 0)
			return r;
		if (call.quiet && call.json)
			return usage(error, call.verb, "--quiet", "it cannot be with --json");
	}
	*ret = call;
	return 0;
}
