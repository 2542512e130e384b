/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/text.h"

#include <errno.h>

#include "test.h"

static void a_size_is_a_number_and_a_unit(void **state)
{
	static const char *const wrong[] = { "",     "G",    "512",   "-1G", "1.5G",
					     "64GB", "64 G", "0x10M", "1P",  "99999999999999999999999999G" };
	uint64_t bytes = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(lend_text_to_size(wrong[i], &bytes), -EINVAL);
	assert_int_equal(lend_text_to_size("99999999T", &bytes), -ERANGE);
	assert_int_equal(bytes, 7);
	assert_int_equal(lend_text_to_size("512M", &bytes), 0);
	assert_int_equal(bytes, 512ULL << 20);
	assert_int_equal(lend_text_to_size("2T", &bytes), 0);
	assert_int_equal(bytes, 2ULL << 40);
}

static void an_end_is_the_last_characters_whole(void **state)
{
	(void)state;
	assert_true(lend_text_ends_with("win11.xml", ".xml"));
	assert_true(lend_text_ends_with(".xml", ".xml"));
	assert_false(lend_text_ends_with("xml", ".xml"));
	assert_false(lend_text_ends_with("win11.xml.new", ".xml"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_size_is_a_number_and_a_unit),
		cmocka_unit_test(an_end_is_the_last_characters_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
