/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option ROM that a guest gets: written where asked for, and nowhere else. */
#include <errno.h>

#include "edit_text.h"
#include "test.h"

#define HOSTDEV "<alias name='ua-lendpci-0000-01-00-0'/>\n"
#define ROM "      <rom file='/roms/card.rom'/>\n"

static char path[] = "/roms/card.rom", none[] = "";

static struct lend_policy_device with_rom(char *rom, enum lend_rom_bar bar)
{
	struct lend_policy_device device = card_0;

	device.rom = rom;
	device.rom_bar = bar;
	return device;
}

static char *injected_one(const char *xml, char *rom, enum lend_rom_bar bar)
{
	const struct lend_policy_device device = with_rom(rom, bar);

	return injected(xml, &device, 1, 0);
}

static void a_rom_is_written_before_the_address_as_libvirt_prints_it(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *after = injected_one(before, path, LEND_ROM_BAR_KEPT);
	_cleanup_free_ char *gone = withdrawn(after, NULL, 0);

	(void)state;
	assert_has(after, HOSTDEV ROM "      <address type='pci'");
	assert_has(after, " rom=\"/roms/card.rom\"/>");
	assert_string_equal(gone, before);
}

static void a_rom_bar_is_switched_off_and_on_again(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *off = injected_one(before, NULL, LEND_ROM_BAR_OFF);
	_cleanup_free_ char *on = injected_one(off, NULL, LEND_ROM_BAR_ON), *plain = NULL;

	(void)state;
	plain = injected_one(before, NULL, LEND_ROM_BAR_KEPT);
	assert_has(off, HOSTDEV "      <rom bar='off'/>\n");
	assert_has(off, " rom-bar=\"off\"/>");
	assert_string_equal(on, plain);
}

static void assigning_again_without_a_word_keeps_the_rom(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *first = injected_one(before, path, LEND_ROM_BAR_KEPT);
	_cleanup_free_ char *again = injected_one(first, NULL, LEND_ROM_BAR_KEPT);

	(void)state;
	assert_string_equal(again, first);
}

static void a_rom_that_somebody_took_out_comes_back(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *first = injected_one(before, path, LEND_ROM_BAR_KEPT);
	_cleanup_free_ char *damaged = strdup(first), *repaired = NULL;
	char *at = strstr(damaged, ROM);

	(void)state;
	assert_non_null(at);
	memmove(at, at + strlen(ROM), strlen(at + strlen(ROM)) + 1);
	repaired = injected(damaged, NULL, 0, 0);
	assert_string_equal(repaired, first);
}

static void a_rom_ends_with_none(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *first = injected_one(before, path, LEND_ROM_BAR_KEPT);
	_cleanup_free_ char *ended = injected_one(first, none, LEND_ROM_BAR_KEPT), *plain = NULL;

	(void)state;
	plain = injected_one(before, NULL, LEND_ROM_BAR_KEPT);
	assert_string_equal(ended, plain);
}

/* Written into our hostdev by hand, where the policy says nothing of it. */
static void a_rom_that_somebody_wrote_stays(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *first = injected_one(before, path, LEND_ROM_BAR_KEPT);
	_cleanup_free_ char *by_hand = strdup(first), *after = NULL;
	char *at = strstr(by_hand, " rom=\"/roms/card.rom\"");

	(void)state;
	assert_non_null(at);
	memmove(at, at + strlen(" rom=\"/roms/card.rom\""), strlen(at + strlen(" rom=\"/roms/card.rom\"")) + 1);
	after = injected_one(by_hand, NULL, LEND_ROM_BAR_KEPT);
	assert_has(after, HOSTDEV ROM);
}

static void a_hostdev_that_somebody_wrote_gets_none(void **state)
{
	const struct lend_policy_device device = with_rom(path, LEND_ROM_BAR_KEPT);
	const struct lend_edit_request request = { .devices = &device, .count = 1 };
	_cleanup_free_ char *before = domain_text("virt-manager");
	char *text = NULL;

	(void)state;
	assert_refused(lend_edit_inject(before, strlen(before), &request, templates, &text, &report, error), -EEXIST,
		       "0000:01:00.0: somebody wrote its hostdev, and lendpci does not change the ROM of such a one");
}

static void a_policy_with_a_strange_rom_is_refused(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *first = injected_one(before, path, LEND_ROM_BAR_OFF);
	const struct lend_edit_request request = { 0 };
	struct lend_error failure = { 0 };
	char *text = NULL, *at;

	(void)state;
	at = strstr(first, "rom=\"/");
	assert_non_null(at);
	at[5] = '.';
	assert_int_equal(lend_edit_inject(first, strlen(first), &request, templates, &text, &report, &failure),
			 -EINVAL);
	assert_non_null(strstr(failure.text, "policy: rom='.roms/card.rom' is no absolute path"));
	at[5] = '/';
	at = strstr(first, "rom-bar=\"off\"");
	assert_non_null(at);
	at[9] = 'O';
	assert_int_equal(lend_edit_inject(first, strlen(first), &request, templates, &text, &report, &failure),
			 -EINVAL);
	assert_non_null(strstr(failure.text, "policy: rom-bar='Off' is not understood, only 'off' is"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rom_is_written_before_the_address_as_libvirt_prints_it),
		cmocka_unit_test(a_rom_bar_is_switched_off_and_on_again),
		cmocka_unit_test(assigning_again_without_a_word_keeps_the_rom),
		cmocka_unit_test(a_rom_that_somebody_took_out_comes_back),
		cmocka_unit_test(a_rom_ends_with_none),
		cmocka_unit_test(a_rom_that_somebody_wrote_stays),
		cmocka_unit_test(a_hostdev_that_somebody_wrote_gets_none),
		cmocka_unit_test(a_policy_with_a_strange_rom_is_refused),
	};

	return cmocka_run_group_tests(tests, load_templates, free_templates);
}
