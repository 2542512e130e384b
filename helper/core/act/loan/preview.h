/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Private to this room. */

#include "lendpci/act/loan/loan.h"
#include "to_stop.h"

/** The steps that lending @plan would take now. */
int lend_preview_make(const struct lend_context *context, const struct lend_request *request,
		      const struct lend_plan *plan, const struct lend_to_stop *to_stop, struct lend_preview *ret,
		      struct lend_error *error);
