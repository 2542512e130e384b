/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lendpci/act/lock.h"
#include "lendpci/act/restore_guard.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/fs.h"
#include "loan_story.h"

#define ENTRY "run/lendpci/loans/" GPU ".json"

static struct lend_loan sample(void)
{
	return (struct lend_loan){
		.id = { UUID },
		.address = story_address(GPU),
		.state = LEND_LOAN_UNRETURNED,
		.uuid = UUID,
		.domain = "win\"11\"\xc3\xa4",
		.since = 1700000000,
		.started = true,
		.daemon = { 500, 5000 },
		.vendor = 0x10de,
		.device = 0x2684,
		.host_driver = "nouveau",
		.hanging = { 900, 9000 },
		.why = "it hurts",
	};
}

static void write_sample(struct story *story)
{
	const struct lend_loan loan = sample();
	struct lend_records records = { 0 };

	assert_done(lend_journal_prepare(story->context.fs, error));
	assert_int_equal(lend_records_add(&records, "power", true, 12, json_pack("{s:s}", "control", "auto")), 0);
	assert_int_equal(lend_records_add(&records, "unbind", false, 0, json_pack("{s:s}", "driver", "nouveau")), 0);
	assert_done(lend_journal_write(story->context.fs, &loan, &records, error));
	lend_records_clear(&records);
}

static void what_is_written_is_read_again(void **state)
{
	struct story *story = *state;
	struct lend_loan written = sample(), read;
	struct lend_records records = { 0 };

	memset(&read, 0, sizeof(read));
	write_sample(story);
	assert_done(lend_journal_read(story->context.fs, written.address, &read, &records, error));
	assert_int_equal(read.state, LEND_LOAN_UNRETURNED);
	assert_false(read.is_shared);
	assert_string_equal(read.id.text, UUID);
	assert_string_equal(read.uuid, written.uuid);
	assert_string_equal(read.domain, written.domain);
	assert_int_equal(read.since, written.since);
	assert_true(read.started);
	assert_int_equal(read.daemon.starttime, 5000);
	assert_int_equal(read.hanging.pid, 900);
	assert_int_equal(read.device, 0x2684);
	assert_string_equal(read.host_driver, "nouveau");
	assert_string_equal(read.why, "it hurts");
	assert_int_equal(records.count, 2);
	assert_string_equal(records.items[0].step, "power");
	assert_true(records.items[0].done);
	assert_int_equal(records.items[0].ms, 12);
	assert_false(records.items[1].done);
	lend_records_clear(&records);
	assert_string_equal(story_record(story, GPU, "unbind"), "{\"driver\": \"nouveau\"}");
}

/* The hook obeys the journal as root: half an entry, or one for another function, must not be obeyed. */
static void what_is_not_exactly_an_entry_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
	} damages[] = {
		{ "\"version\": 2", "\"version\": 0" },     { "\"version\": 2", "\"version\": \"2\"" },
		{ "\"version\": 2", "\"version\": 1" },     { "\"unreturned\"", "\"gone\"" },
		{ "\"" GPU "\"", "\"" AUDIO "\"" },         { "\"host_driver\": \"nouveau\"", "\"host_driver\": 7" },
		{ "\"loan\": \"1111", "\"loan\": \"../1" }, { "\"done\": true,", "" },
		{ "\"name\": \"power\"", "\"name\": 7" },   { "\"started\": true,", "" },
	};
	struct story *story = *state;
	struct lend_loan written = sample(), read;
	char good[4096], bad[4096];

	write_sample(story);
	assert_done(lend_fs_read(story->context.fs, ENTRY, good, sizeof(good), error));
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const char *at = strstr(good, damages[i].from);

		assert_non_null(at);
		(void)snprintf(bad, sizeof(bad), "%.*s%s%s", (int)(at - good), good, damages[i].to,
			       at + strlen(damages[i].from));
		fake_attribute(story->kernel, ENTRY, bad);
		assert_refused(lend_journal_read(story->context.fs, written.address, &read, NULL, error), -EBADMSG,
			       GPU ": its journal entry /" ENTRY " is damaged");
	}
	for (size_t length = 0; length < strlen(good); length++) {
		(void)snprintf(bad, sizeof(bad), "%.*s", (int)length, good);
		fake_attribute(story->kernel, ENTRY, bad);
		assert_int_equal(lend_journal_read(story->context.fs, written.address, &read, NULL, NULL), -EBADMSG);
	}
}

/* lendpci was downgraded and upgraded again while a VM runs. */
static void what_this_version_does_not_know_survives_a_write(void **state)
{
	struct story *story = *state;
	struct lend_loan loan = sample();
	char text[4096], more[4200];

	write_sample(story);
	assert_done(lend_fs_read(story->context.fs, ENTRY, text, sizeof(text), error));
	(void)snprintf(more, sizeof(more), "{\"future\": {\"x\": 1}, %s", strchr(text, '{') + 1);
	fake_attribute(story->kernel, ENTRY, more);
	loan.started = false;
	assert_done(lend_journal_write(story->context.fs, &loan, NULL, error));
	assert_done(lend_fs_read(story->context.fs, ENTRY, text, sizeof(text), error));
	assert_non_null(strstr(text, "\"future\""));
	assert_string_equal(story_record(story, GPU, "unbind"), "{\"driver\": \"nouveau\"}");
}

static void an_entry_of_a_newer_lendpci_is_left_alone_and_told(void **state)
{
	struct story *story = *state;
	struct lend_loan read;

	assert_done(lend_journal_prepare(story->context.fs, error));
	fake_attribute(story->kernel, ENTRY, "{\"version\": 3, \"anything\": []}");
	assert_refused(lend_journal_read(story->context.fs, story_address(GPU), &read, NULL, error), -EPROTONOSUPPORT,
		       GPU ": its journal entry /" ENTRY " was written by a newer lendpci");
	assert_refused(story_return(story, GPU, error), -EPROTONOSUPPORT,
		       GPU ": its journal entry /" ENTRY " was written by a newer lendpci");
	assert_string_equal(fake_read(story->kernel, ENTRY), "{\"version\": 3, \"anything\": []}");
}

static void foreign_files_and_a_killed_writers_rest_are_no_loans(void **state)
{
	struct story *story = *state;
	struct lend_addresses listed = { 0 };

	assert_done(lend_journal_list(story->context.fs, &listed, error));
	assert_int_equal(listed.count, 0);
	write_sample(story);
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

/* There is one for each domain that was ever started with a device, and they are gone but for those that are taken. */
static void locks_that_nobody_has_and_rests_of_every_kind_are_swept_away(void **state)
{
	struct story *story = *state;
	struct lend_locks locks = { 0 };

	assert_done(lend_journal_prepare(story->context.fs, error));
	fake_attribute(story->kernel, "run/lendpci/locks/" UUID, "812            ");
	fake_attribute(story->kernel, "run/lendpci/loans/." UUID ".json.new", "{");
	fake_attribute(story->kernel, "run/lendpci/loans/.hand-" GPU ".json.new", "{");
	assert_done(lend_journal_sweep(story->context.fs, error));
	assert_string_equal(fake_read(story->kernel, "run/lendpci/loans/." UUID ".json.new"), "(absent)");
	assert_string_equal(fake_read(story->kernel, "run/lendpci/loans/.hand-" GPU ".json.new"), "(absent)");

	assert_done(lend_lock_function(story->context.fs, story_address(GPU), 0, &locks, error));
	assert_done(lend_locks_sweep(story->context.fs, error));
	assert_string_equal(fake_read(story->kernel, "run/lendpci/locks/" UUID), "(absent)");
	assert_string_not_equal(fake_read(story->kernel, "run/lendpci/locks/" GPU), "(absent)");
	lend_locks_release(&locks);
	assert_done(lend_locks_sweep(story->context.fs, error));
	assert_string_equal(fake_read(story->kernel, "run/lendpci/locks/" GPU), "(absent)");
}

/* Who waited for a lock whose file was swept away meanwhile would share it with the next one that makes a file. */
static void a_lock_without_its_file_is_none(void **state)
{
	struct story *story = *state;
	struct lend_locks first = { 0 }, second = { 0 };
	pid_t child;
	int status;

	assert_done(lend_journal_prepare(story->context.fs, error));
	assert_done(lend_lock_function(story->context.fs, story_address(GPU), 0, &first, error));
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		lend_locks_release(&first);
		_exit(lend_lock_function(story->context.fs, story_address(GPU), 5000, &second, NULL) == 0 &&
				      lend_fs_exists(story->context.fs, "run/lendpci/locks/" GPU)
			      ? 0
			      : 1);
	}
	lend_pause_ms(100);
	assert_done(lend_fs_remove(story->context.fs, "run/lendpci/locks/" GPU, error));
	lend_locks_release(&first);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* A restore that failed in libvirt never comes to its start. */
static void notes_of_restores_that_never_came_are_swept_away(void **state)
{
	struct story *story = *state;
	const struct timespec old[] = { { .tv_sec = 1700000000 }, { .tv_sec = 1700000000 } };
	const struct lend_process daemon = { 500, 5000 };

	assert_done(lend_restore_guard_sweep(story->context.fs, error));
	assert_done(lend_restore_guard_note(story->context.fs, UUID, daemon, error));
	fake_attribute(story->kernel, "run/lendpci/restoring/.other.new", "5");
	assert_int_equal(utimensat(lend_fs_root(story->context.fs), "run/lendpci/restoring/.other.new", old, 0), 0);
	assert_done(lend_restore_guard_sweep(story->context.fs, error));
	assert_string_equal(fake_read(story->kernel, "run/lendpci/restoring/.other.new"), "(absent)");
	assert_true(lend_restore_guard_is_noted(story->context.fs, UUID, strlen(UUID)));
	assert_int_equal(utimensat(lend_fs_root(story->context.fs), "run/lendpci/restoring/" UUID, old, 0), 0);
	assert_done(lend_restore_guard_sweep(story->context.fs, error));
	assert_false(lend_restore_guard_is_noted(story->context.fs, UUID, strlen(UUID)));
}

static void a_function_that_is_not_on_loan_has_no_entry(void **state)
{
	struct story *story = *state;
	struct lend_loan read, loan = sample();

	assert_refused(lend_journal_read(story->context.fs, story_address(GPU), &read, NULL, error), -ENOENT, "");
	assert_done(lend_journal_prepare(story->context.fs, error));
	assert_done(lend_journal_remove(story->context.fs, &loan, error));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_read_again),
		TEST(what_is_not_exactly_an_entry_is_refused),
		TEST(what_this_version_does_not_know_survives_a_write),
		TEST(an_entry_of_a_newer_lendpci_is_left_alone_and_told),
		TEST(foreign_files_and_a_killed_writers_rest_are_no_loans),
		TEST(what_a_writer_at_work_writes_is_not_swept_away),
		TEST(locks_that_nobody_has_and_rests_of_every_kind_are_swept_away),
		TEST(a_lock_without_its_file_is_none),
		TEST(notes_of_restores_that_never_came_are_swept_away),
		TEST(a_function_that_is_not_on_loan_has_no_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
