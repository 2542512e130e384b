/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lendpci: the command. Nothing below main prints a failure or exits. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command_line.h"
#include "cli/help.h"
#include "cli/message.h"
#include "lendpci/base/error.h"
#include "lendpci/base/standard_streams.h"
#include "lendpci/base/trace.h"
#include "verbs/table.h"

/* Whose subject is the command line, the program has to say who speaks; all else names what it is about. */
static void print_error(int status, const struct lend_error *error)
{
	if (*error->text)
		lend_message_print(stderr, status == LEND_EXIT_USAGE ? "lendpci: " : "", error->text);
	lend_message_hint(error->hint);
}

/* LENDPCI_DEBUG=1 is for scripts and units, which should not have to change a command line; 0 and "" are off. */
static bool wants_trace(const struct lend_call *call)
{
	const char *wish = getenv("LENDPCI_DEBUG");

	return call->debug || (wish && *wish && strcmp(wish, "0") != 0);
}

static void trace_call(const struct lend_call *call)
{
	lend_trace("lendpci %s, process %d, user %u", LENDPCI_VERSION, (int)getpid(), (unsigned)geteuid());
	lend_trace("%s: host %s, libvirt %s", call->verb->name, call->sysroot,
		   call->connect ? call->connect : "by its own default");
	for (size_t i = 0; i < call->count; i++)
		lend_trace("%s: argument: %s", call->verb->name, call->arguments[i]);
}

int main(int argc, char **argv)
{
	struct lend_error error = { 0 };
	struct lend_call call;
	int r;

	lend_standard_streams_fill();
	r = lend_command_line_parse(&lend_all_verbs, argc, argv, &call, &error);
	if (r != 0) {
		print_error(r, &error);
		return r;
	}
	if (call.version) {
		(void)puts("lendpci " LENDPCI_VERSION);
		return LEND_EXIT_YES;
	}
	if (call.help) {
		lend_help_print(stdout, &lend_all_verbs, call.verb);
		return LEND_EXIT_YES;
	}
	/* Whoever has no word for it is shown some; a script that lost one shall notice. */
	if (!call.verb) {
		lend_help_overview(stdout, &lend_all_verbs);
		return LEND_EXIT_USAGE;
	}
	if (call.quiet)
		lend_message_be_quiet();

	if (wants_trace(&call)) {
		lend_message_trace();
		trace_call(&call);
	}
	r = call.verb->run(&call, &error);
	lend_trace("%s: ends with %d", call.verb->name, r);
	if (r != 0)
		print_error(r, &error);
	/* A full disk or a closed pipe must not look like success to a script; of what was long only ferror() knows. */
	errno = EIO;
	if ((fflush(stdout) != 0 || ferror(stdout)) && r == 0) {
		(void)fprintf(stderr, "standard output: %s\n", strerror(errno));
		r = LEND_EXIT_NO;
	}
	return r < 0 ? LEND_EXIT_NO : r;
}
