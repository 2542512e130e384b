/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What lend, return and reconcile share. Private to this layer. */

#include "lendpci/loan.h"
#include "lendpci/lock.h"

struct lend_error;

/**
 * Whether @loan's borrower is gone, judged from the journal and the kernel alone. The caller holds the function's lock,
 * so nobody is at work on it.
 */
bool lend_loan_is_stale(const struct lend_host *host, const struct lend_loan *loan);

/** Brings one function home and drops its entry; on failure the entry says why. The caller holds the function's lock.
 */
int lend_loan_bring_home(const struct lend_host *host, struct lend_loan *loan, struct lend_error *error);

/** Records in @loan and in its entry why it is not where it should be, from @error. */
void lend_loan_record_failure(const struct lend_host *host, struct lend_loan *loan, pid_t hanging,
			      const struct lend_error *error);

/** "win11: 0000:01:00.0: WHAT DRIVER", with "no driver" for an empty one. */
void lend_loan_note(const struct lend_host *host, const struct lend_loan *loan, const char *what, const char *driver);

/** "win11", or "nobody (lent by hand)". */
const char *lend_loan_borrower(const struct lend_loan *loan);
