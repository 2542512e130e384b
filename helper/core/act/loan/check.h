/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Private to this room. */

#include "lendpci/act/loan/loan.h"

/** Of lend_loan_check(): all but lend_loan_judge() and who uses the functions on the host. @ret is not NULL. */
int lend_loan_plan(const struct lend_context *context, const struct lend_request *request, struct lend_plan *ret,
		   struct lend_error *error);
