/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log: the story of a domain's last start and stop, from the system journal. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/terminal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "log/story.h"
#include "verbs/table.h"

static int tell_of_none(const struct lend_call *call, struct lend_error *error)
{
	if (call->count)
		lend_error_set(error, -ENOENT, "%s: nothing is logged of it", call->arguments[0]);
	else
		lend_error_set(error, -ENOENT, "lendpci: log: nothing is logged of any start or stop");
	if (geteuid() != 0)
		return lend_error_hint(error, -ENOENT,
				       "the system journal is root's and group systemd-journal's: sudo lendpci log");
	return -ENOENT;
}

int lend_verb_log(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_story_clear) struct lend_story story = { .count = 0 };
	int r;

	if (call->count)
		(void)snprintf(story.domain, sizeof(story.domain), "%s", call->arguments[0]);
	r = lend_log_read_back(call->count ? call->arguments[0] : NULL, lend_story_take, &story, error);
	if (r < 0)
		return r;
	if (story.is_out_of_memory)
		return lend_error_set(error, -ENOMEM, "log: out of memory");
	if (!story.count)
		return tell_of_none(call, error);
	if (call->json)
		return lend_print_json(lend_story_to_json(&story)) < 0
			       ? lend_error_set(error, -ENOMEM, "log: out of memory")
			       : 0;
	lend_story_print(stdout, &story, lend_terminal_has_colour(), lend_terminal_columns());
	if (call->times) {
		(void)putchar('\n');
		lend_story_print_times(stdout, &story);
	}
	return 0;
}
