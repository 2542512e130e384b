/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lend and return by hand: what Hyper-V calls dismount and mount. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/device_argument.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/own_connection.h"
#include "cli/plan_json.h"
#include "cli/program.h"
#include "lendpci/act/loan/loan.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "verbs/table.h"

static void print_plan(const struct lend_plan *plan, const struct lend_preview *preview)
{
	for (size_t i = 0; i < plan->count; i++)
		lend_say("%s: would go from %s to vfio-pci%s", lend_address_text(plan->functions[i].facts.address).text,
			 *plan->functions[i].facts.driver ? plan->functions[i].facts.driver : "no driver",
			 plan->functions[i].companion ? ", as its IOMMU group demands" : "");
	for (size_t i = 0; i < preview->count; i++)
		lend_say("%2zu. %-12s  %s", i + 1, *preview->items[i].target ? preview->items[i].target : "all",
			 preview->items[i].text);
}

static int show_plan(const struct lend_call *call, const struct lend_context *context,
		     const struct lend_request *request, struct lend_error *error)
{
	_cleanup_(lend_preview_clear) struct lend_preview preview = { 0 };
	_cleanup_(lend_plan_clear) struct lend_plan plan = { 0 };
	int r;

	r = lend_loan_check(context, request, &plan, &preview, error);
	if (r < 0)
		return r;
	if (!call->json)
		print_plan(&plan, &preview);
	else if (lend_print_json(json_pack("{s:o s:o}", "functions", lend_plan_to_json(&plan), "steps",
					   lend_preview_to_json(&preview))) < 0)
		return lend_error_set(error, -ENOMEM, "lend: out of memory");
	return 0;
}

int lend_verb_lend(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	_cleanup_(lend_program_close) struct lend_program program = { 0 };
	struct lend_request request = { .take_group = call->take_group };
	int r;

	if (call->json && !call->dry_run) {
		lend_error_set(error, LEND_EXIT_USAGE, "--json: only with --dry-run");
		return lend_error_hint(error, LEND_EXIT_USAGE, "'lendpci status --json' tells what was lent");
	}
	r = lend_program_open(call, true, &program, error);
	if (r < 0)
		return r;
	r = lend_device_arguments(program.fs, call->arguments, call->count, &wanted, error);
	if (r != 0)
		return r;
	r = lend_own_connection_refuse(program.fs, wanted.items, wanted.count, error);
	if (r < 0)
		return r;
	request.wanted = wanted.items;
	request.wanted_count = wanted.count;
	return call->dry_run ? show_plan(call, &program.context, &request, error)
			     : lend_loan_take(&program.context, &request, error);
}

/* What lending took along for the sake of the IOMMU group comes back with it. */
static int add_companions(const struct lend_fs *fs, struct lend_addresses *functions, struct lend_error *error)
{
	for (size_t i = 0, named = functions->count; i < named; i++) {
		_cleanup_(lend_addresses_clear) struct lend_addresses members = { 0 };
		struct lend_function function;
		struct lend_loan loan;

		if (lend_function_read(fs, functions->items[i], &function, NULL) < 0 ||
		    lend_functions_of_group(fs, function.iommu_group, &members, NULL) < 0)
			continue;
		for (size_t j = 0; j < members.count; j++) {
			if (lend_addresses_contain(functions, members.items[j]) ||
			    lend_journal_read(fs, members.items[j], &loan, NULL, NULL) == -ENOENT)
				continue;
			if (lend_addresses_add(functions, members.items[j]) < 0)
				return lend_error_set(error, -ENOMEM, "return: out of memory");
		}
	}
	return 0;
}

int lend_verb_return(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses functions = { 0 }, on_loan = { 0 };
	_cleanup_(lend_program_close) struct lend_program program;
	int r;

	r = lend_program_open(call, true, &program, error);
	if (r < 0)
		return r;
	/* Against the journal, not the host: a card that was pulled out can be on loan still. */
	r = lend_journal_list(program.fs, &on_loan, error);
	if (r < 0)
		return r;
	r = lend_device_arguments_among(program.fs, call->arguments, call->count, &on_loan, &functions, error);
	if (r != 0)
		return r;
	r = add_companions(program.fs, &functions, error);
	if (r < 0)
		return r;
	qsort(functions.items, functions.count, sizeof(*functions.items), lend_address_compare_qsort);
	return lend_loan_return(&program.context, &functions, error);
}

int lend_verb_reconcile(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_program_close) struct lend_program program;
	struct lend_reconciled found = { 0 };
	int r;

	r = lend_program_open(call, true, &program, error);
	if (r < 0)
		return r;
	r = lend_loan_reconcile(&program.context, &found, error);
	if (call->json)
		lend_say("{\"returned\": %u, \"kept\": %u, \"failed\": %u}", found.returned, found.kept, found.failed);
	else
		lend_say("%u returned, %u rightly on loan, %u could not be returned", found.returned, found.kept,
			 found.failed);
	return r;
}
