/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a loan would do: the steps read, and nothing else. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "lendpci/act/loan/loan.h"
#include "lendpci/act/steps/driver.h"
#include "lendpci/base/cleanup.h"
#include "preview.h"

void lend_preview_clear(struct lend_preview *preview)
{
	for (size_t i = 0; i < preview->count; i++)
		json_decref(preview->items[i].state);
	free(preview->items);
	*preview = (struct lend_preview){ 0 };
}

static int add_step(struct lend_preview *preview, const char *target, const struct lend_step *step, const void *state,
		    enum lend_direction direction)
{
	struct lend_planned_step *bigger = reallocarray(preview->items, preview->count + 1, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	preview->items = bigger;
	bigger += preview->count++;
	*bigger = (struct lend_planned_step){ .step = step->name };
	(void)snprintf(bigger->target, sizeof(bigger->target), "%s", target);
	step->describe(state, direction, bigger->text, sizeof(bigger->text));
	bigger->state = step->to_json ? step->to_json(state) : json_object();
	return bigger->state ? 0 : -ENOMEM;
}

/* An earlier loan's entry knows better how the host was. */
static int load_earlier(const struct lend_context *context, struct lend_member *member)
{
	_cleanup_(lend_records_clear) struct lend_records records = { 0 };
	struct lend_loan loan;

	if (lend_journal_read(context->fs, member->loan.address, &loan, &records, NULL) < 0)
		return -ENOENT;
	return loan.vendor == member->loan.vendor && loan.device == member->loan.device
		       ? lend_member_load(member, &records, NULL)
		       : -ESTALE;
}

static int add_functions(struct lend_engine *engine, const struct lend_plan *plan, struct lend_error *error)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct lend_function *facts = &plan->functions[i].facts;
		struct lend_member *member = lend_engine_add(engine);

		if (!member || lend_addresses_add(&member->functions, facts->address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the functions to lend");
		member->loan.address = facts->address;
		member->loan.vendor = facts->vendor;
		member->loan.device = facts->device;
		/* Reserved for good, it stays as it is. */
		if (load_earlier(engine->context, member) < 0 && strcmp(facts->driver, LEND_VFIO_DRIVER) == 0) {
			lend_addresses_clear(&member->functions);
			engine->count--;
		}
	}
	return 0;
}

static int add_loan(struct lend_engine *engine, const struct lend_plan *plan, struct lend_error *error)
{
	struct lend_member *member = lend_engine_add(engine);

	if (!member)
		return lend_error_set(error, -ENOMEM, "out of memory for a loan");
	member->loan.is_shared = true;
	for (size_t i = 0; i < plan->count; i++)
		if (lend_addresses_add(&member->functions, plan->functions[i].facts.address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for a loan");
	return 0;
}

/* In the order in which they would be done. */
static int list_steps(const struct lend_engine *engine, struct lend_preview *preview)
{
	for (size_t step = 0; lend_steps[step]; step++) {
		for (size_t i = 0; i < engine->count; i++) {
			const struct lend_member *member = &engine->members[i];

			if (member->tasks[step].wanted &&
			    add_step(preview, member->loan.is_shared ? "" : lend_member_name(member).text,
				     lend_steps[step], member->tasks[step].state, LEND_DOWN) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

int lend_preview_make(const struct lend_context *context, const struct lend_request *request,
		      const struct lend_plan *plan, const struct lend_to_stop *to_stop, struct lend_preview *ret,
		      struct lend_error *error)
{
	_cleanup_(lend_engine_clear) struct lend_engine engine = { .context = context };
	_cleanup_(lend_preview_clear) struct lend_preview preview = { 0 };
	_cleanup_free_ struct lend_function *functions = calloc(plan->count + 1, sizeof(*functions));
	const struct lend_loan_facts facts = {
		.functions = functions,
		.count = plan->count,
		.units = to_stop->units,
		.sessions = to_stop->sessions,
		.release = to_stop->release,
		.wishes = request->wishes,
		.wish_count = request->wish_count,
	};
	int r;

	if (!functions)
		return lend_error_set(error, -ENOMEM, "out of memory for the functions to lend");
	for (size_t i = 0; i < plan->count; i++)
		functions[i] = plan->functions[i].facts;
	engine.facts = &facts;
	r = add_functions(&engine, plan, error);
	if (r == 0 && engine.count)
		r = add_loan(&engine, plan, error);
	if (r == 0)
		r = lend_engine_read(&engine, error);
	if (r < 0)
		return r;
	if (list_steps(&engine, &preview) < 0)
		return lend_error_set(error, -ENOMEM, "out of memory for the steps of a loan");
	*ret = preview;
	preview = (struct lend_preview){ 0 };
	return 0;
}

int lend_loan_undo_steps(const struct lend_records *records, struct lend_preview *ret, struct lend_error *error)
{
	_cleanup_(lend_preview_clear) struct lend_preview preview = { 0 };
	_cleanup_free_ struct lend_member *member = calloc(1, sizeof(*member));
	int r;

	if (!member)
		return lend_error_set(error, -ENOMEM, "out of memory for the steps of a loan");
	r = lend_member_load(member, records, error);
	if (r < 0)
		return r;
	for (size_t step = lend_step_count(); step-- > 0;)
		if (member->tasks[step].wanted &&
		    add_step(&preview, "", lend_steps[step], member->tasks[step].state, LEND_UP) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the steps of a loan");
	*ret = preview;
	preview = (struct lend_preview){ 0 };
	return 0;
}
