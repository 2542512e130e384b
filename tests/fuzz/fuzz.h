/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct lend_fs;

/**
 * What the fuzzers share. A target is one file in targets/ with LLVMFuzzerTestOneInput(): it gives the input to one
 * parser, and aborts where what comes out breaks a rule; memory errors abort by themselves, under the sanitizers.
 * Built by clang it is fuzzed (tests/fuzz/run), built by either compiler it replays its corpus as a test.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the program with @rule unless it holds. */
#define FUZZ_RULE(holds, rule)                                                                                         \
	do {                                                                                                           \
		if (!(holds))                                                                                          \
			fuzz_broken(rule);                                                                             \
	} while (0)
_Noreturn void fuzz_broken(const char *rule);

/** The input as text, NUL-terminated; the caller's to free. */
char *fuzz_text(const uint8_t *data, size_t size);

/** A recorded host of tests/data/machines, made at the first call, removed at the end of the program. */
const struct lend_fs *fuzz_host(const char *name);

/** Gives that host's file @path, made with its folders where it is missing, this content. */
void fuzz_put(const char *path, const uint8_t *data, size_t size);
