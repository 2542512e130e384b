/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Private to this room. */

#include "lendpci/act/loan/loan.h"

/** The steps that lending @plan would take now. @units: those that would be stopped, blank-separated. */
int lend_preview_make(const struct lend_context *context, const struct lend_request *request,
		      const struct lend_plan *plan, const char *units, struct lend_preview *ret,
		      struct lend_error *error);
