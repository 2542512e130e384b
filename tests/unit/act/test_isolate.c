/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child that lacks a library tells its parent which one, and neither ends the parent nor passes for a success. */
#include "lendpci/act/isolate.h"

#include <errno.h>
#include <stddef.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/late.h"
#include "test.h"

static struct lend_late_library library = { .soname = "liblendpci-missing.so.7", .package = "liblendpci-missing7" };
int lend_test_missing(void);
LEND_LATE_FUNCTION(lend_test_missing);

static int call_missing(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			struct lend_error *error)
{
	(void)fs;
	(void)input;
	(void)output;
	(void)error;
	lend_progress_doing(progress, "call what is not there");
	return lend_test_missing();
}

static void a_missing_library_is_told_by_the_child(void **state)
{
	_cleanup_(lend_fs_freep) struct lend_fs *fs = NULL;
	struct lend_error error = { 0 };

	(void)state;
	assert_int_equal(lend_fs_new("/", &fs, &error), 0);
	assert_int_equal(lend_isolate(fs, "0000:01:00.0", 10000, call_missing, NULL, NULL, 0, NULL, &error), -ELIBACC);
	assert_string_equal(
		error.text,
		"0000:01:00.0: liblendpci-missing.so.7 cannot be loaded: liblendpci-missing.so.7: cannot open shared object file: No such file or directory");
	assert_string_equal(error.hint, "install its package again (liblendpci-missing7 on Debian)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_library_is_told_by_the_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
