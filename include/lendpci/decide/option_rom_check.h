/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/decide/verdict.h"

struct lend_function;
struct lend_option_rom;

/** One thing that speaks against a ROM. */
struct lend_rom_finding {
	const char *code; /* stable, for programs; static storage */
	enum lend_severity severity;
	char text[256]; /* one sentence, to stand behind the file's name */
	char hint[256]; /* what to do; "" where there is nothing to advise */
};

enum { LEND_ROM_FINDINGS_MAX = 8 };

struct lend_rom_findings {
	struct lend_rom_finding items[LEND_ROM_FINDINGS_MAX]; /* errors first */
	size_t count;
	bool has_error; /* no firmware of a guest would run it */
};

/**
 * Judges an option ROM as one for @function (NULL: for whatever it is for). @is_shadow: it was read where the host's
 * BIOS keeps its own copy. Pure. The codes, each at most once:
 *
 *	error	blank header damaged truncated checksum
 *	warning	other-device shadowed no-x86-64
 *	info	legacy-only efi-only
 */
void lend_option_rom_check(const struct lend_option_rom *rom, const struct lend_function *function, bool is_shadow,
			   struct lend_rom_findings *ret);
