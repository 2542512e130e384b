/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Private to this room. */

#include "lendpci/know/pci/address.h"

struct lend_context;
struct lend_error;

/**
 * For a function whose journal entry is damaged: sets the entry aside, takes the function off vfio-pci, clears
 * driver_override and lets the kernel choose a driver as it does at boot. The caller holds the function's lock.
 */
int lend_rescue(const struct lend_context *context, struct lend_address address, struct lend_error *error);
