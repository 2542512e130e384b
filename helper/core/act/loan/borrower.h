/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How a loan is told of. Private to this room. */

struct lend_context;
struct lend_loan;

/** "win11", or "nobody (lent by hand)". Borrowed. */
const char *lend_loan_borrower(const struct lend_loan *loan);

/** Notes "win11: 0000:01:00.0: WHAT DRIVER", with "no driver" for an empty one. */
void lend_loan_note(const struct lend_context *context, const struct lend_loan *loan, const char *what,
		    const char *driver);
