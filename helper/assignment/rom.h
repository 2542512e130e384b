/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_assign_options;
struct lend_assignment;
struct lend_call;
struct lend_error;

/**
 * What --rom FILE means for @assignment: which function gets it, and FILE's absolute path. The function is, of those
 * asked for, the one that FILE is for; else the graphics function; else the first. Nothing without the option; with
 * "none" all that were asked for have their own again.
 *
 * -EINVAL with the reason for what no guest's firmware would run. What may disappoint is a warning on standard error
 * about @subject. @ret_path is the caller's; @options borrows it.
 */
int lend_assignment_choose_rom(const struct lend_call *call, const struct lend_assignment *assignment,
			       const char *subject, struct lend_assign_options *options, char **ret_path,
			       struct lend_error *error);
