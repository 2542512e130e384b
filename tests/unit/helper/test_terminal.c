/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that fits a screen. */
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "test.h"

static void assert_cut(const char *text, size_t columns, const char *expected)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "%s", text);
	lend_columns_cut(line, columns);
	assert_string_equal(line, expected);
}

static void what_is_too_long_ends_in_dots(void **state)
{
	(void)state;
	assert_cut("GeForce", 7, "GeForce");
	assert_cut("GeForce", 6, "GeF...");
	assert_cut("GeForce", 3, "...");
	assert_cut("GeForce", 2, "");
	assert_cut("", 0, "");
	/* Three characters of two bytes each, and one of four: no half ones. */
	assert_cut("äöü", 3, "äöü");
	assert_cut("äöüß", 3, "...");
	assert_cut("äöüßx", 4, "ä...");
	assert_cut("\xf0\x9f\x92\xbexyzzy", 5, "\xf0\x9f\x92\xbex...");
}

static void assert_wrapped(const char *text, size_t indent, size_t columns, const char *expected)
{
	_cleanup_free_ char *lines = NULL;
	size_t size;
	FILE *out = open_memstream(&lines, &size);

	assert_non_null(out);
	lend_columns_wrap(out, text, indent, columns);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(lines, expected);
}

static void lines_end_where_the_screen_does(void **state)
{
	(void)state;
	assert_wrapped("in use by Xorg", 0, 9, "in use by\nXorg\n");
	assert_wrapped("in use by Xorg", 4, 11, "in use\n    by Xorg\n");
	assert_wrapped("a-word-that-is-too-long is", 2, 8, "a-word-that-is-too-long\n  is\n");
	assert_wrapped("never  wraps", 0, 0, "never wraps\n");
	assert_wrapped("", 2, 8, "\n");
}

static void the_environment_says_how_wide(void **state)
{
	(void)state;
	assert_int_equal(setenv("COLUMNS", "132", 1), 0);
	assert_int_equal(lend_terminal_columns(), 132);
	assert_int_equal(setenv("COLUMNS", "20", 1), 0);
	assert_int_equal(lend_terminal_columns(), 60);
	assert_int_equal(setenv("COLUMNS", "4000", 1), 0);
	assert_int_equal(lend_terminal_columns(), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_too_long_ends_in_dots),
		cmocka_unit_test(lines_end_where_the_screen_does),
		cmocka_unit_test(the_environment_says_how_wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
