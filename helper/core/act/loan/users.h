/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who on the host uses what is to be lent, and what is done about it. Private to this room. */

#include "lendpci/act/loan/loan.h"
#include "to_stop.h"

struct lend_error;

/**
 * -EBUSY over the first user on the host that the policy does not deal with. One look, no waiting. @ret (may be NULL)
 * is what would be stopped.
 */
int lend_loan_check_users(const struct lend_context *context, const struct lend_request *request,
			  const struct lend_plan *plan, struct lend_to_stop *ret, struct lend_error *error);

/** The same before a loan: waits as the policy says. Stops nothing yet: the journal has to know of it first. */
int lend_loan_await_users(const struct lend_context *context, const struct lend_request *request,
			  const struct lend_plan *plan, struct lend_to_stop *ret, struct lend_error *error);

/**
 * After @stopped was stopped: -EBUSY when the functions are in use all the same. Where sessions were ended, their last
 * processes get the time that a driver gets; who was asked to let go gets holders_wait.
 */
int lend_loan_check_unused(const struct lend_context *context, const struct lend_plan *plan,
			   const struct lend_to_stop *stopped, struct lend_error *error);
