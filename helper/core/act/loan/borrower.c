/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a loan is told of. */
#include "borrower.h"

#include "lendpci/act/context.h"
#include "lendpci/act/journal.h"

const char *lend_loan_borrower(const struct lend_loan *loan)
{
	return *loan->domain ? loan->domain : *loan->uuid ? loan->uuid : "nobody (lent by hand)";
}

void lend_loan_note(const struct lend_context *context, const struct lend_loan *loan, const char *what,
		    const char *driver)
{
	const char *name = *driver ? driver : "no driver";

	if (*loan->domain)
		lend_context_note(context, LEND_NOTE_INFO, "%s: %s: %s %s", loan->domain,
				  lend_address_text(loan->address).text, what, name);
	else
		lend_context_note(context, LEND_NOTE_INFO, "%s: %s %s", lend_address_text(loan->address).text, what,
				  name);
}
