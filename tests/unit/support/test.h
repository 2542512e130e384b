/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What every test program needs: cmocka in the order its header demands, and a few words of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "lendpci/base/error.h"

/* LENDPCI_TEST='*resizable*' runs only the cases with such names. */
__attribute__((constructor)) static void choose_cases(void)
{
	const char *pattern = getenv("LENDPCI_TEST");

	if (pattern)
		cmocka_set_test_filter(pattern);
}

/** Asserts that a call failed with this errno and this very sentence. */
#define assert_refused(call, code, sentence)                                                                           \
	do {                                                                                                           \
		struct lend_error _refusal = { 0 };                                                                    \
		struct lend_error *error = &_refusal;                                                                  \
                                                                                                                       \
		assert_int_equal((call), (code));                                                                      \
		assert_string_equal(_refusal.text, (sentence));                                                        \
	} while (0)

/** Asserts that a call succeeded; prints its sentence if it did not. */
#define assert_done(call)                                                                                              \
	do {                                                                                                           \
		struct lend_error _failure = { 0 };                                                                    \
		struct lend_error *error = &_failure;                                                                  \
                                                                                                                       \
		if ((call) != 0)                                                                                       \
			fail_msg("%s failed: %s", #call, _failure.text);                                               \
	} while (0)
