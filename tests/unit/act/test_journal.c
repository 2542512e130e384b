/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <errno.h>
#include <stdio.h>

#include "lendpci/act/lock.h"
#include "lendpci/base/fs.h"
#include "loan_story.h"

#define ENTRY "run/lendpci/loans/" GPU ".json"

static struct lend_loan sample(void)
{
	return (struct lend_loan){
		.address = story_address(GPU),
		.state = LEND_LOAN_UNRETURNED,
		.uuid = UUID,
		.domain = "win\"11\"\xc3\xa4",
		.since = 1700000000,
		.started = true,
		.daemon = { 500, 5000 },
		.vendor = 0x10de,
		.device = 0x2684,
		.before = { "nouveau", "" },
		.module = "nouveau",
		.power = { "auto", "1" },
		.reset = { "flr bus" },
		.console = { "(M) frame buffer device" },
		.units = "display-manager.service",
		.hanging = { 900, 9000 },
		.why = "it hurts",
	};
}

static void what_is_written_is_read_again(void **state)
{
	struct story *story = *state;
	struct lend_loan written = sample(), read;

	memset(&read, 0, sizeof(read));
	assert_done(lend_journal_prepare(story->context.fs, error));
	assert_done(lend_journal_write(story->context.fs, &written, error));
	assert_done(lend_journal_read(story->context.fs, written.address, &read, error));
	assert_int_equal(read.state, LEND_LOAN_UNRETURNED);
	assert_string_equal(read.uuid, written.uuid);
	assert_string_equal(read.domain, written.domain);
	assert_int_equal(read.since, written.since);
	assert_true(read.started);
	assert_int_equal(read.daemon.starttime, 5000);
	assert_int_equal(read.hanging.pid, 900);
	assert_int_equal(read.device, 0x2684);
	assert_string_equal(read.before.driver, "nouveau");
	assert_string_equal(read.before.driver_override, "");
	assert_string_equal(read.power.control, "auto");
	assert_string_equal(read.reset.text, "flr bus");
	assert_string_equal(read.console.name, "(M) frame buffer device");
	assert_string_equal(read.units, "display-manager.service");
	assert_string_equal(read.why, "it hurts");
}

/* The hook obeys the journal as root: half a file, another version or a path for a driver must not be obeyed. */
static void what_is_not_exactly_an_entry_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
	} damages[] = {
		{ "\"version\": 1", "\"version\": 2" },
		{ "\"unreturned\"", "\"gone\"" },
		{ "\"" GPU "\"", "\"" AUDIO "\"" },
		{ "\"driver\": \"nouveau\"", "\"driver\": \"../../../etc\"" },
		{ "\"driver\": \"nouveau\"", "\"driver\": 7" },
		{ "\"consoles\": \"", "\"consoles\": 7, \"\": \"" },
		{ "\"started\": true,", "" },
	};
	struct story *story = *state;
	struct lend_loan written = sample(), read;
	char good[4096], bad[4096];

	assert_done(lend_journal_prepare(story->context.fs, error));
	assert_done(lend_journal_write(story->context.fs, &written, error));
	assert_done(lend_fs_read(story->context.fs, ENTRY, good, sizeof(good), error));
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const char *at = strstr(good, damages[i].from);

		assert_non_null(at);
		(void)snprintf(bad, sizeof(bad), "%.*s%s%s", (int)(at - good), good, damages[i].to,
			       at + strlen(damages[i].from));
		fake_attribute(story->kernel, ENTRY, bad);
		assert_refused(lend_journal_read(story->context.fs, written.address, &read, error), -EBADMSG,
			       GPU ": its journal entry /" ENTRY " is damaged or of another version");
	}
	for (size_t length = 0; length < strlen(good); length++) {
		(void)snprintf(bad, sizeof(bad), "%.*s", (int)length, good);
		fake_attribute(story->kernel, ENTRY, bad);
		assert_int_equal(lend_journal_read(story->context.fs, written.address, &read, NULL), -EBADMSG);
	}
}

/* lendpci was upgraded while a VM runs. */
static void an_entry_from_before_consoles_were_recorded_is_obeyed(void **state)
{
	static const char recorded[] = ",\n    \"consoles\": \"(M) frame buffer device\"";
	struct story *story = *state;
	struct lend_loan written = sample(), read;
	char entry[4096], *at;

	assert_done(lend_journal_prepare(story->context.fs, error));
	assert_done(lend_journal_write(story->context.fs, &written, error));
	assert_done(lend_fs_read(story->context.fs, ENTRY, entry, sizeof(entry), error));
	at = strstr(entry, recorded);
	assert_non_null(at);
	memmove(at, at + strlen(recorded), strlen(at + strlen(recorded)) + 1);
	fake_attribute(story->kernel, ENTRY, entry);
	assert_done(lend_journal_read(story->context.fs, written.address, &read, error));
	assert_string_equal(read.console.name, "");
	assert_string_equal(read.units, "display-manager.service");
}

static void foreign_files_and_a_killed_writers_rest_are_no_loans(void **state)
{
	struct story *story = *state;
	struct lend_loan written = sample();
	struct lend_addresses listed = { 0 };

	assert_done(lend_journal_list(story->context.fs, &listed, error));
	assert_int_equal(listed.count, 0);
	assert_done(lend_journal_prepare(story->context.fs, error));
	assert_done(lend_journal_write(story->context.fs, &written, error));
	fake_attribute(story->kernel, "run/lendpci/loans/." GPU ".json.new", "{");
	fake_attribute(story->kernel, "run/lendpci/loans/README", "hello");
	assert_done(lend_journal_list(story->context.fs, &listed, error));
	assert_int_equal(listed.count, 1);
	lend_addresses_clear(&listed);

	assert_done(lend_journal_sweep(story->context.fs, error));
	assert_string_equal(fake_read(story->kernel, "run/lendpci/loans/." GPU ".json.new"), "(absent)");
	assert_string_equal(fake_read(story->kernel, "run/lendpci/loans/README"), "hello");
	assert_string_equal(story_loan_state(story, GPU), "unreturned");
}

static void what_a_writer_at_work_writes_is_not_swept_away(void **state)
{
	struct story *story = *state;
	struct lend_locks locks = { 0 };

	assert_done(lend_journal_prepare(story->context.fs, error));
	fake_attribute(story->kernel, "run/lendpci/loans/." GPU ".json.new", "{");
	assert_done(lend_lock_function(story->context.fs, story_address(GPU), 0, &locks, error));
	assert_done(lend_journal_sweep(story->context.fs, error));
	assert_string_equal(fake_read(story->kernel, "run/lendpci/loans/." GPU ".json.new"), "{");
	lend_locks_release(&locks);
}

static void a_function_that_is_not_on_loan_has_no_entry(void **state)
{
	struct story *story = *state;
	struct lend_loan read;

	assert_refused(lend_journal_read(story->context.fs, story_address(GPU), &read, error), -ENOENT, "");
	assert_done(lend_journal_prepare(story->context.fs, error));
	assert_done(lend_journal_remove(story->context.fs, story_address(GPU), error));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_read_again),
		TEST(what_is_not_exactly_an_entry_is_refused),
		TEST(an_entry_from_before_consoles_were_recorded_is_obeyed),
		TEST(foreign_files_and_a_killed_writers_rest_are_no_loans),
		TEST(what_a_writer_at_work_writes_is_not_swept_away),
		TEST(a_function_that_is_not_on_loan_has_no_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
