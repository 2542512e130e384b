/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What lend, return and reconcile share. Private to this layer. */

#include "lendpci/act/loan/loan.h"
#include "lendpci/act/lock.h"
#include "lendpci/know/domain/status.h"

struct lend_error;

/**
 * Whether @loan's borrower is gone, judged without asking libvirt. The caller holds the function's lock, so nobody is
 * at work on it.
 */
bool lend_loan_is_stale(const struct lend_context *context, const struct lend_loan *loan);

/** The domain that libvirt has yet to end before @loan's function may come home: 1 with @ret, 0 for none, or -errno. */
int lend_loan_find_live(const struct lend_context *context, const struct lend_loan *loan,
			struct lend_domain_status *ret, struct lend_error *error);

/** Everything of lend_loan_check() but who uses the functions on the host. @ret is not NULL. */
int lend_loan_plan(const struct lend_context *context, const struct lend_request *request, struct lend_plan *ret,
		   struct lend_error *error);

/** -EBUSY over the first user on the host that the policy does not deal with. One look, no waiting. */
int lend_loan_check_users(const struct lend_context *context, const struct lend_request *request,
			  const struct lend_plan *plan, struct lend_error *error);

/**
 * The same before a loan: waits as the policy says, and records in each of the @count @loans the units that are to be
 * stopped for it. Stops nothing yet: that is for after the journal knows of it.
 */
int lend_loan_await_users(const struct lend_context *context, const struct lend_request *request,
			  const struct lend_plan *plan, struct lend_loan *loans, size_t count,
			  struct lend_error *error);

/** Stops the units that the loans name. -EBUSY when the functions are in use all the same. */
int lend_loan_stop_units(const struct lend_context *context, const struct lend_plan *plan,
			 const struct lend_loan *loans, size_t count, struct lend_error *error);

/** Starts @loan's units again, unless another loan still keeps them down. Failures become notes. */
void lend_loan_start_units(const struct lend_context *context, const struct lend_loan *loan);

/** Sleeps between two looks at a state that is being waited for. */
void lend_pause_ms(unsigned ms);

/** Brings one function home and drops its entry; on failure the entry says why. The caller holds the function's lock.
 */
int lend_loan_bring_home(const struct lend_context *context, struct lend_loan *loan, struct lend_error *error);

/** Records in @loan and in its entry why it is not where it should be, from @error. */
void lend_loan_record_failure(const struct lend_context *context, struct lend_loan *loan, pid_t hanging,
			      const struct lend_error *error);

/** "win11: 0000:01:00.0: WHAT DRIVER", with "no driver" for an empty one. */
void lend_loan_note(const struct lend_context *context, const struct lend_loan *loan, const char *what,
		    const char *driver);

/** "win11", or "nobody (lent by hand)". */
const char *lend_loan_borrower(const struct lend_loan *loan);
