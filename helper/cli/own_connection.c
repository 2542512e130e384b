/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/own_connection.h"

#include <errno.h>

#include "cli/message.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/decide/plan.h"
#include "lendpci/know/host/remote.h"
#include "lendpci/know/pci/function.h"

int lend_own_connection_refuse(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
			       struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses carriers = { 0 };
	int r;

	r = lend_remote_functions(fs, &carriers, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		if (!lend_addresses_contain(&carriers, functions[i]))
			continue;
		lend_error_set(error, -EBUSY, "%s: the ssh connection that this command came in on goes through it",
			       lend_address_text(functions[i]).text);
		return lend_error_hint(error, -EBUSY, "do it from the host's console, or over another network card");
	}
	return 0;
}

void lend_own_connection_warn(const struct lend_fs *fs, const char *subject, const struct lend_plan *plan)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses carriers = { 0 };

	if (lend_remote_functions(fs, &carriers, NULL) < 0)
		return;
	for (size_t i = 0; i < plan->count; i++)
		if (lend_addresses_contain(&carriers, plan->functions[i].facts.address))
			lend_warn(subject, "have another way into the host, or its console, at hand",
				  "%s: the ssh connection that this command came in on goes through it",
				  lend_address_text(plan->functions[i].facts.address).text);
}
