/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lendpci: the command. Nothing below main prints a failure or exits. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/command_line.h"
#include "lendpci/base/error.h"

/*
 * Prints a sentence on one line. It can quote what a domain's owner, libvirt or a file wrote, and a control character
 * would speak to the terminal.
 */
static void print_line(FILE *out, const char *prefix, const char *text)
{
	(void)fputs(prefix, out);
	for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
		bool is_c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;

		(void)fputc(*at < ' ' || *at == 0x7f || is_c1 ? '?' : *at, out);
		at += is_c1;
	}
	(void)fputc('\n', out);
}

static void print_error(const struct lend_error *error)
{
	if (*error->text)
		print_line(stderr, "", error->text);
	if (*error->hint)
		print_line(stderr, "hint: ", error->hint);
}

int main(int argc, char **argv)
{
	struct lend_error error = { 0 };
	struct lend_call call;
	int r;

	r = lend_command_line_parse(argc, argv, &call, &error);
	if (r != 0) {
		print_error(&error);
		return r;
	}
	if (call.version) {
		(void)puts("lendpci " LENDPCI_VERSION);
		return LEND_EXIT_YES;
	}
	if (call.help) {
		lend_command_line_help(stdout, call.verb);
		return LEND_EXIT_YES;
	}

	r = call.verb->run(&call, &error);
	if (r != 0)
		print_error(&error);
	/* A full disk or a closed pipe must not look like success to a script; of what was long only ferror() knows. */
	errno = EIO;
	if ((fflush(stdout) != 0 || ferror(stdout)) && r == 0) {
		(void)fprintf(stderr, "standard output: %s\n", strerror(errno));
		r = LEND_EXIT_NO;
	}
	return r < 0 ? LEND_EXIT_NO : r;
}
