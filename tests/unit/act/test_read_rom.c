/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading an option ROM out of a card, and leaving the card as it was. */
#include "lendpci/act/read_rom.h"

#include <errno.h>
#include <stdlib.h>

#include "lendpci/act/journal.h"
#include "lendpci/act/lock.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/know/pci/option_rom.h"
#include "loan_story.h"
#include "rom_bytes.h"
#include "test.h"

#define DEVICE "sys/bus/pci/devices/" GPU

static struct rom_bytes bytes;

static int begin(void **state)
{
	struct story *story;

	(void)story_begin(state);
	story = *state;
	rom_of_a_card(&bytes);
	fake_rom(story->kernel, GPU, 0xdf000000, bytes.bytes, bytes.size);
	return 0;
}

static void the_cards_bytes_come_out_and_it_is_as_before(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *before = fake_dump(story->kernel), *after = NULL;
	_cleanup_free_ uint8_t *rom = NULL;
	size_t size = 0;

	assert_done(lend_rom_read(&story->context, story_address(GPU), &rom, &size, error));
	assert_int_equal(size, bytes.size);
	assert_memory_equal(rom, bytes.bytes, size);
	after = fake_dump(story->kernel);
	assert_string_equal(after, before);
}

/* Such as after a boot without its driver: its memory does not decode. */
static void a_card_without_a_driver_is_switched_on_for_it(void **state)
{
	struct story *story = *state;
	_cleanup_free_ uint8_t *rom = NULL;
	size_t size = 0;

	fake_remove(story->kernel, DEVICE "/driver");
	fake_attribute(story->kernel, DEVICE "/enable", "0\n");
	fake_fault_at(story->kernel, 0, FAKE_FAULT_NONE, 0);
	assert_done(lend_rom_read(&story->context, story_address(GPU), &rom, &size, error));
	/* power, enable, the ROM, each there and back */
	assert_int_equal(fake_changes(story->kernel), 6);
	assert_string_equal(fake_read(story->kernel, DEVICE "/enable"), "0");
	assert_string_equal(fake_read(story->kernel, DEVICE "/power/control"), "auto");
}

static void the_card_is_as_before_whatever_fails(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *before = fake_dump(story->kernel);

	for (unsigned nth = 1; nth <= 2; nth++) {
		_cleanup_free_ char *after = NULL;
		uint8_t *rom = NULL;
		size_t size;

		fake_fault_at(story->kernel, nth, FAKE_FAULT_FAIL, 0);
		assert_true(lend_rom_read(&story->context, story_address(GPU), &rom, &size, NULL) < 0);
		assert_null(rom);
		fake_fault_at(story->kernel, 0, FAKE_FAULT_NONE, 0);
		after = fake_dump(story->kernel);
		assert_string_equal(after, before);
	}
}

static void a_card_that_does_not_answer_is_given_up(void **state)
{
	struct story *story = *state;
	struct lend_error error = { 0 };
	uint8_t *rom = NULL;
	size_t size;

	story->settings.unbind_deadline_ms = 50;
	fake_attribute_hangs(story->kernel, DEVICE "/rom", true);
	assert_int_equal(lend_rom_read(&story->context, story_address(GPU), &rom, &size, &error), -ETIMEDOUT);
	assert_non_null(strstr(error.text, GPU ": reading its option ROM did not end within 0.05 s"));
}

static void nothing_is_read_from_a_card_on_loan(void **state)
{
	struct story *story = *state;
	uint8_t *rom = NULL;
	size_t size;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_refused(lend_rom_read(&story->context, story_address(GPU), &rom, &size, error), -EBUSY,
		       GPU ": it is on loan, and its ROM is not read under a VM's hands");
}

static void nothing_is_read_while_a_vm_is_starting_with_it(void **state)
{
	_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
	struct story *story = *state;
	uint8_t *rom = NULL;
	size_t size;

	assert_done(lend_journal_prepare(story->context.fs, error));
	assert_done(lend_lock_function(story->context.fs, story_address(GPU), 0, &locks, error));
	assert_int_equal(lend_rom_read(&story->context, story_address(GPU), &rom, &size, NULL), -EBUSY);
	assert_null(rom);
}

static void a_function_without_a_rom_is_told(void **state)
{
	struct story *story = *state;
	uint8_t *rom = NULL;
	size_t size;

	fake_rom(story->kernel, AUDIO, 0, bytes.bytes, 0);
	fake_attribute(story->kernel, "sys/bus/pci/devices/" AUDIO "/resource", "");
	assert_refused(lend_rom_read(&story->context, story_address(AUDIO), &rom, &size, error), -ENOENT,
		       AUDIO ": it has no option ROM");
}

static void the_bioss_copy_is_known_by_its_place(void **state)
{
	struct story *story = *state;
	bool is_shadow = false;
	size_t size;

	fake_rom(story->kernel, GPU, 0xc0000, bytes.bytes, bytes.size);
	assert_done(lend_option_rom_find(story->context.fs, story_address(GPU), &size, &is_shadow, error));
	assert_true(is_shadow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_cards_bytes_come_out_and_it_is_as_before, begin, story_end),
		cmocka_unit_test_setup_teardown(a_card_without_a_driver_is_switched_on_for_it, begin, story_end),
		cmocka_unit_test_setup_teardown(the_card_is_as_before_whatever_fails, begin, story_end),
		cmocka_unit_test_setup_teardown(a_card_that_does_not_answer_is_given_up, begin, story_end),
		cmocka_unit_test_setup_teardown(nothing_is_read_from_a_card_on_loan, begin, story_end),
		cmocka_unit_test_setup_teardown(nothing_is_read_while_a_vm_is_starting_with_it, begin, story_end),
		cmocka_unit_test_setup_teardown(a_function_without_a_rom_is_told, begin, story_end),
		cmocka_unit_test_setup_teardown(the_bioss_copy_is_known_by_its_place, begin, story_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
