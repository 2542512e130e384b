/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log:
 *
 *	win11:
 *	  2026-11-27 15:03:02  0000:01:00.0: lent to vfio-pci, taken from nvidia
 *	  2026-11-27 15:03:02  lent 2 functions: vfio-module 1 ms, unbind 312 ms, probe 9 ms
 *	  2026-11-27 17:40:51  returned 2 functions: probe 820 ms, unbind 4 ms
 *
 * libvirt runs the hook anew for each of its operations, and its "prepare" more than once for a start. A start begins
 * with the first line of the last run of prepare that said anything, or, without libvirt, where something was lent.
 */
#include "log/story.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "cli/terminal.h"
#include "lendpci/act/log.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"

enum { ENTRIES_MAX = 10000, STEPS_MAX = 32, INDENT = 23 };

void lend_story_clear(struct lend_story *story)
{
	free(story->entries);
	story->entries = NULL;
	story->count = 0;
}

static bool keep(struct lend_story *story, const struct lend_log_entry *entry)
{
	struct lend_log_entry *bigger = reallocarray(story->entries, story->count + 1, sizeof(*bigger));

	if (!bigger) {
		story->is_out_of_memory = true;
		return false;
	}
	story->entries = bigger;
	story->entries[story->count++] = *entry;
	return story->count < ENTRIES_MAX;
}

bool lend_story_take(void *userdata, const struct lend_log_entry *entry)
{
	struct lend_story *story = userdata;
	const bool is_start =
		strcmp(entry->operation, "prepare") == 0 || strcmp(entry->event, lend_event_name(LEND_EVENT_LENT)) == 0;

	if (!*entry->domain || !*entry->message)
		return true;
	if (!*story->domain)
		(void)snprintf(story->domain, sizeof(story->domain), "%s", entry->domain);
	if (strcmp(entry->domain, story->domain) != 0)
		return true;
	if (story->start && (!is_start || entry->pid != story->start))
		return false;
	if (is_start)
		story->start = entry->pid;
	return keep(story, entry);
}

/* The sentence without the domain that the heading has. */
static const char *without_domain(const struct lend_story *story, const char *sentence)
{
	const size_t length = strlen(story->domain);

	return strncmp(sentence, story->domain, length) == 0 && strncmp(sentence + length, ": ", 2) == 0
		       ? sentence + length + 2
		       : sentence;
}

static void print_time(FILE *out, uint64_t usec)
{
	const time_t at = (time_t)(usec / 1000000);
	char text[32] = "?";
	struct tm local;

	if (localtime_r(&at, &local))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local);
	(void)fprintf(out, "  %-19s  ", text);
}

void lend_story_print(FILE *out, const struct lend_story *story, bool colour, size_t columns)
{
	(void)fprintf(out, "%s:\n", lend_text_printable(story->domain).text);
	for (size_t i = story->count; i-- > 0;) {
		const struct lend_log_entry *entry = &story->entries[i];
		const char *paint = entry->priority <= LOG_ERR       ? LEND_RED
				    : entry->priority == LOG_WARNING ? LEND_YELLOW
								     : "";

		print_time(out, entry->usec);
		(void)fputs(colour ? paint : "", out);
		lend_columns_wrap(out, without_domain(story, entry->message), INDENT, columns);
		(void)fputs(colour && *paint ? LEND_PLAIN : "", out);
		if (!*entry->hint)
			continue;
		(void)fprintf(out, "%*shint: ", INDENT, "");
		lend_columns_wrap(out, entry->hint, INDENT + strlen("hint: "), columns);
	}
}

/* Of one step: how long it took on each way; -1 for a way that it did not go. */
struct times {
	char step[32];
	int64_t lent, returned;
};

static struct times *find_or_add(struct times *all, size_t *count, const char *step)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(all[i].step, step) == 0)
			return &all[i];
	if (*count == STEPS_MAX)
		return NULL;
	all[*count] = (struct times){ .lent = -1, .returned = -1 };
	(void)snprintf(all[*count].step, sizeof(all[*count].step), "%s", step);
	return &all[(*count)++];
}

static void add_times(struct times *all, size_t *count, const struct lend_log_entry *entry)
{
	const bool is_lent = strcmp(entry->event, lend_event_name(LEND_EVENT_LENT)) == 0;
	const char *at = entry->durations;
	char step[32];
	uint64_t ms;

	if (!is_lent && strcmp(entry->event, lend_event_name(LEND_EVENT_RETURNED)) != 0)
		return;
	while (lend_log_next_duration(&at, step, &ms)) {
		struct times *times = find_or_add(all, count, step);

		if (times)
			*(is_lent ? &times->lent : &times->returned) = (int64_t)ms;
	}
}

static void print_ms(FILE *out, int64_t ms)
{
	if (ms < 0)
		(void)fprintf(out, "  %11s", "-");
	else
		(void)fprintf(out, "  %8" PRId64 " ms", ms);
}

void lend_story_print_times(FILE *out, const struct lend_story *story)
{
	struct times all[STEPS_MAX], total = { .step = "all", .lent = -1, .returned = -1 };
	size_t count = 0;

	for (size_t i = story->count; i-- > 0;)
		add_times(all, &count, &story->entries[i]);
	(void)fprintf(out, "%-16s  %11s  %11s\n", "STEP", "LENT", "RETURNED");
	for (size_t i = 0; i <= count; i++) {
		const struct times *times = i < count ? &all[i] : &total;

		(void)fprintf(out, "%-16s", lend_text_printable(times->step).text);
		print_ms(out, times->lent);
		print_ms(out, times->returned);
		(void)fputc('\n', out);
		if (times->lent >= 0)
			total.lent = times->lent + (total.lent < 0 ? 0 : total.lent);
		if (times->returned >= 0)
			total.returned = times->returned + (total.returned < 0 ? 0 : total.returned);
	}
}

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *durations_as_json(const char *durations)
{
	json_t *object = json_object();
	char step[32];
	uint64_t ms;

	while (lend_log_next_duration(&durations, step, &ms))
		(void)json_object_set_new(object, step, json_integer((json_int_t)ms));
	return object;
}

static json_t *addresses_as_json(const char *addresses)
{
	json_t *array = json_array();

	for (const char *at = addresses; *at;) {
		const size_t length = strcspn(at, " ");
		char address[24];

		(void)snprintf(address, sizeof(address), "%.*s", (int)length, at);
		(void)json_array_append_new(array, json_string(address));
		at += length;
		at += strspn(at, " ");
	}
	return array;
}

static json_t *entry_as_json(const struct lend_log_entry *entry)
{
	const time_t at = (time_t)(entry->usec / 1000000);
	char second[32] = "", text[48];
	struct tm utc;

	if (gmtime_r(&at, &utc))
		(void)strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", &utc);
	(void)snprintf(text, sizeof(text), "%s.%03uZ", second, (unsigned)(entry->usec / 1000 % 1000));
	return json_pack("{s:s s:i s:o s:o s:s s:o s:o s:o s:o}", "time", text, "priority", entry->priority,
			 "operation", text_or_null(entry->operation), "event", text_or_null(entry->event), "message",
			 entry->message, "reason", text_or_null(entry->reason), "hint", text_or_null(entry->hint),
			 "addresses", addresses_as_json(entry->addresses), "durations_ms",
			 durations_as_json(entry->durations));
}

json_t *lend_story_to_json(const struct lend_story *story)
{
	json_t *array = json_array();

	for (size_t i = story->count; i-- > 0;)
		if (json_array_append_new(array, entry_as_json(&story->entries[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	return json_pack("{s:s s:o}", "domain", story->domain, "entries", array);
}
