/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What log tells of a domain, and what metrics counts: from entries, without a system journal. */
#include "log/story.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "lendpci/base/cleanup.h"
#include "metrics/metrics.h"
#include "test.h"

/* The newest first, as they are read: win11's last start and stop, another VM's in between, and an older start. */
static const struct lend_log_entry told[] = {
	{ .usec = 1700000900000000,
	  .priority = LOG_INFO,
	  .pid = 40,
	  .message = "win11: returned 2 functions: probe 820 ms, unbind 4 ms",
	  .domain = "win11",
	  .operation = "release",
	  .event = "returned",
	  .durations = "probe=820 unbind=4",
	  .addresses = "0000:01:00.0 0000:01:00.1" },
	{ .usec = 1700000500000000,
	  .priority = LOG_ERR,
	  .pid = 35,
	  .message = "other: 0000:02:00.0: in use by dd (pid 9): /dev/nvme0n1",
	  .domain = "other",
	  .operation = "prepare",
	  .event = "refused",
	  .reason = "in-use",
	  .hint = "end it" },
	{ .usec = 1700000101000000,
	  .priority = LOG_INFO,
	  .pid = 30,
	  .message = "win11: lent 2 functions: unbind 312 ms, probe 9 ms",
	  .domain = "win11",
	  .operation = "prepare",
	  .event = "lent",
	  .durations = "unbind=312 probe=9",
	  .addresses = "0000:01:00.0 0000:01:00.1" },
	{ .usec = 1700000100000000,
	  .priority = LOG_WARNING,
	  .pid = 30,
	  .message = "win11: 0000:01:00.0: its reset is not to be trusted",
	  .domain = "win11",
	  .operation = "prepare" },
	{ .usec = 1600000000000000,
	  .priority = LOG_INFO,
	  .pid = 20,
	  .message = "win11: lent 1 function: unbind 1 ms",
	  .domain = "win11",
	  .operation = "prepare",
	  .event = "lent",
	  .durations = "unbind=1" },
};

static void read_all(struct lend_story *story)
{
	for (size_t i = 0; i < LEND_ARRAY_SIZE(told); i++)
		if (!lend_story_take(story, &told[i]))
			return;
}

static void assert_printed(void (*print)(FILE *, const struct lend_story *), const struct lend_story *story,
			   const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	print(out, story);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
}

static void print_plainly(FILE *out, const struct lend_story *story)
{
	lend_story_print(out, story, false, 0);
}

static void the_last_start_and_stop_are_told_in_order(void **state)
{
	_cleanup_(lend_story_clear) struct lend_story story = { .domain = "win11" };

	(void)state;
	read_all(&story);
	assert_printed(print_plainly, &story,
		       "win11:\n"
		       "  2023-11-14 22:15:00  0000:01:00.0: its reset is not to be trusted\n"
		       "  2023-11-14 22:15:01  lent 2 functions: unbind 312 ms, probe 9 ms\n"
		       "  2023-11-14 22:28:20  returned 2 functions: probe 820 ms, unbind 4 ms\n");
}

static void a_refusal_comes_with_what_to_do(void **state)
{
	_cleanup_(lend_story_clear) struct lend_story story = { .domain = "other" };

	(void)state;
	read_all(&story);
	assert_printed(print_plainly, &story,
		       "other:\n"
		       "  2023-11-14 22:21:40  0000:02:00.0: in use by dd (pid 9): /dev/nvme0n1\n"
		       "                       hint: end it\n");
}

static void without_a_name_it_is_who_was_last(void **state)
{
	_cleanup_(lend_story_clear) struct lend_story story = { .domain = "" };

	(void)state;
	read_all(&story);
	assert_string_equal(story.domain, "win11");
	assert_int_equal(story.count, 3);
}

static void each_step_has_its_times(void **state)
{
	_cleanup_(lend_story_clear) struct lend_story story = { .domain = "win11" };

	(void)state;
	read_all(&story);
	assert_printed(lend_story_print_times, &story,
		       "STEP                     LENT     RETURNED\n"
		       "unbind                 312 ms         4 ms\n"
		       "probe                    9 ms       820 ms\n"
		       "all                    321 ms       824 ms\n");
}

static void programs_get_the_same(void **state)
{
	_cleanup_(lend_story_clear) struct lend_story story = { .domain = "win11" };
	json_t *json;
	const json_t *entry;

	(void)state;
	read_all(&story);
	json = lend_story_to_json(&story);
	assert_int_equal(json_array_size(json_object_get(json, "entries")), 3);
	entry = json_array_get(json_object_get(json, "entries"), 1);
	assert_string_equal(json_string_value(json_object_get(entry, "time")), "2023-11-14T22:15:01.000Z");
	assert_string_equal(json_string_value(json_object_get(entry, "event")), "lent");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(entry, "durations_ms"), "unbind")), 312);
	assert_int_equal(json_array_size(json_object_get(entry, "addresses")), 2);
	json_decref(json);
}

static void what_is_no_duration_is_passed_over(void **state)
{
	const char *at = "  =5 unbind probe=x a=18446744073709551616 unbind=7";
	char step[32];
	uint64_t ms;

	(void)state;
	at += strspn(at, " ");
	assert_true(lend_log_next_duration(&at, step, &ms));
	assert_string_equal(step, "unbind");
	assert_int_equal(ms, 7);
	assert_false(lend_log_next_duration(&at, step, &ms));
}

static void prometheus_reads_what_is_counted(void **state)
{
	const struct lend_loan loans[] = {
		{ .address = { 0, 1, 0, 0 }, .state = LEND_LOAN_LENT, .domain = "win \"11\"\\", .since = 1700000000 },
		{ .address = { 0, 2, 0, 0 }, .state = LEND_LOAN_UNRETURNED, .domain = "b", .since = 1700000001 },
	};
	struct lend_metrics metrics = { .loans = loans, .loan_count = 2, .damaged = 1, .has_events = true };
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(told); i++)
		assert_true(lend_metrics_take(&metrics, &told[i]));
	assert_non_null(out);
	lend_metrics_print(out, &metrics);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "\nlendpci_loans{state=\"lent\"} 1\n"));
	assert_non_null(strstr(text, "\nlendpci_unreturned_devices 1\n"));
	assert_non_null(strstr(text, "\nlendpci_damaged_entries 1\n"));
	assert_non_null(strstr(
		text,
		"\nlendpci_loan_start_time_seconds{address=\"0000:01:00.0\",domain=\"win \\\"11\\\"\\\\\"} 1700000000\n"));
	assert_non_null(strstr(text, "\nlendpci_lent_total 2\n"));
	assert_non_null(strstr(text, "\nlendpci_refusals_total{reason=\"in-use\"} 1\n"));
	assert_non_null(
		strstr(text, "\nlendpci_step_duration_seconds_sum{direction=\"lend\",step=\"unbind\"} 0.313\n"));
	assert_non_null(strstr(text, "\nlendpci_step_duration_seconds_count{direction=\"lend\",step=\"unbind\"} 2\n"));
	assert_non_null(
		strstr(text, "\nlendpci_step_duration_seconds_sum{direction=\"return\",step=\"probe\"} 0.820\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_start_and_stop_are_told_in_order),
		cmocka_unit_test(a_refusal_comes_with_what_to_do),
		cmocka_unit_test(without_a_name_it_is_who_was_last),
		cmocka_unit_test(each_step_has_its_times),
		cmocka_unit_test(programs_get_the_same),
		cmocka_unit_test(what_is_no_duration_is_passed_over),
		cmocka_unit_test(prometheus_reads_what_is_counted),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
