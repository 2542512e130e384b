/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_call;
struct lend_error;

/** What --timeout says, in ms; @otherwise without it. LEND_EXIT_USAGE for what is no number of seconds up to 3600. */
int lend_timeout_read(const struct lend_call *call, unsigned otherwise, unsigned *ret_ms, struct lend_error *error);
