/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/decide/write_combining.h"

#include "lendpci/know/host/address_width.h"
#include "lendpci/know/pci/bars.h"
#include "test.h"

static const struct lend_bars gpu = { { { .bits = 64, .prefetchable = true, .size = 1 << 28 } }, 1 };

static struct lend_write_combining judged(struct lend_address_width host, const struct lend_bars *bars)
{
	struct lend_write_combining caching;

	lend_write_combining_evaluate(&host, bars, &caching);
	return caching;
}

static void a_guest_decides_over_a_cards_memory(void **state)
{
	struct lend_write_combining caching = judged((struct lend_address_width){ .vendor = LEND_VENDOR_AMD }, &gpu);

	(void)state;
	assert_true(caching.known && caching.combines);
	assert_string_equal(caching.text, "yes: under AMD's nested paging the guest's own page attributes count");
	caching = judged(
		(struct lend_address_width){ .vendor = LEND_VENDOR_INTEL, .snoop_known = true, .enforces_snoop = true },
		&gpu);
	assert_true(caching.known && caching.combines);
	assert_string_equal(caching.text, "yes: KVM leaves the memory of devices to the guest's page attributes; its "
					  "own memory stays write-back, since the IOMMU enforces snooping");
}

static void what_is_not_known_is_not_promised(void **state)
{
	const struct lend_write_combining caching = judged((struct lend_address_width){ 0 }, &gpu);

	(void)state;
	assert_false(caching.known || caching.combines);
}

/* The kernel shows every ROM as prefetchable; nobody writes there. */
static void a_rom_is_no_memory_to_write(void **state)
{
	static const struct lend_bars nvme = {
		{ { .bits = 64, .size = 1 << 14 },
		  { .index = LEND_BAR_ROM, .bits = 32, .prefetchable = true, .size = 1 << 16 } },
		2
	};
	const struct lend_write_combining caching =
		judged((struct lend_address_width){ .vendor = LEND_VENDOR_AMD }, &nvme);

	(void)state;
	assert_true(caching.known);
	assert_false(caching.combines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_decides_over_a_cards_memory),
		cmocka_unit_test(what_is_not_known_is_not_promised),
		cmocka_unit_test(a_rom_is_no_memory_to_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
