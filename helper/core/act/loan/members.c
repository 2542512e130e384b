/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a plan to the members of a loan: what goes, and what an earlier loan left to remember. */
#include "members.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "is_over.h"
#include "lendpci/act/steps/driver.h"
#include "lendpci/base/cleanup.h"

/* A domain's name is any text; cut it where a UTF-8 character begins. */
static void copy_name(char *field, size_t size, const char *name)
{
	size_t length = strnlen(name, size - 1);

	while (length && name[length] && ((unsigned char)name[length] & 0xc0) == 0x80)
		length--;
	memcpy(field, name, length);
	field[length] = '\0';
}

/* What the entry of a new loan says of its borrower. */
static void set_borrower(struct lend_loan *loan, const struct lend_request *request, const struct lend_loan_id *id)
{
	loan->id = *id;
	loan->state = LEND_LOAN_LENDING;
	loan->since = (int64_t)time(NULL);
	loan->started = false;
	loan->daemon = request->daemon;
	loan->hanging = (struct lend_process){ 0 };
	loan->why[0] = '\0';
	copy_name(loan->uuid, sizeof(loan->uuid), request->uuid ? request->uuid : "");
	copy_name(loan->domain, sizeof(loan->domain), request->domain ? request->domain : "");
}

static int remember(struct lend_loan_ids *ids, const struct lend_loan_id *id)
{
	struct lend_loan_id *bigger;

	for (size_t i = 0; i < ids->count; i++)
		if (strcmp(ids->items[i].text, id->text) == 0)
			return 0;
	bigger = reallocarray(ids->items, ids->count + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	ids->items = bigger;
	bigger[ids->count++] = *id;
	return 0;
}

/* Reads @facts' entry into @member, if it is of this very card. Returns 1, 0 for none, -errno. */
static int load_earlier(const struct lend_context *context, const struct lend_function *facts,
			struct lend_member *member, struct lend_error *error)
{
	_cleanup_(lend_records_clear) struct lend_records records = { 0 };
	int r;

	r = lend_journal_read(context->fs, facts->address, &member->loan, &records, error);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (member->loan.vendor == facts->vendor && member->loan.device == facts->device) {
		r = lend_member_load(member, &records, error);
		return r < 0 ? r : 1;
	}
	lend_context_note(context, LEND_NOTE_WARNING, "%s: forgot the loan of %04x:%04x, which is not there any more",
			  lend_address_text(facts->address).text, member->loan.vendor, member->loan.device);
	r = lend_journal_remove(context->fs, &member->loan, error);
	memset(member, 0, sizeof(*member));
	return r;
}

/* Returns 1 when the function is to go, 0 when it is to stay as it is. */
static int fill_member(struct lend_engine *engine, const struct lend_request *request,
		       const struct lend_function *facts, const struct lend_loan_id *id, struct lend_member *member,
		       struct lend_loan_ids *ids, struct lend_error *error)
{
	struct lend_loan *loan = &member->loan;
	int r;

	r = load_earlier(engine->context, facts, member, error);
	if (r < 0)
		return r;
	if (r > 0 && request->uuid && !*loan->uuid && !lend_loan_is_over(engine->context, loan))
		return 0; /* lent by hand, and by hand it will return */
	if (r > 0 && remember(ids, &loan->id) < 0)
		return lend_error_set(error, -ENOMEM, "out of memory for an earlier loan");
	if (r == 0) {
		if (strcmp(facts->driver, LEND_VFIO_DRIVER) == 0)
			return 0;
		loan->address = facts->address;
		loan->vendor = facts->vendor;
		loan->device = facts->device;
		(void)snprintf(loan->host_driver, sizeof(loan->host_driver), "%s", facts->driver);
	}
	set_borrower(loan, request, id);
	if (lend_addresses_add(&member->functions, facts->address) < 0)
		return lend_error_set(error, -ENOMEM, "out of memory for the functions to lend");
	return 1;
}

int lend_members_of_functions(struct lend_engine *engine, const struct lend_request *request,
			      const struct lend_plan *plan, struct lend_loan_ids *ret_ids, struct lend_error *error)
{
	const struct lend_loan_id id =
		lend_loan_id_of(request->uuid ? request->uuid : "", plan->functions[0].facts.address);

	for (size_t i = 0; i < plan->count; i++) {
		struct lend_member *member = lend_engine_add(engine);
		int r;

		if (!member)
			return lend_error_set(error, -ENOMEM, "out of memory for the functions to lend");
		r = fill_member(engine, request, &plan->functions[i].facts, &id, member, ret_ids, error);
		if (r <= 0)
			engine->count--;
		if (r < 0)
			return r;
	}
	return 0;
}

/* Whether a function that is not among the members belongs to loan @id still. */
static bool has_function(const struct lend_engine *engine, const struct lend_loan_id *id)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };

	if (lend_journal_list(engine->context->fs, &addresses, NULL) < 0)
		return true;
	for (size_t i = 0; i < addresses.count; i++) {
		struct lend_loan loan;
		bool ours = false;

		for (size_t j = 0; j < engine->count; j++)
			ours |= !engine->members[j].loan.is_shared &&
				lend_address_equal(engine->members[j].loan.address, addresses.items[i]);
		if (!ours && lend_journal_read(engine->context->fs, addresses.items[i], &loan, NULL, NULL) == 0 &&
		    strcmp(loan.id.text, id->text) == 0)
			return true;
	}
	return false;
}

/* Takes over what loan @id has to undo. */
static int inherit(struct lend_engine *engine, const struct lend_loan_id *id, struct lend_member *member,
		   struct lend_error *error)
{
	_cleanup_(lend_records_clear) struct lend_records records = { 0 };
	struct lend_loan loan;
	int r;

	r = lend_journal_read_shared(engine->context->fs, id, &loan, &records, error);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (lend_process_is_alive(engine->context->fs, &loan.hanging))
		return lend_error_set(error, -EBUSY, "%s: a step of its last loan still hangs: %s",
				      lend_member_name(member).text, loan.why);
	return lend_member_load(member, &records, error);
}

int lend_members_of_loan(struct lend_engine *engine, const struct lend_request *request, const struct lend_plan *plan,
			 const struct lend_loan_ids *earlier, struct lend_error *error)
{
	const struct lend_loan_id id =
		lend_loan_id_of(request->uuid ? request->uuid : "", plan->functions[0].facts.address);
	struct lend_member *member = lend_engine_add(engine);
	int r = 0;

	if (!member)
		return lend_error_set(error, -ENOMEM, "out of memory for a loan");
	member->loan.is_shared = true;
	set_borrower(&member->loan, request, &id);
	for (size_t i = 0; r >= 0 && i < plan->count; i++)
		if (lend_addresses_add(&member->functions, plan->functions[i].facts.address) < 0)
			r = lend_error_set(error, -ENOMEM, "out of memory for a loan");
	if (r >= 0)
		r = inherit(engine, &id, member, error);
	for (size_t i = 0; r >= 0 && i < earlier->count; i++)
		if (strcmp(earlier->items[i].text, id.text) != 0 && !has_function(engine, &earlier->items[i]))
			r = inherit(engine, &earlier->items[i], member, error);
	return r < 0 ? r : 0;
}
