/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the steps took, for the log. */
#include "times.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "borrower.h"
#include "lendpci/act/log.h"

/* Adds to @list, behind @between unless it is the first; what does not fit is left out. */
static void append(char *list, size_t size, const char *between, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void append(char *list, size_t size, const char *between, const char *format, ...)
{
	const size_t length = strlen(list);
	char item[64];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(item, sizeof(item), format, arguments);
	va_end(arguments);
	if (length + strlen(between) + strlen(item) < size)
		(void)snprintf(list + length, size - length, "%s%s", length ? between : "", item);
}

static bool all_went_well(const struct lend_engine *engine)
{
	for (size_t i = 0; i < engine->count; i++)
		if (engine->members[i].result < 0)
			return false;
	return true;
}

void lend_loan_note_times(const struct lend_engine *engine, enum lend_direction direction)
{
	char text[512] = "", durations[512] = "", addresses[1024] = "", sentence[1024];
	size_t functions = 0;

	for (size_t i = 0; i < engine->count; i++) {
		const struct lend_loan *loan = &engine->members[i].loan;

		functions += !loan->is_shared;
		if (!loan->is_shared)
			append(addresses, sizeof(addresses), " ", "%s", lend_address_text(loan->address).text);
	}
	for (size_t at = 0, count = lend_step_count(); at < count; at++) {
		const size_t step = direction == LEND_DOWN ? at : count - 1 - at;

		if (!engine->ran[step])
			continue;
		append(text, sizeof(text), ", ", "%s %u ms", lend_steps[step]->name, engine->spent_ms[step]);
		append(durations, sizeof(durations), " ", "%s=%u", lend_steps[step]->name, engine->spent_ms[step]);
	}
	if (!engine->count || !*text)
		return;
	(void)snprintf(sentence, sizeof(sentence), "%s: %s %zu function%s: %s",
		       lend_loan_borrower(&engine->members[0].loan), direction == LEND_DOWN ? "lent" : "returned",
		       functions, functions == 1 ? "" : "s", text);
	lend_context_event(engine->context, &(struct lend_log_line){
						    .priority = LOG_INFO,
						    .kind = !all_went_well(engine)   ? LEND_EVENT_NONE
							    : direction == LEND_DOWN ? LEND_EVENT_LENT
										     : LEND_EVENT_RETURNED,
						    .sentence = sentence,
						    .domain = engine->members[0].loan.domain,
						    .addresses = addresses,
						    .durations = durations,
					    });
}
