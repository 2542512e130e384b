/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Whether a loan is over though nobody said so. Private to this room. */

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/know/domain/status.h"

struct lend_context;
struct lend_error;
struct lend_loan;

/**
 * Whether the borrowers of @count loans are gone, into @ret, judged without asking libvirt. The caller holds the
 * functions' locks, so nobody is at work on them. One look at /proc for all.
 */
void lend_loans_are_over(const struct lend_context *context, const struct lend_loan *loans, size_t count, bool *ret);

/** The same for one. */
bool lend_loan_is_over(const struct lend_context *context, const struct lend_loan *loan);

/** The domain that libvirt has yet to end before @loan's function may come home: 1 with @ret, 0 for none, or -errno. */
int lend_loan_find_live(const struct lend_context *context, const struct lend_loan *loan,
			struct lend_domain_status *ret, struct lend_error *error);
