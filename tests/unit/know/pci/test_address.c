/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <errno.h>

#include "lendpci/know/pci/address.h"

static void the_long_and_the_short_form_are_the_same_function(void **state)
{
	struct lend_address a, b;

	(void)state;
	assert_done(lend_address_parse("0000:01:00.1", &a, error));
	assert_done(lend_address_parse("01:00.1", &b, error));
	assert_true(lend_address_equal(a, b));
	assert_string_equal(lend_address_text(b).text, "0000:01:00.1");
}

/* A user's card sat on bus 08; a tool read it as octal and took another one. */
static void bus_08_is_eight(void **state)
{
	struct lend_address address;

	(void)state;
	assert_done(lend_address_parse("08:0a.0", &address, error));
	assert_int_equal(address.bus, 8);
	assert_int_equal(address.device, 10);
}

static void a_domain_behind_intel_vmd_has_five_digits(void **state)
{
	struct lend_address address;

	(void)state;
	assert_done(lend_address_parse("10000:e1:00.0", &address, error));
	assert_int_equal(address.domain, 0x10000);
	assert_string_equal(lend_address_text(address).text, "10000:e1:00.0");
}

static void what_is_no_address_is_refused_with_the_forms_shown(void **state)
{
	static const char *const wrong[] = { "",          "01:00",   "01:00.8",   "01:20.0",       "001:00.0",
					     "01:00.0 ",  "-1:00.0", "0x01:00.0", "0000:01:00.00", "000:01:00.0",
					     "1:2:3:4.0", "win11" };
	struct lend_address address = { .bus = 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct lend_error error = { 0 };

		assert_int_equal(lend_address_parse(wrong[i], &address, &error), -EINVAL);
		assert_non_null(strstr(error.text, "not a PCI address: expected 0000:01:00.0 or 01:00.0"));
	}
	assert_int_equal(address.bus, 7);
}

static void a_slot_names_all_its_functions(void **state)
{
	struct lend_address slot, function;

	(void)state;
	assert_done(lend_address_parse_slot("01:00", &slot, error));
	assert_done(lend_address_parse("0000:01:00.7", &function, error));
	assert_true(lend_address_same_slot(slot, function));
	assert_refused(lend_address_parse_slot("01:00.0", &slot, error), -EINVAL,
		       "01:00.0: not a PCI slot: expected 0000:01:00 or 01:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_long_and_the_short_form_are_the_same_function),
		cmocka_unit_test(bus_08_is_eight),
		cmocka_unit_test(a_domain_behind_intel_vmd_has_five_digits),
		cmocka_unit_test(what_is_no_address_is_refused_with_the_forms_shown),
		cmocka_unit_test(a_slot_names_all_its_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
