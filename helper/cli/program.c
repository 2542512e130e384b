/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "lendpci/act/log.h"
#include "lendpci/base/error.h"

static void note(void *userdata, enum lend_note_level level, const char *sentence)
{
	(void)userdata;
	lend_message_print(level == LEND_NOTE_INFO ? stdout : stderr, "", sentence);
}

/* What is done to a loan by hand is as much of its story as what the hook does. */
static void event(void *userdata, const struct lend_log_line *line)
{
	const struct lend_program *program = userdata;

	program->context.note(userdata, LEND_NOTE_INFO, line->sentence);
	lend_log(line);
}

int lend_program_open(const struct lend_call *call, bool needs_root, struct lend_program *ret, struct lend_error *error)
{
	int r;

	*ret = (struct lend_program){ .context = { .note = note, .event = event, .userdata = ret } };
	r = lend_fs_new(call->sysroot, &ret->fs, error);
	if (r < 0)
		return r;
	if (needs_root && lend_fs_is_host(ret->fs) && geteuid() != 0) {
		lend_error_set(error, -EPERM, "lendpci: %s: this needs root", call->verb->name);
		return lend_error_hint(error, -EPERM, "sudo lendpci %s ...", call->verb->name);
	}
	r = lend_settings_load(ret->fs, &ret->settings, error);
	if (r < 0)
		return r;
	ret->context.fs = ret->fs;
	ret->context.settings = &ret->settings;
	return 0;
}

void lend_program_close(struct lend_program *program)
{
	lend_fs_free(program->fs);
}
