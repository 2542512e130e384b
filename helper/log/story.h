/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "log/entry.h"

/** What the log tells of one domain, from its last start on. Begin with { .domain = NAME }, or "" for whoever was last.
 */
struct lend_story {
	char domain[256];
	struct lend_log_entry *entries; /* as they were told, the newest first */
	size_t count;
	int start; /* which run of the hook was the start; 0 as long as none was seen */
	bool is_out_of_memory;
};
void lend_story_clear(struct lend_story *story);

/** A lend_log_taker of a struct lend_story: takes what belongs to it, and has enough where the start begins. */
bool lend_story_take(void *story, const struct lend_log_entry *entry);

/** Prints it in order, with local times. @columns: 0 never wraps. */
void lend_story_print(FILE *out, const struct lend_story *story, bool colour, size_t columns);

/** Prints how long each step took, to lend and to return: a table. */
void lend_story_print_times(FILE *out, const struct lend_story *story);

/** As --json has it; the caller's. NULL without memory. */
json_t *lend_story_to_json(const struct lend_story *story);
