/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check: all that the hook checks before a start, changing nothing. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "assignment/definition_check.h"
#include "assignment/objections.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/plan_json.h"
#include "cli/program.h"
#include "lendpci/act/loan/loan.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/domain/domain.h"
#include "libvirt/connection.h"
#include "verbs/table.h"

/* What the start would do, in order; what is done once for all functions names none. */
static void print_steps(const struct lend_preview *preview)
{
	if (preview->count)
		lend_say("steps:");
	for (size_t i = 0; i < preview->count; i++)
		lend_say("%3zu. %-12s  %s", i + 1, *preview->items[i].target ? preview->items[i].target : "all",
			 preview->items[i].text);
}

static void print_plan(const char *domain, const struct lend_plan *plan)
{
	if (!plan->count)
		lend_say("%s: has no PCI device of this host to borrow", domain);
	for (size_t i = 0; i < plan->count; i++) {
		const struct lend_plan_function *function = &plan->functions[i];

		lend_say("%s: %s: can be lent (now on %s%s)", domain, lend_address_text(function->facts.address).text,
			 *function->facts.driver ? function->facts.driver : "no driver",
			 function->companion ? "; goes along, as its IOMMU group demands" : "");
	}
}

/* @refusal has no text when the domain could start. */
static int print_json(const char *domain, const struct lend_plan *plan, const struct lend_preview *preview,
		      const struct lend_error *refusal, struct lend_error *error)
{
	json_t *document = json_pack("{s:s s:b s:o s:o s:o s:o}", "domain", domain, "ready", !*refusal->text,
				     "functions", lend_plan_to_json(plan), "steps", lend_preview_to_json(preview),
				     "reason", *refusal->text ? json_string(refusal->text) : json_null(), "hint",
				     *refusal->hint ? json_string(refusal->hint) : json_null());

	if (lend_print_json(document) < 0)
		return lend_error_set(error, -ENOMEM, "%s: cannot form the JSON", domain);
	return 0;
}

/* Fetches @name's definition from libvirt and parses it. @ret_saved: what a saved state has against a start;
 * @ret_wrong: what the definition itself has. */
static int read_domain(const struct lend_call *call, const struct lend_fs *fs, const char *name,
		       struct lend_domain **ret, struct lend_error *ret_saved, struct lend_error *ret_wrong,
		       struct lend_error *error)
{
	_cleanup_(lend_libvirt_closep) struct lend_libvirt *libvirt = NULL;
	_cleanup_(lend_libvirt_domain_freep) struct lend_libvirt_domain *handle = NULL;
	_cleanup_free_ char *xml = NULL;
	int r;

	r = lend_libvirt_open(call->connect, &libvirt, error);
	if (r >= 0)
		r = lend_libvirt_find(libvirt, name, &handle, error);
	if (r >= 0)
		r = lend_libvirt_definition(handle, &xml, error);
	if (r >= 0)
		r = lend_domain_parse(xml, strlen(xml), ret, error);
	if (r >= 0)
		(void)lend_objections_to_saved_state(handle, (*ret)->name, ret_saved);
	if (r >= 0)
		(void)lend_definition_check(fs, *ret, xml, strlen(xml), ret_wrong);
	return r;
}

int lend_verb_check(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	_cleanup_(lend_program_close) struct lend_program program;
	_cleanup_(lend_preview_clear) struct lend_preview preview = { 0 };
	_cleanup_(lend_plan_clear) struct lend_plan plan = { 0 };
	const char *name = call->arguments[0];
	struct lend_error refusal = { 0 }, saved = { 0 }, wrong = { 0 };
	int refused, r;

	r = lend_program_open(call, false, &program, error);
	if (r < 0)
		return r;
	r = read_domain(call, program.context.fs, name, &domain, &saved, &wrong, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", name);
	refused = lend_loan_check_for_domain(&program.context, domain, &plan, &preview, &refusal);
	if (refused == 0 && plan.count && *saved.text) {
		refused = -ENOTSUP;
		refusal = saved;
	}
	if (refused == 0 && *wrong.text) {
		refused = -ENOTSUP;
		refusal = wrong;
	}
	if (refused == 0 && plan.count) {
		r = lend_costs_of_start(program.context.fs, &plan, domain->name, error);
		if (r < 0)
			return r;
	}
	if (refused < 0)
		(void)lend_error_wrap(&refusal, refused, "%s", domain->name);
	else
		refusal = (struct lend_error){ 0 }; /* of what could do without */
	if (call->json) {
		r = print_json(domain->name, &plan, &preview, &refusal, error);
		if (r < 0)
			return r;
	} else if (refused == 0) {
		print_plan(domain->name, &plan);
		print_steps(&preview);
	}
	*error = refusal;
	return refused;
}
