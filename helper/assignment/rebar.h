/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_assign_options;
struct lend_assignment;
struct lend_call;
struct lend_error;
struct lend_fs;

/**
 * What --rebar SIZE means for @assignment: the function whose BAR it is, the one with the largest of those asked for.
 * Nothing without the option. -ENOTSUP when no function has such a BAR, -EINVAL with the
 * possible sizes when it cannot have that one.
 */
int lend_assignment_choose_rebar(const struct lend_call *call, const struct lend_fs *fs,
				 const struct lend_assignment *assignment, struct lend_assign_options *options,
				 struct lend_error *error);
