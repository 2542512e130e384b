/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** A card's serial number as lspci writes it, "00-11-22-33-44-55-66-77", the most significant byte first. By value. */
struct lend_serial_text {
	char text[24];
};
struct lend_serial_text lend_serial_text(uint64_t serial);

/** Reads that form and no other. -EINVAL, also for one that is not valid. @ret is untouched on failure. */
int lend_serial_parse(const char *text, uint64_t *ret);

/** Some cards have the capability, but nobody gave them a number: all zeros, or all ones, are none. */
bool lend_serial_is_valid(uint64_t serial);
