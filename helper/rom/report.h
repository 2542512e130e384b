/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct lend_error;
struct lend_function;
struct lend_option_rom;
struct lend_rom_findings;

/** What `rom` has to tell. All borrowed. */
struct lend_rom_report {
	const char *file;
	const struct lend_function *function;
	bool was_read;  /* out of the card just now, not found in the file */
	bool is_shadow; /* where the card's ROM would be read, there is the BIOS's copy */
	const struct lend_option_rom *rom;
	const struct lend_rom_findings *findings;
};

/** A line for the file and one for each image on standard output; what is wrong, each with its hint, on standard error.
 */
void lend_rom_report_print(const struct lend_rom_report *report);

/** The same as one JSON object. */
int lend_rom_report_print_json(const struct lend_rom_report *report, struct lend_error *error);
