/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lendpci/base/cleanup.h"
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

/* Sentences end up on terminals and in logs: the first two are a window's title and C1's own CSI. */
static void what_drives_a_terminal_or_hides_becomes_a_question_mark(void **state)
{
	static const struct {
		const char *from, *to;
	} texts[] = {
		{ "\033]0;x\007", "?]0;x?" },
		{ "\xc2\x9b"
		  "31m",
		  "?31m" },
		{ "a\nb\rc\td\x7f", "a?b?c?d?" },
		{ "gpj.\xe2\x80\xae"
		  "exe",
		  "gpj.?exe" },
		{ "\xe2\x81\xa6x\xe2\x81\xa9", "?x?" },
		{ "zero\xe2\x80\x8bwidth\xef\xbb\xbf", "zero?width?" },
		{ "line\xe2\x80\xa8separator", "line?separator" },
		{ "tag\xf3\xa0\x81\x81", "tag?" },
		{ "\xff\xfe\xc3", "???" },
		{ "\xc0\xaf\xed\xa0\x80", "?????" },
		{ "W\xc3\xa4rme \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x96\xa5",
		  "W\xc3\xa4rme \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x96\xa5" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct lend_error error = { 0 };

		assert_string_equal(lend_text_printable(texts[i].from).text, texts[i].to);
		/* All errors go the same way, whichever part of them a stranger wrote. */
		assert_int_equal(lend_error_set(&error, -EINVAL, "%s", texts[i].from), -EINVAL);
		assert_string_equal(error.text, texts[i].to);
		assert_int_equal(lend_error_hint(&error, -EINVAL, "%s", texts[i].from), -EINVAL);
		assert_string_equal(error.hint, texts[i].to);
		error.text[0] = '\0';
		assert_int_equal(lend_error_wrap(&error, -EINVAL, "%s", texts[i].from), -EINVAL);
		assert_memory_equal(error.text, texts[i].to, strlen(texts[i].to));
	}
}

static void a_name_is_one_word_to_a_shell(void **state)
{
	static const struct {
		const char *name, *word;
	} names[] = {
		{ "win11", "win11" },
		{ "0000:01:00.0", "0000:01:00.0" },
		{ "", "''" },
		{ "my vm", "my\\ vm" },
		{ "a'; cmd; '", "a\\'\\;\\ cmd\\;\\ \\'" },
		{ "$(reboot)`id`\"", "\\$\\(reboot\\)\\`id\\`\\\"" },
		{ "~root#*?[a]{b,c}!&|<>\\", "\\~root\\#\\*\\?\\[a\\]\\{b,c\\}\\!\\&\\|\\<\\>\\\\" },
		{ "two\nlines", "two\\?lines" },
		{ "W\xc3\xa4rme", "W\xc3\xa4rme" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		_cleanup_free_ char *command = NULL;
		_cleanup_free_ char *heard = NULL;
		FILE *shell;
		size_t size = 0;

		assert_string_equal(lend_text_shell_quote(names[i].name).text, names[i].word);
		/* What a shell makes of it is the printable name again. */
		assert_true(asprintf(&command, "printf '%%s' %s", names[i].word) > 0);
		shell = popen(command, "re");
		assert_non_null(shell);
		if (getdelim(&heard, &size, '\0', shell) > 0)
			assert_string_equal(heard, lend_text_printable(names[i].name).text);
		else
			assert_string_equal(names[i].name, "");
		assert_int_equal(pclose(shell), 0);
	}
}

static void a_long_name_is_cut_and_stays_one_word(void **state)
{
	char name[2000];

	(void)state;
	memset(name, '\'', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(strlen(lend_text_printable(name).text), sizeof(struct lend_printable) - 1);
	/* An escape is never cut in two: a backslash at the end would swallow what follows. */
	assert_int_equal(strlen(lend_text_shell_quote(name).text), 2 * (sizeof(struct lend_printable) - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_size_is_a_number_and_a_unit),
		cmocka_unit_test(an_end_is_the_last_characters_whole),
		cmocka_unit_test(what_drives_a_terminal_or_hides_becomes_a_question_mark),
		cmocka_unit_test(a_name_is_one_word_to_a_shell),
		cmocka_unit_test(a_long_name_is_cut_and_stays_one_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
