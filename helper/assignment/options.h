/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_assign_options;
struct lend_call;
struct lend_error;

/**
 * Reads --take-group, --mmio-low, --mmio-high and --rom-bar, and checks that --rebar is a size. What --rom and
 * --rebar mean is for lend_assignment_choose_rom() and lend_assignment_choose_rebar(). LEND_EXIT_USAGE for a value that
 * is none.
 */
int lend_assign_options_read(const struct lend_call *call, struct lend_assign_options *ret, struct lend_error *error);
