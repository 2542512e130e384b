/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lend_error;

/**
 * Where a PCI function sits: domain:bus:device.function, as lspci -D and sysfs write it.
 *
 * The PCI domain has four hexadecimal digits or more: Intel VMD numbers its own from 0x10000.
 */
struct lend_address {
	uint32_t domain;
	uint8_t bus;
	uint8_t device;   /* 0 to 31 */
	uint8_t function; /* 0 to 7 */
};

/** An address in sysfs' own form. By value, so that it can stand in a printf argument: lend_address_text(a).text. */
struct lend_address_text {
	char text[24];
};
struct lend_address_text lend_address_text(struct lend_address address);

/** The same without the function: "0000:01:00". */
struct lend_address_text lend_address_slot_text(struct lend_address address);

/**
 * Reads "0000:01:00.0" or "01:00.0" (domain 0000). Numbers are hexadecimal and bounded. -EINVAL with a sentence that
 * shows the forms. @ret is untouched on failure.
 */
int lend_address_parse(const char *text, struct lend_address *ret, struct lend_error *error);

/** Reads "0000:01:00" or "01:00": a slot, all of its functions. @ret's function is 0. */
int lend_address_parse_slot(const char *text, struct lend_address *ret, struct lend_error *error);

/** Order as sysfs lists them; 0 when equal. For qsort() see lend_address_compare_qsort(). */
int lend_address_compare(struct lend_address a, struct lend_address b);
int lend_address_compare_qsort(const void *a, const void *b);

bool lend_address_equal(struct lend_address a, struct lend_address b);

/** Whether both are functions of one slot. */
bool lend_address_same_slot(struct lend_address a, struct lend_address b);
