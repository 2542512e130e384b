/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members of a loan: who they are, who goes after whom, and what of them is in the journal. */
#include "engine.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "borrower.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"

void lend_engine_clear(struct lend_engine *engine)
{
	for (size_t i = 0; i < engine->count; i++)
		lend_addresses_clear(&engine->members[i].functions);
	free(engine->members);
	*engine = (struct lend_engine){ 0 };
}

struct lend_member *lend_engine_add(struct lend_engine *engine)
{
	struct lend_member *bigger = reallocarray(engine->members, engine->count + 1, sizeof(*bigger));

	if (!bigger)
		return NULL;
	engine->members = bigger;
	bigger += engine->count++;
	memset(bigger, 0, sizeof(*bigger));
	return bigger;
}

struct lend_member_name lend_member_name(const struct lend_member *member)
{
	struct lend_member_name ret;

	if (!member->loan.is_shared)
		(void)snprintf(ret.text, sizeof(ret.text), "%s", lend_address_text(member->loan.address).text);
	else if (member->functions.count)
		(void)snprintf(ret.text, sizeof(ret.text), "%s", lend_address_text(member->functions.items[0]).text);
	else
		(void)snprintf(ret.text, sizeof(ret.text), "%s", member->loan.id.text);
	return ret;
}

/* The physical function of a virtual one, else the function itself. */
static struct lend_address physical_function(const struct lend_fs *fs, struct lend_address function)
{
	struct lend_address physical;
	char name[64];

	if (lend_fs_link_name(fs, lend_function_path(function, "physfn").text, name, sizeof(name), NULL) == 0 &&
	    lend_address_parse(name, &physical, NULL) == 0)
		return physical;
	return function;
}

static int iommu_group(const struct lend_fs *fs, struct lend_address function)
{
	struct lend_function facts;

	return lend_function_read(fs, function, &facts, NULL) < 0 ? LEND_NO_GROUP : facts.iommu_group;
}

void lend_engine_make_lanes(struct lend_engine *engine)
{
	const struct lend_fs *fs = engine->context->fs;

	for (size_t i = 0; i < engine->count; i++) {
		struct lend_member *member = &engine->members[i];
		const struct lend_address physical = physical_function(fs, member->loan.address);
		const int group = iommu_group(fs, member->loan.address);

		member->lane = (unsigned)i;
		for (size_t j = 0; j < i && !member->loan.is_shared; j++) {
			const struct lend_member *other = &engine->members[j];

			if (other->loan.is_shared)
				continue;
			if (lend_address_same_slot(physical, physical_function(fs, other->loan.address)) ||
			    (group != LEND_NO_GROUP && group == iommu_group(fs, other->loan.address))) {
				member->lane = other->lane;
				break;
			}
		}
	}
}

size_t lend_step_count(void)
{
	size_t count = 0;

	while (lend_steps[count])
		count++;
	return count;
}

bool lend_member_has_scope(const struct lend_engine *engine, const struct lend_member *member,
			   const struct lend_step *step)
{
	switch (step->scope) {
	case LEND_SCOPE_HOST:
	case LEND_SCOPE_LOAN:
		return member->loan.is_shared;
	case LEND_SCOPE_FUNCTION:
		return !member->loan.is_shared;
	case LEND_SCOPE_CARD:
		break;
	}
	if (member->loan.is_shared)
		return false;
	/* A card's step is kept by the first of its functions that go. */
	for (const struct lend_member *other = engine->members; other < member; other++)
		if (!other->loan.is_shared && lend_address_same_slot(other->loan.address, member->loan.address))
			return false;
	return true;
}

struct lend_target lend_member_target(const struct lend_engine *engine, const struct lend_member *member,
				      const struct lend_step *step, struct lend_addresses *storage)
{
	struct lend_target target = {
		.scope = step->scope,
		.address = member->loan.address,
		.functions = &member->functions,
		.facts = engine->facts,
		.id = member->loan.id.text,
	};

	if (member->loan.is_shared && member->functions.count)
		target.address = member->functions.items[0];
	if (step->scope != LEND_SCOPE_CARD)
		return target;
	for (size_t i = 0; i < engine->count; i++)
		if (!engine->members[i].loan.is_shared &&
		    lend_address_same_slot(engine->members[i].loan.address, target.address))
			(void)lend_addresses_add(storage, engine->members[i].loan.address);
	target.functions = storage;
	return target;
}

int lend_member_load(struct lend_member *member, const struct lend_records *records, struct lend_error *error)
{
	const struct lend_member_name name = lend_member_name(member);

	for (size_t i = 0; i < records->count; i++) {
		const struct lend_record *record = &records->items[i];
		struct lend_task *task = NULL;

		for (size_t at = 0; lend_steps[at]; at++) {
			if (!lend_steps[at]->restore || strcmp(lend_steps[at]->name, record->step) != 0)
				continue;
			task = &member->tasks[at];
			if (!lend_steps[at]->from_json(record->state, task->state))
				return lend_error_set(error, -EBADMSG, "%s: step '%s' of its journal entry is damaged",
						      name.text, record->step);
		}
		if (!task) {
			lend_error_set(error, -EPROTONOSUPPORT,
				       "%s: its journal entry has the step '%s', which only a newer lendpci can undo",
				       name.text, record->step);
			return lend_error_hint(error, -EPROTONOSUPPORT,
					       "install that version again to bring the device home");
		}
		task->wanted = true;
		task->done = record->done;
		task->ms = record->ms;
	}
	return 0;
}

int lend_member_records(const struct lend_member *member, struct lend_records *ret)
{
	for (size_t i = 0; lend_steps[i]; i++) {
		const struct lend_task *task = &member->tasks[i];

		if (task->wanted && lend_steps[i]->restore &&
		    lend_records_add(ret, lend_steps[i]->name, task->done, task->ms,
				     lend_steps[i]->to_json(task->state)) < 0)
			return -ENOMEM;
	}
	return 0;
}

int lend_member_write(const struct lend_engine *engine, const struct lend_member *member, struct lend_error *error)
{
	_cleanup_(lend_records_clear) struct lend_records records = { 0 };

	if (lend_member_records(member, &records) < 0)
		return lend_error_set(error, -ENOMEM, "%s: out of memory for its journal entry",
				      lend_member_name(member).text);
	return lend_journal_write(engine->context->fs, &member->loan, &records, error);
}

void lend_member_record_failure(const struct lend_engine *engine, struct lend_member *member)
{
	struct lend_loan *loan = &member->loan;
	struct lend_error failure = { 0 };

	loan->state = member->hanging.pid ? LEND_LOAN_STUCK : LEND_LOAN_UNRETURNED;
	loan->hanging = member->hanging;
	(void)snprintf(loan->why, sizeof(loan->why), "%.*s", (int)sizeof(loan->why) - 1, member->error.text);
	/* A card stays where it is whether this can be written or not; the entry of before is enough to undo from. */
	if (lend_member_write(engine, member, &failure) < 0)
		lend_context_note(engine->context, LEND_NOTE_ERROR, "%s", failure.text);
	lend_context_note(engine->context, LEND_NOTE_ERROR, "%s: %s", lend_loan_borrower(loan), member->error.text);
}
