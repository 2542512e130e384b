/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A journal entry of either version: damaged ones are told, whole ones come back from a write as they were. */
#include "lendpci/act/journal.h"

#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"

#define ENTRY "run/lendpci/loans/0000:01:00.0.json"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(lend_records_clear) struct lend_records records = { 0 };
	const struct lend_address address = { .bus = 1 };
	const struct lend_fs *fs = fuzz_host("lab");
	struct lend_error error = { 0 };
	struct lend_loan loan, again;
	int r;

	memset(&loan, 0, sizeof(loan));
	memset(&again, 0, sizeof(again));
	fuzz_put(ENTRY, data, size);
	r = lend_journal_read(fs, address, &loan, &records, &error);
	FUZZ_RULE(r == 0 || ((r == -EBADMSG || r == -EPROTONOSUPPORT || r == -EFBIG) && *error.text),
		  "an entry, or a sentence of why it is not obeyed");
	if (r < 0)
		return 0;
	FUZZ_RULE(lend_address_equal(loan.address, address), "an entry is of the function in its name");
	FUZZ_RULE(lend_journal_write(fs, &loan, NULL, &error) == 0, "what was read can be written");
	FUZZ_RULE(lend_journal_read(fs, address, &again, NULL, &error) == 0, "what was written can be read");
	FUZZ_RULE(again.state == loan.state && strcmp(again.uuid, loan.uuid) == 0 &&
			  strcmp(again.domain, loan.domain) == 0 && strcmp(again.host_driver, loan.host_driver) == 0 &&
			  again.since == loan.since,
		  "a write keeps what was read");
	return 0;
}
