/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_assignment_wishes;
struct lend_call;
struct lend_error;

/** Reads --take-group, --mmio-low and --mmio-high. LEND_EXIT_USAGE for a size that is none. */
int lend_wishes_read(const struct lend_call *call, struct lend_assignment_wishes *ret, struct lend_error *error);
