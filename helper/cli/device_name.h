/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "lendpci/know/pci/function.h"

struct lend_error;
struct lend_fs;

/**
 * The one function that @text means by what it is, not by where it is:
 *
 *	10de:2684      vendor and device id
 *	gpu            the only graphics card
 *	"rtx 4090"     a part of the name that survey prints, in capitals or not; three characters at least
 *
 * With @known (may be NULL) only those functions count. Returns 0; LEND_EXIT_USAGE when several match, with a hint that
 * lists them, and for what can be no device's name; -ENODEV when nothing matches ids or "gpu".
 *
 * For people at a command line only: what is stored, and what the hook works with, is where a device is and its ids.
 */
int lend_device_name_find(const struct lend_fs *fs, const char *text, const struct lend_addresses *known,
			  struct lend_address *ret, struct lend_error *error);
