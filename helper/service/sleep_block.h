/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct lend_context;

/**
 * Keeps the host awake while a device is lent: a guest's card does not come back from the host's sleep, since its
 * driver is in the guest, which is never told.
 */
struct lend_sleep_block {
	int fd;        /* logind's; -1 while nothing is lent */
	bool has_told; /* that it cannot be had */
};

#define LEND_SLEEP_BLOCK_NONE                                                                                          \
	{                                                                                                              \
		.fd = -1                                                                                               \
	}

/** Takes or drops it, by what the journal has now. Tells the context when that is not possible. */
void lend_sleep_block_update(struct lend_sleep_block *block, const struct lend_context *context);

/** Drops it: VMs go on with their devices, and so may the host do as it likes. */
void lend_sleep_block_drop(struct lend_sleep_block *block);
