/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --help, help and the overview, from the tables of options and of verbs. */
#include "cli/help.h"

#include <string.h>

#include "cli/terminal.h"
#include "lendpci/base/cleanup.h"

static const char purpose[] = "Lends this host's PCI devices to libvirt's virtual machines and takes them back.";

static size_t columns(void)
{
	const size_t known = lend_terminal_columns();

	return known ? known : LEND_COLUMNS_DEFAULT;
}

/* A line of two columns; the right one begins at @indent, further lines of it too. */
static void print_entry(FILE *out, const char *left, size_t indent, const char *right)
{
	(void)fprintf(out, "%-*s", (int)indent, left);
	lend_columns_wrap(out, right, indent, columns());
}

/* "  -j, --json" or "      --rom FILE". Returns its length. */
static size_t format_option(const struct lend_option *option, char *ret, size_t size)
{
	const char letter = lend_option_letter(option);
	char short_form[8] = "    ";

	if (letter)
		(void)snprintf(short_form, sizeof(short_form), "-%c, ", letter);
	return (size_t)snprintf(ret, size, "  %s--%s%s%s", short_form, option->name, option->argument ? " " : "",
				option->argument ? option->argument : "");
}

static bool is_shown(const struct lend_option *option, const struct lend_verb *verb)
{
	return !option->bit || !verb || (verb->options & option->bit);
}

static void print_options(FILE *out, const struct lend_verb *verb)
{
	char left[64];
	size_t widest = 0;

	for (size_t i = 0; i < lend_option_count; i++) {
		const size_t length = format_option(&lend_options[i], left, sizeof(left));

		if (is_shown(&lend_options[i], verb) && length > widest)
			widest = length;
	}
	(void)fputs("\nOptions:\n", out);
	for (size_t i = 0; i < lend_option_count; i++) {
		if (!is_shown(&lend_options[i], verb))
			continue;
		(void)format_option(&lend_options[i], left, sizeof(left));
		print_entry(out, left, widest + 2, lend_options[i].summary);
	}
}

static void print_verbs(FILE *out, const struct lend_verbs *verbs)
{
	size_t widest = 0;

	for (size_t i = 0; i < verbs->count; i++)
		if (strlen(verbs->items[i].name) > widest)
			widest = strlen(verbs->items[i].name);
	for (size_t i = 0; i < verbs->count; i++) {
		char left[32];

		(void)snprintf(left, sizeof(left), "  %s", verbs->items[i].name);
		print_entry(out, left, widest + 4, verbs->items[i].summary);
	}
}

void lend_help_print(FILE *out, const struct lend_verbs *verbs, const struct lend_verb *verb)
{
	if (verb) {
		char subject[40];

		(void)snprintf(subject, sizeof(subject), "lendpci %s: ", verb->name);
		(void)fputs(subject, out);
		lend_columns_wrap(out, verb->summary, strlen(subject), columns());
		(void)fprintf(out, "\nUsage: lendpci %s [OPTIONS]%s%s\n\n", verb->name, *verb->arguments ? " " : "",
			      verb->arguments);
		lend_columns_wrap(out, verb->description, 0, columns());
	} else {
		(void)fputs("Usage: lendpci COMMAND [OPTIONS] [ARGUMENTS]\n\n", out);
		lend_columns_wrap(out, purpose, 0, columns());
		(void)fputc('\n', out);
		print_verbs(out, verbs);
	}
	print_options(out, verb);
	(void)fputc('\n', out);
	if (!verb || strstr(verb->arguments, "DEVICE") || (verb->options & LEND_OPTION_DEVICE))
		lend_columns_wrap(
			out,
			"A DEVICE is 0000:01:00.0, 01:00.0, 01:00 (all functions of the slot), or a location path PCIROOT(0)#PCI(0100)#PCI(0000); as libvirt names it, pci_0000_01_00_0; or, when only one is so, 10de:2684, a part of its name, or gpu.",
			0, columns());
	lend_columns_wrap(out, "Exit status: 0 done or yes, 1 no or failed, 2 wrong usage.", 0, columns());
}

void lend_help_overview(FILE *out, const struct lend_verbs *verbs)
{
	/* In the order in which somebody comes to need them. */
	static const char *const first[] = { "doctor", "survey", "assign", "check", "status", "unassign" };

	lend_columns_wrap(out, purpose, 0, columns());
	(void)fputc('\n', out);
	for (size_t i = 0; i < LEND_ARRAY_SIZE(first); i++)
		for (size_t k = 0; k < verbs->count; k++) {
			const struct lend_verb *verb = &verbs->items[k];
			char left[64];

			if (strcmp(verb->name, first[i]) != 0)
				continue;
			(void)snprintf(left, sizeof(left), "  lendpci %s %s", verb->name, verb->arguments);
			print_entry(out, left, 38, verb->summary);
		}
	(void)fputc('\n', out);
	lend_columns_wrap(
		out,
		"A domain that was assigned a device borrows it when it starts, however it is started, and gives it back when it stops.",
		0, columns());
	lend_columns_wrap(out, "'lendpci help' lists all commands, 'lendpci help COMMAND' explains one.", 0, columns());
}
