/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lend_bars;
struct lend_error;

/** Another size for a Resizable BAR. */
struct lend_resize {
	uint8_t bar;
	uint64_t before, want; /* bytes */
};

/** Whether @wish is what can be asked for: "max", "keep", or a size of a whole power of two such as "16G". */
bool lend_resize_is_wish(const char *wish);

/**
 * What @wish means for a function with @bars: the BAR that can become the largest, which is that of a graphics card's
 * memory, and its size. Returns 1, or 0 when there is nothing to change ("keep", or it has that size).
 *
 * -ENOTSUP when no BAR can be resized, -EINVAL with the possible sizes for one that it cannot have. The sentences stand
 * behind "ADDRESS: ". @ret is untouched unless 1 is returned.
 */
int lend_resize_find(const struct lend_bars *bars, const char *wish, struct lend_resize *ret, struct lend_error *error);

/** Gives that BAR its new size in @bars, as the guest will see it. A wish that cannot be had changes nothing. */
void lend_resize_apply(struct lend_bars *bars, const char *wish);
