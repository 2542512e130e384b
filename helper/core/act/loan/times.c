/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the steps took, for the log. */
#include "times.h"

#include <stdio.h>
#include <string.h>

#include "borrower.h"

void lend_loan_note_times(const struct lend_engine *engine, enum lend_direction direction)
{
	char text[512] = "";
	size_t functions = 0;

	for (size_t i = 0; i < engine->count; i++)
		functions += !engine->members[i].loan.is_shared;
	for (size_t at = 0, count = lend_step_count(); at < count; at++) {
		const size_t step = direction == LEND_DOWN ? at : count - 1 - at;
		const size_t length = strlen(text);

		if (engine->ran[step])
			(void)snprintf(text + length, sizeof(text) - length, "%s%s %u ms", length ? ", " : "",
				       lend_steps[step]->name, engine->spent_ms[step]);
	}
	if (engine->count && *text)
		lend_context_note(engine->context, LEND_NOTE_INFO, "%s: %s %zu function%s: %s",
				  lend_loan_borrower(&engine->members[0].loan),
				  direction == LEND_DOWN ? "lent" : "returned", functions, functions == 1 ? "" : "s",
				  text);
}
