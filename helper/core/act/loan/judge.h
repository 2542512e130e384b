/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_context;
struct lend_error;
struct lend_plan;

/**
 * Refuses what lend_verdict_evaluate() has an error against, whoever uses it: that is lend_loan_check_users()'
 * question. 0, or -ENOTSUP or -EBUSY with the verdict's sentence, or what reading the host fails with.
 */
int lend_loan_judge(const struct lend_context *context, const struct lend_plan *plan, struct lend_error *error);
