/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* From a plan to the members of a loan. Private to this room. */

#include "engine.h"
#include "lendpci/act/loan/loan.h"

/**
 * Adds a member for each function of @plan that is to go, by what is in the journal: an entry of an earlier loan, whose
 * borrower is gone, keeps what the host had. Left out is what somebody reserved for vfio-pci, and what was lent by hand
 * to stay lent. @ret_ids: loans that entries belonged to until now. The caller holds the functions' locks.
 */
int lend_members_of_functions(struct lend_engine *engine, const struct lend_request *request,
			      const struct lend_plan *plan, struct lend_loan_ids *ret_ids, struct lend_error *error);

/** Adds the member for the loan as a whole: its entry, and those of @earlier loans that have no function left. */
int lend_members_of_loan(struct lend_engine *engine, const struct lend_request *request, const struct lend_plan *plan,
			 const struct lend_loan_ids *earlier, struct lend_error *error);
