/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_assign_options;
struct lend_call;
struct lend_error;

/** Reads --take-group, --mmio-low and --mmio-high. LEND_EXIT_USAGE for a size that is none. */
int lend_assign_options_read(const struct lend_call *call, struct lend_assign_options *ret, struct lend_error *error);
