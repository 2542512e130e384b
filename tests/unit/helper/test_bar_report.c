/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of status --guest; libvirt's test driver has no QEMU that could be asked for them. */
#include "guest/bar_report.h"

#include <stdlib.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/decide/bar_placement.h"
#include "lendpci/know/domain/guest_pci.h"
#include "test.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static const struct lend_guest_function there = { .address = { 0, 3, 0, 0 } };

/* A card with a small and a large BAR, each of which has an address or fits. */
static struct lend_bar_placement card(enum lend_placement fit, uint64_t low, bool low_fits, uint64_t high,
				      bool high_fits)
{
	return (struct lend_bar_placement){
		.source = { 0, 1, 0, 0 },
		.fit = fit,
		.guest = &there,
		.bars = { { { .index = 0, .bits = 32, .size = 16 * MIB }, low, low_fits },
			  { { .index = 1, .bits = 64, .prefetchable = true, .size = 128 * GIB }, high, high_fits } },
		.count = 2,
	};
}

static void assert_printed(struct lend_bar_placement placement, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	lend_guest_bar_report_print(out, "win11", &placement);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
}

static void assert_json(struct lend_bar_placement placement, const char *expected)
{
	json_t *json = lend_guest_bar_report_to_json(&placement);
	_cleanup_free_ char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void each_bar_is_told_with_its_place(void **state)
{
	(void)state;
	assert_printed(card(LEND_PLACEMENT_PLACED, 0xc0000000, true, 0x380000000000, true),
		       "win11: 0000:01:00.0: both BARs have their place\n"
		       "  BAR 0  16 MiB    32-bit               at 0xc0000000, below 4 GiB\n"
		       "  BAR 1  128 GiB   64-bit prefetchable  at 0x380000000000, above 4 GiB\n");
}

static void a_bar_without_a_place_is_told_from_those_that_went_with_it(void **state)
{
	(void)state;
	assert_printed(card(LEND_PLACEMENT_NO_PLACE, 0, true, 0, false),
		       "win11: 0000:01:00.0: not all of its memory has a place\n"
		       "  BAR 0  16 MiB    32-bit               left out with the others\n"
		       "  BAR 1  128 GiB   64-bit prefetchable  has no place\n");
}

static void a_card_that_the_guest_does_not_use_is_told_as_such(void **state)
{
	struct lend_bar_placement audio = card(LEND_PLACEMENT_SWITCHED_OFF, 0, true, 0, true);

	(void)state;
	audio.count = 1;
	assert_printed(
		audio,
		"win11: 0000:01:00.0: there is room for its BAR; the guest has the function switched off: no driver, or asleep\n"
		"  BAR 0  16 MiB    32-bit               switched off\n");
	audio.count = 0;
	audio.fit = LEND_PLACEMENT_PLACED;
	assert_printed(audio, "win11: 0000:01:00.0: has no memory that needs a place\n");
	audio.fit = LEND_PLACEMENT_NOT_SEEN;
	audio.guest = NULL;
	assert_printed(audio, "win11: 0000:01:00.0: not seen by QEMU\n");
}

static void programs_get_numbers_and_a_yes_or_no(void **state)
{
	struct lend_bar_placement unseen = { .source = { 0, 1, 0, 1 }, .fit = LEND_PLACEMENT_NOT_SEEN };

	(void)state;
	assert_json(
		card(LEND_PLACEMENT_NO_PLACE, 0xc0000000, true, 0, false),
		"{\"address\":\"0000:01:00.0\",\"guest_address\":\"0000:03:00.0\",\"state\":\"no-place\",\"placed\":false,"
		"\"bars\":[{\"index\":0,\"size\":16777216,\"bits\":32,\"prefetchable\":false,\"address\":3221225472,\"fits\":true},"
		"{\"index\":1,\"size\":137438953472,\"bits\":64,\"prefetchable\":true,\"address\":null,\"fits\":false}]}");
	assert_json(
		unseen,
		"{\"address\":\"0000:01:00.1\",\"guest_address\":null,\"state\":\"not-seen\",\"placed\":false,\"bars\":[]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bar_is_told_with_its_place),
		cmocka_unit_test(a_bar_without_a_place_is_told_from_those_that_went_with_it),
		cmocka_unit_test(a_card_that_the_guest_does_not_use_is_told_as_such),
		cmocka_unit_test(programs_get_numbers_and_a_yes_or_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
