/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --timeout S */
#include "cli/timeout.h"

#include <stdint.h>

#include "cli/verb.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"

enum { TIMEOUT_MAX_S = 3600 };

int lend_timeout_read(const struct lend_call *call, unsigned otherwise, unsigned *ret_ms, struct lend_error *error)
{
	uint32_t seconds;

	*ret_ms = otherwise;
	if (!call->timeout)
		return 0;
	if (lend_text_to_u32(call->timeout, 10, &seconds) < 0 || seconds > TIMEOUT_MAX_S) {
		lend_error_set(error, LEND_EXIT_USAGE, "%s: not a number of seconds up to 3600", call->timeout);
		return lend_error_hint(error, LEND_EXIT_USAGE, "'lendpci %s --help' shows how", call->verb->name);
	}
	*ret_ms = seconds * 1000;
	return 0;
}
