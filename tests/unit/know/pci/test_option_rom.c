/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read of option ROMs, whole and damaged. */
#include "lendpci/know/pci/option_rom.h"

#include <errno.h>
#include <stdlib.h>

#include "machine_fs.h"
#include "rom_bytes.h"
#include "test.h"

static struct rom_bytes bytes;
static struct lend_option_rom rom;

static void parse(void)
{
	lend_option_rom_parse(bytes.bytes, bytes.size, &rom);
}

static int begin(void **state)
{
	(void)state;
	rom_of_a_card(&bytes);
	return 0;
}

static void both_images_of_a_card_are_found(void **state)
{
	(void)state;
	parse();
	assert_int_equal(rom.flaw, LEND_ROM_WHOLE);
	assert_int_equal(rom.count, 2);
	assert_int_equal(rom.header, 0);
	assert_int_equal(rom.images[0].code, LEND_ROM_CODE_LEGACY);
	assert_int_equal(rom.images[0].size, 8 * 512);
	assert_int_equal(rom.images[0].class, 0x030000);
	assert_false(rom.images[0].is_changed);
	assert_int_equal(rom.images[1].code, LEND_ROM_CODE_EFI);
	assert_int_equal(rom.images[1].offset, 8 * 512);
	assert_int_equal(rom.images[1].machine, 0x8664);
	assert_true(lend_rom_image_is_for(&rom.images[0], 0x1234, 0x1111));
	assert_false(lend_rom_image_is_for(&rom.images[0], 0x1234, 0x1112));
	assert_false(lend_rom_image_is_for(&rom.images[0], 0x1235, 0x1111));
}

/* A ROM of AMD's serves a whole family. */
static void more_devices_are_listed(void **state)
{
	(void)state;
	bytes.bytes[ROM_DATA + 0x0c] = 3;
	rom_word(&bytes, ROM_DATA + 0x08, 0x20);
	rom_word(&bytes, ROM_DATA + 0x20, 0x2222);
	rom_word(&bytes, ROM_DATA + 0x22, 0x3333);
	rom_word(&bytes, ROM_DATA + 0x24, 0);
	parse();
	assert_int_equal(rom.images[0].device_count, 3);
	assert_true(lend_rom_image_is_for(&rom.images[0], 0x1234, 0x1111));
	assert_true(lend_rom_image_is_for(&rom.images[0], 0x1234, 0x3333));
	assert_false(lend_rom_image_is_for(&rom.images[0], 0x1234, 0x9090));
}

static void a_changed_byte_of_a_legacy_image_is_seen(void **state)
{
	(void)state;
	bytes.bytes[700] ^= 1;
	parse();
	assert_int_equal(rom.flaw, LEND_ROM_WHOLE);
	assert_true(rom.images[0].is_changed);
}

/* UEFI has checksums of its own, inside. */
static void an_efi_image_need_not_add_up(void **state)
{
	(void)state;
	bytes.bytes[8 * 512 + 700] ^= 1;
	parse();
	assert_int_equal(rom.flaw, LEND_ROM_WHOLE);
	assert_false(rom.images[1].is_changed);
}

static void a_flash_tools_header_is_passed_over(void **state)
{
	(void)state;
	memmove(bytes.bytes + 1536, bytes.bytes, bytes.size);
	memset(bytes.bytes, 'N', 1536);
	bytes.size += 1536;
	parse();
	assert_int_equal(rom.flaw, LEND_ROM_WHOLE);
	assert_int_equal(rom.header, 1536);
	assert_int_equal(rom.count, 2);
}

/* What a card has behind its last image, or a file of the size of the flash chip. */
static void what_is_behind_the_last_image_does_not_matter(void **state)
{
	(void)state;
	memset(bytes.bytes + bytes.size, 0xff, 512);
	bytes.size += 512;
	parse();
	assert_int_equal(rom.flaw, LEND_ROM_WHOLE);
	assert_int_equal(rom.count, 2);
}

static void assert_flaw(enum lend_rom_flaw flaw, size_t at)
{
	parse();
	assert_int_equal(rom.flaw, flaw);
	assert_int_equal(rom.flaw_at, at);
}

static void what_nothing_answers_is_blank(void **state)
{
	(void)state;
	memset(bytes.bytes, 0xff, bytes.size);
	assert_flaw(LEND_ROM_BLANK, 0);
	memset(bytes.bytes, 0, bytes.size);
	assert_flaw(LEND_ROM_BLANK, 0);
	bytes.size = 0;
	assert_flaw(LEND_ROM_BLANK, 0);
}

static void a_file_that_is_no_rom_is_unsigned(void **state)
{
	(void)state;
	memcpy(bytes.bytes, "\177ELF", 4);
	bytes.size = 8 * 512;
	assert_flaw(LEND_ROM_UNSIGNED, 0);
	bytes.size = 1;
	assert_flaw(LEND_ROM_UNSIGNED, 0);
}

static void a_damaged_second_image_is_told_with_its_place(void **state)
{
	(void)state;
	bytes.bytes[8 * 512] = 0;
	assert_flaw(LEND_ROM_UNSIGNED, 8 * 512);
	assert_int_equal(rom.count, 1);
}

static void a_pointer_out_of_the_file_is_no_data(void **state)
{
	(void)state;
	rom_word(&bytes, 0x18, 0xffff);
	bytes.size = 8 * 512;
	assert_flaw(LEND_ROM_NO_DATA, 0);
	rom_word(&bytes, 0x18, 0);
	assert_flaw(LEND_ROM_NO_DATA, 0);
	rom_word(&bytes, 0x18, 8 * 512 - 4);
	memcpy(bytes.bytes + 8 * 512 - 4, "PCIR", 4);
	assert_flaw(LEND_ROM_NO_DATA, 0);
}

static void a_cut_file_is_short_or_unfinished(void **state)
{
	(void)state;
	bytes.size = 9 * 512;
	assert_flaw(LEND_ROM_SHORT, 8 * 512);
	bytes.size = 8 * 512;
	assert_flaw(LEND_ROM_UNFINISHED, 8 * 512);
	bytes.size = 4 * 512;
	assert_flaw(LEND_ROM_SHORT, 0);
	assert_true(rom.images[0].is_changed);
}

static void an_image_without_length_does_not_go_on_for_ever(void **state)
{
	(void)state;
	rom_word(&bytes, ROM_DATA + 0x10, 0);
	assert_flaw(LEND_ROM_ENDLESS, 0);
}

static void more_images_than_any_card_has_are_not_read(void **state)
{
	(void)state;
	bytes = (struct rom_bytes){ 0 };
	for (int i = 0; i < 12; i++)
		(void)rom_append(&bytes, 0, 1, 0x1234, 0x1111, false);
	assert_flaw(LEND_ROM_ENDLESS, 8 * 512);
	assert_int_equal(rom.count, LEND_OPTION_ROM_IMAGES_MAX);
}

/* Every byte of a small one is turned into every other: whatever is read, it ends, and stays inside. */
static void no_byte_breaks_the_reader(void **state)
{
	(void)state;
	bytes = (struct rom_bytes){ 0 };
	(void)rom_append(&bytes, 0, 1, 0x1234, 0x1111, true);
	bytes.bytes[ROM_DATA + 0x0c] = 3;
	for (size_t at = 0; at < 0x40; at++) {
		const uint8_t was = bytes.bytes[at];

		for (unsigned value = 0; value < 256; value++) {
			/* A copy of the right size, so that the sanitizer sees a read behind it. */
			uint8_t *copy = malloc(bytes.size);

			assert_non_null(copy);
			bytes.bytes[at] = (uint8_t)value;
			memcpy(copy, bytes.bytes, bytes.size);
			lend_option_rom_parse(copy, bytes.size, &rom);
			assert_true(rom.count <= LEND_OPTION_ROM_IMAGES_MAX);
			free(copy);
		}
		bytes.bytes[at] = was;
	}
}

static void a_roms_size_is_that_of_its_bar(void **state)
{
	struct machine_fs machine = machine_fs_new("gtx-1080");
	bool is_shadow = true;
	size_t size = 0;

	(void)state;
	assert_done(lend_option_rom_find(machine.fs, at("01:00.0"), &size, &is_shadow, error));
	assert_int_equal(size, 512 * 1024);
	assert_false(is_shadow);
	assert_refused(lend_option_rom_find(machine.fs, at("01:00.1"), &size, &is_shadow, error), -ENOENT,
		       "0000:01:00.1: it has no option ROM");
	machine_fs_free(&machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(both_images_of_a_card_are_found, begin),
		cmocka_unit_test_setup(more_devices_are_listed, begin),
		cmocka_unit_test_setup(a_changed_byte_of_a_legacy_image_is_seen, begin),
		cmocka_unit_test_setup(an_efi_image_need_not_add_up, begin),
		cmocka_unit_test_setup(a_flash_tools_header_is_passed_over, begin),
		cmocka_unit_test_setup(what_is_behind_the_last_image_does_not_matter, begin),
		cmocka_unit_test_setup(what_nothing_answers_is_blank, begin),
		cmocka_unit_test_setup(a_file_that_is_no_rom_is_unsigned, begin),
		cmocka_unit_test_setup(a_damaged_second_image_is_told_with_its_place, begin),
		cmocka_unit_test_setup(a_pointer_out_of_the_file_is_no_data, begin),
		cmocka_unit_test_setup(a_cut_file_is_short_or_unfinished, begin),
		cmocka_unit_test_setup(an_image_without_length_does_not_go_on_for_ever, begin),
		cmocka_unit_test_setup(more_images_than_any_card_has_are_not_read, begin),
		cmocka_unit_test_setup(no_byte_breaks_the_reader, begin),
		cmocka_unit_test(a_roms_size_is_that_of_its_bar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
