/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mostly over what QEMU told of real firmware: a card with 4 KiB and 8 GiB that fits, and one with 128 GiB that does
 * not. */
#include "lendpci/decide/bar_placement.h"

#include <errno.h>

#include "data_text.h"
#include "lendpci/know/domain/guest_pci.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static const struct lend_address card = { 0, 1, 0, 0 };

/* What the host has of the same card; its BAR 1 is I/O ports. */
static struct lend_bars card_with(uint64_t size)
{
	return (struct lend_bars){
		{ { .index = 0, .bits = 32, .size = 4 * KIB, .start = 0xfe000000 },
		  { .index = 2, .bits = 64, .prefetchable = true, .size = size, .start = 64 * GIB },
		  { .index = LEND_BAR_ROM, .bits = 32, .size = 512 * KIB } },
		3,
	};
}

/* The same card in a guest, behind a bridge with room for it; 0: without an address. */
static struct lend_guest_function lent(uint64_t low, uint64_t high)
{
	static char alias[] = "hostdev0";

	return (struct lend_guest_function){
		.id = alias,
		.bars = { { { .index = 0, .bits = 32, .size = 4 * KIB, .start = low },
			    { .index = 2, .bits = 64, .prefetchable = true, .size = 8 * GIB, .start = high } },
			  2 },
		.behind_bridge = true,
		.memory_window = 2 * MIB,
		.prefetchable_window = 8 * GIB,
	};
}

/* A guest of that function alone. */
static struct lend_guest_pci guest_with(struct lend_guest_function *function)
{
	return (struct lend_guest_pci){ .functions = function, .count = 1, .has_placed = true };
}

static struct lend_guest_pci guest_from(const char *file_name)
{
	_cleanup_free_ char *text = data_text(file_name);
	struct lend_guest_pci guest = { 0 };

	assert_done(lend_guest_pci_parse(text, strlen(text), &guest, error));
	return guest;
}

static struct lend_bar_placement judged(const struct lend_guest_pci *guest, struct lend_bars host)
{
	struct lend_bar_placement placement;

	lend_bar_placement_evaluate(card, "hostdev0", &host, guest, &placement);
	return placement;
}

static void assert_complaint(const struct lend_bar_placement *placement, const struct lend_guest_pci *guest, int code,
			     const char *sentence, const char *hint)
{
	struct lend_error error = { 0 };

	assert_int_equal(lend_bar_placement_explain(placement, 1, guest, "win11", &error), code);
	assert_string_equal(error.text, sentence);
	assert_string_equal(error.hint, hint);
}

static void a_card_that_fits_has_an_address_for_each_bar(void **state)
{
	_cleanup_(lend_guest_pci_clear) struct lend_guest_pci guest = guest_from("guests/fits.json");
	struct lend_bar_placement placement = judged(&guest, card_with(8 * GIB));

	(void)state;
	assert_int_equal(placement.fit, LEND_PLACEMENT_PLACED);
	assert_int_equal(placement.count, 2);
	assert_int_equal(placement.bars[0].address, 0xc1404000);
	assert_int_equal(placement.bars[1].address, 0xe000000000);
	assert_complaint(&placement, &guest, 0, "", "");
}

/* OVMF takes all of the card's ranges away, also the small one that would have fitted. */
static void the_bar_that_is_too_large_is_named_and_not_those_that_went_with_it(void **state)
{
	_cleanup_(lend_guest_pci_clear) struct lend_guest_pci guest = guest_from("guests/too-large.json");
	struct lend_bar_placement placement = judged(&guest, card_with(128 * GIB));

	(void)state;
	assert_int_equal(placement.fit, LEND_PLACEMENT_NO_PLACE);
	assert_true(placement.bars[0].fits);
	assert_false(placement.bars[1].fits);
	assert_complaint(
		&placement, &guest, -ENOSPC,
		"0000:01:00.0: BAR 2 (128 GiB, 64-bit prefetchable) has no place in the guest",
		"'lendpci assign win11 0000:01:00.0' computes a new window for the next start; --mmio-high SIZE sets one");
}

static void a_guest_that_has_just_started_is_asked_again_later(void **state)
{
	_cleanup_(lend_guest_pci_clear) struct lend_guest_pci guest = guest_from("guests/just-started.json");
	struct lend_bar_placement placement = judged(&guest, card_with(8 * GIB));

	(void)state;
	assert_int_equal(placement.fit, LEND_PLACEMENT_NOT_SEEN);
	assert_complaint(&placement, &guest, -EAGAIN,
			 "the guest's firmware has assigned no BARs yet: still booting, or failed",
			 "try again in a moment; the guest's screen may tell more");
}

static void a_card_that_qemu_does_not_show_is_told_of(void **state)
{
	_cleanup_(lend_guest_pci_clear) struct lend_guest_pci guest = guest_from("guests/fits.json");
	const struct lend_bars host = card_with(8 * GIB);
	struct lend_bar_placement placement;

	(void)state;
	lend_bar_placement_evaluate(card, "hostdev7", &host, &guest, &placement);
	assert_int_equal(placement.fit, LEND_PLACEMENT_NOT_SEEN);
	assert_complaint(&placement, &guest, -ENODEV,
			 "0000:01:00.0: not seen by QEMU, or behind a bridge to which the guest gave no bus number",
			 "");
	lend_bar_placement_evaluate(card, NULL, &host, &guest, &placement);
	assert_int_equal(placement.fit, LEND_PLACEMENT_NOT_SEEN);
}

/* QEMU 10 shows a function that the guest put to sleep without addresses, as it always did one that nobody switched on.
 */
static void a_card_that_sleeps_has_its_room(void **state)
{
	struct lend_guest_function function = lent(0, 0);
	const struct lend_guest_pci guest = guest_with(&function);
	struct lend_bar_placement placement = judged(&guest, card_with(8 * GIB));

	(void)state;
	assert_int_equal(placement.fit, LEND_PLACEMENT_SWITCHED_OFF);
	assert_complaint(&placement, &guest, 0, "", "");

	/* Switched on, it would have both. */
	function.bars.items[0].start = 0xc1404000;
	placement = judged(&guest, card_with(8 * GIB));
	assert_int_equal(placement.fit, LEND_PLACEMENT_NO_PLACE);
}

static void without_a_bridge_sleep_cannot_be_told_from_no_place(void **state)
{
	struct lend_guest_function function = lent(0, 0);
	const struct lend_guest_pci guest = guest_with(&function);
	struct lend_bar_placement placement;

	(void)state;
	function.behind_bridge = false;
	placement = judged(&guest, card_with(8 * GIB));
	assert_int_equal(placement.fit, LEND_PLACEMENT_NO_PLACE);
	assert_complaint(
		&placement, &guest, -ENOSPC,
		"0000:01:00.0: BAR 0 (4 KiB, 32-bit) and BAR 2 (8 GiB, 64-bit prefetchable) have no place in the guest",
		"it looks the same when the guest has no driver for it; if it has, 'lendpci assign win11 0000:01:00.0' computes a new window for the next start");
}

static void what_has_to_be_low_gets_other_advice(void **state)
{
	struct lend_guest_function function = lent(0, 64 * GIB);
	const struct lend_guest_pci guest = guest_with(&function);
	struct lend_bar_placement placement = judged(&guest, card_with(8 * GIB));

	(void)state;
	assert_complaint(
		&placement, &guest, -ENOSPC, "0000:01:00.0: BAR 0 (4 KiB, 32-bit) has no place in the guest",
		"it needs address space below 4 GiB: 'lendpci assign win11 0000:01:00.0' says whether there is enough; fewer devices and fewer empty ports leave more");
}

/* VFIO passes on no BAR that the host's kernel has given up. */
static void a_bar_that_the_host_itself_could_not_place_is_missing_in_the_guest(void **state)
{
	struct lend_guest_function function = lent(0xc1404000, 0);
	const struct lend_guest_pci guest = guest_with(&function);
	struct lend_bars host = card_with(32 * GIB);
	struct lend_bar_placement placement;

	(void)state;
	function.bars.count = 1;
	host.items[1].start = 0;
	placement = judged(&guest, host);
	assert_complaint(
		&placement, &guest, -ENOSPC,
		"0000:01:00.0: BAR 2 (32 GiB, 64-bit prefetchable) has no place in the guest",
		"the host assigned no address to it either: enable \"Above 4G decoding\" in the host's firmware setup");
}

/* A guest switches the ROM off once it has read it, and what the host does not show is no memory of the card. */
static void neither_a_rom_nor_what_the_host_does_not_have_counts(void **state)
{
	struct lend_guest_function function = lent(0xc1404000, 64 * GIB);
	const struct lend_guest_pci guest = guest_with(&function);
	struct lend_bar_placement placement;

	(void)state;
	function.bars.items[2] = (struct lend_bar){ .index = 5, .bits = 32, .size = 4 * KIB };
	function.bars.items[3] = (struct lend_bar){ .index = LEND_BAR_ROM, .bits = 32, .size = 512 * KIB };
	function.bars.count = 4;
	placement = judged(&guest, card_with(8 * GIB));
	assert_int_equal(placement.fit, LEND_PLACEMENT_PLACED);
	assert_int_equal(placement.count, 2);
	placement = judged(&guest, (struct lend_bars){ .count = 0 });
	assert_int_equal(placement.fit, LEND_PLACEMENT_PLACED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_that_fits_has_an_address_for_each_bar),
		cmocka_unit_test(the_bar_that_is_too_large_is_named_and_not_those_that_went_with_it),
		cmocka_unit_test(a_guest_that_has_just_started_is_asked_again_later),
		cmocka_unit_test(a_card_that_qemu_does_not_show_is_told_of),
		cmocka_unit_test(a_card_that_sleeps_has_its_room),
		cmocka_unit_test(without_a_bridge_sleep_cannot_be_told_from_no_place),
		cmocka_unit_test(what_has_to_be_low_gets_other_advice),
		cmocka_unit_test(a_bar_that_the_host_itself_could_not_place_is_missing_in_the_guest),
		cmocka_unit_test(neither_a_rom_nor_what_the_host_does_not_have_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
