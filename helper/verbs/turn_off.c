/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lendpci turn-off DOMAIN...|--all */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/program.h"
#include "cli/timeout.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "libvirt/connection.h"
#include "libvirt/events.h"
#include "service/turn_off.h"
#include "verbs/table.h"

static int usage(struct lend_error *error, const char *subject, const char *cause)
{
	lend_error_set(error, LEND_EXIT_USAGE, "%s: %s", subject, cause);
	return lend_error_hint(error, LEND_EXIT_USAGE, "'lendpci turn-off --help' shows how");
}

static int check_call(const struct lend_call *call, struct lend_error *error)
{
	if (call->all && call->count)
		return usage(error, "--all", "it stands instead of domains, not beside them");
	if (!call->all && !call->count)
		return usage(error, "turn-off", "DOMAIN or --all is missing");
	return 0;
}

/* On a terminal, one line that is written over until somebody has something to say. */
static void show_waiting(const struct lend_shutdown_list *list, unsigned left_ms)
{
	(void)printf("\r\033[Kwaiting for");
	for (size_t i = 0; i < list->count; i++)
		if (!list->items[i].is_off)
			(void)printf(" %s", lend_text_printable(list->items[i].name).text);
	(void)printf(" (%u s)\r", (left_ms + 999) / 1000);
	(void)fflush(stdout);
}

static void note_on_terminal(void *userdata, enum lend_note_level level, const char *sentence)
{
	(void)userdata;
	(void)printf("\033[K");
	(void)fflush(stdout);
	lend_message_print(level == LEND_NOTE_INFO ? stdout : stderr, "", sentence);
}

static int collect(const struct lend_call *call, const struct lend_context *context, struct lend_libvirt *libvirt,
		   struct lend_shutdown_list *ret, struct lend_error *error)
{
	int r = 0;

	if (call->all)
		return lend_shutdown_list_add_all(context, libvirt, ret, error);
	for (size_t i = 0; r == 0 && i < call->count; i++)
		r = lend_shutdown_list_add(libvirt, call->arguments[i], ret, error);
	return r;
}

int lend_verb_turn_off(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_libvirt_closep) struct lend_libvirt *libvirt = NULL;
	_cleanup_(lend_shutdown_list_clear) struct lend_shutdown_list list = { 0 };
	_cleanup_(lend_program_close) struct lend_program program = { 0 };
	const bool on_terminal = isatty(STDOUT_FILENO);
	unsigned timeout_ms;
	int r;

	r = check_call(call, error);
	if (r == 0)
		r = lend_program_open(call, true, &program, error);
	if (r == 0)
		r = lend_timeout_read(call, program.settings.shutdown_deadline_ms, &timeout_ms, error);
	if (r != 0)
		return r;
	if (on_terminal)
		program.context.note = note_on_terminal;

	r = lend_libvirt_loop_prepare(error);
	if (r == 0)
		r = lend_libvirt_open(call->connect, &libvirt, error);
	if (r == 0)
		r = collect(call, &program.context, libvirt, &list, error);
	if (r < 0)
		return r;
	if (!list.count) {
		(void)puts("no running domain has a device of this host");
		return 0;
	}
	return lend_turn_off(&program.context, libvirt, &list, timeout_ms, on_terminal ? show_waiting : NULL, error);
}
