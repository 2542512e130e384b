/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_assign_options;
struct lend_call;
struct lend_error;

/**
 * Reads --take-group, --mmio-low, --mmio-high and --rom-bar; --rom is lend_assignment_choose_rom()'s. LEND_EXIT_USAGE
 * for a value that is none.
 */
int lend_assign_options_read(const struct lend_call *call, struct lend_assign_options *ret, struct lend_error *error);
