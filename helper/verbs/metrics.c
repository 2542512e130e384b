/* SPDX-License-Identifier: GPL-2.0-or-later */
/* metrics: loans and what became of them, for Prometheus. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/program.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "metrics/metrics.h"
#include "verbs/table.h"

static int read_loans(const struct lend_fs *fs, struct lend_loan **ret, struct lend_metrics *metrics,
		      struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	struct lend_loan *loans;
	int r;

	r = lend_journal_list(fs, &addresses, error);
	if (r < 0)
		return r;
	*ret = loans = calloc(addresses.count + 1, sizeof(*loans));
	if (!loans)
		return lend_error_set(error, -ENOMEM, "metrics: out of memory");
	for (size_t i = 0; i < addresses.count; i++) {
		r = lend_journal_read(fs, addresses.items[i], &loans[metrics->loan_count], NULL, NULL);
		/* It may come home meanwhile. */
		metrics->loan_count += r == 0;
		metrics->damaged += r < 0 && r != -ENOENT;
	}
	metrics->loans = loans;
	return 0;
}

int lend_verb_metrics(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_program_close) struct lend_program program = { 0 };
	_cleanup_free_ struct lend_metrics *metrics = calloc(1, sizeof(*metrics));
	_cleanup_free_ struct lend_loan *loans = NULL;
	int r;

	if (!metrics)
		return lend_error_set(error, -ENOMEM, "metrics: out of memory");
	r = lend_program_open(call, true, &program, error);
	if (r == 0)
		r = read_loans(program.fs, &loans, metrics, error);
	if (r < 0)
		return r;
	/* What is counted is this host's; without a system journal there is nothing to count. */
	metrics->has_events =
		lend_fs_is_host(program.fs) && lend_log_read_events(lend_metrics_take, metrics, NULL) == 0;
	lend_metrics_print(stdout, metrics);
	return 0;
}
