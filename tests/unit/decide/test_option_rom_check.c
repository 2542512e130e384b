/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of an option ROM. */
#include "lendpci/decide/option_rom_check.h"

#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/option_rom.h"
#include "rom_bytes.h"
#include "test.h"

static const struct lend_function gpu = { .address = { .bus = 1 }, .vendor = 0x1234, .device = 0x1111 };
static struct rom_bytes bytes;
static struct lend_rom_findings findings;

static void check(const struct lend_function *function, bool is_shadow)
{
	struct lend_option_rom rom;

	lend_option_rom_parse(bytes.bytes, bytes.size, &rom);
	lend_option_rom_check(&rom, function, is_shadow, &findings);
}

/* The first finding, which is the only one that matters here. */
static void assert_first(const char *code, enum lend_severity severity, const char *text)
{
	assert_true(findings.count > 0);
	assert_string_equal(findings.items[0].code, code);
	assert_string_equal(findings.items[0].text, text);
	assert_int_equal(findings.items[0].severity, severity);
	assert_int_equal(findings.has_error, severity == LEND_SEVERITY_ERROR);
}

static int begin(void **state)
{
	(void)state;
	rom_of_a_card(&bytes);
	return 0;
}

static void a_whole_rom_of_this_card_is_fine(void **state)
{
	(void)state;
	check(&gpu, false);
	assert_int_equal(findings.count, 0);
	assert_false(findings.has_error);
}

static void a_shadow_whose_bytes_have_changed_is_an_error(void **state)
{
	(void)state;
	bytes.bytes[700] ^= 1;
	check(&gpu, true);
	assert_first(
		"checksum", LEND_SEVERITY_ERROR,
		"the checksum of its legacy BIOS image at offset 0x0 is wrong: it is damaged, or a shadowed copy that the running card has changed");
	assert_string_equal(findings.items[0].hint,
			    "read it while the card is not the host's first screen, or take it from its vendor");
	assert_int_equal(findings.count, 1);
}

static void a_shadow_that_adds_up_is_still_told(void **state)
{
	(void)state;
	check(&gpu, true);
	assert_first(
		"shadowed", LEND_SEVERITY_WARNING,
		"it is the copy that the host's BIOS keeps for its screen (shadowed), which may lack parts of the card's own ROM");
}

static void another_devices_rom_is_told_with_both_ids(void **state)
{
	const struct lend_function other = { .vendor = 0x10de, .device = 0x2684 };

	(void)state;
	check(&other, false);
	assert_first(
		"other-device", LEND_SEVERITY_WARNING,
		"it is for 1234:1111, and the device is 10de:2684: firmware runs a ROM only for the device that it names");
	check(NULL, false);
	assert_int_equal(findings.count, 0);
}

static void a_flash_tools_header_is_told_with_the_command_that_cuts_it_off(void **state)
{
	(void)state;
	memmove(bytes.bytes + 1536, bytes.bytes, bytes.size);
	memset(bytes.bytes, 'N', 1536);
	bytes.size += 1536;
	check(&gpu, false);
	assert_first(
		"header", LEND_SEVERITY_ERROR,
		"a flash tool's header of 1536 bytes is before the ROM, and a guest's firmware looks at the beginning");
	assert_string_equal(findings.items[0].hint, "cut it off: 'tail -c +1537 FILE > NEWFILE'");
}

static void a_cut_file_is_told_with_how_much_is_there(void **state)
{
	(void)state;
	bytes.size = 9 * 512;
	check(&gpu, false);
	assert_first("truncated", LEND_SEVERITY_ERROR,
		     "it is cut off: the image at offset 0x1000 has 8192 bytes, and 512 are there");
	bytes.size = 8 * 512;
	check(&gpu, false);
	assert_first("truncated", LEND_SEVERITY_ERROR,
		     "it is cut off: its last image says that another one follows at offset 0x1000");
}

static void what_is_no_rom_is_told(void **state)
{
	(void)state;
	bytes.bytes[0] = 0;
	bytes.size = 8 * 512;
	check(&gpu, false);
	assert_first("damaged", LEND_SEVERITY_ERROR,
		     "it is no option ROM: there is no signature (55 aa) at offset 0x0, where an image has to begin");
	memset(bytes.bytes, 0xff, bytes.size);
	check(&gpu, false);
	assert_first("blank", LEND_SEVERITY_ERROR, "it is blank, as what is read where no ROM answers");
}

static void which_firmware_passes_it_over_is_told(void **state)
{
	(void)state;
	bytes = (struct rom_bytes){ 0 };
	(void)rom_append(&bytes, 0, 8, 0x1234, 0x1111, true);
	check(&gpu, false);
	assert_first("legacy-only", LEND_SEVERITY_INFO,
		     "it has no EFI image: OVMF does not run it, and the device waits for the guest's driver");
	bytes = (struct rom_bytes){ 0 };
	(void)rom_append(&bytes, 3, 8, 0x1234, 0x1111, true);
	check(&gpu, false);
	assert_first(
		"efi-only", LEND_SEVERITY_INFO,
		"it has no legacy BIOS image: SeaBIOS does not run it, and the device waits for the guest's driver");
	rom_word(&bytes, 0x0a, 0xaa64);
	check(&gpu, false);
	assert_first("no-x86-64", LEND_SEVERITY_WARNING,
		     "its EFI image is for another CPU (0xaa64) than x86-64, so OVMF does not run it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_whole_rom_of_this_card_is_fine, begin),
		cmocka_unit_test_setup(a_shadow_whose_bytes_have_changed_is_an_error, begin),
		cmocka_unit_test_setup(a_shadow_that_adds_up_is_still_told, begin),
		cmocka_unit_test_setup(another_devices_rom_is_told_with_both_ids, begin),
		cmocka_unit_test_setup(a_flash_tools_header_is_told_with_the_command_that_cuts_it_off, begin),
		cmocka_unit_test_setup(a_cut_file_is_told_with_how_much_is_there, begin),
		cmocka_unit_test_setup(what_is_no_rom_is_told, begin),
		cmocka_unit_test_setup(which_firmware_passes_it_over_is_told, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
