/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/address.h"

struct lend_context;
struct lend_error;

/**
 * Reads a function's option ROM out of the card: at most LEND_OPTION_ROM_MAX bytes, the caller's to free. The card is
 * woken for it, and a function without a driver is switched on; both are as before afterwards.
 *
 * -ENOENT when it has none, -EBUSY while it is on loan or somebody is at work on it, -EIO when the kernel finds no
 * signature there.
 *
 *	echo 1 > /sys/bus/pci/devices/ADDRESS/rom && cat …/rom && echo 0 > …/rom
 *
 * Source: Documentation/PCI/sysfs-pci.rst; drivers/pci/rom.c.
 */
int lend_rom_read(const struct lend_context *context, struct lend_address address, uint8_t **ret, size_t *ret_size,
		  struct lend_error *error);
