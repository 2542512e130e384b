/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who on the host uses what is to be lent, and what is done about it: refuse, wait, or stop the units that the host's
 * configuration names. Nobody is ever killed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "lendpci/act/steps/units.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/know/holders/holders.h"

/*
 * What passes by itself is waited for under every policy: udev looks into a disk that has just come home, and after a
 * unit has stopped the kernel may still be closing its files.
 */
enum { PAUSE_MS = 100, PASSING_MS = 2000 };

static enum lend_holders_policy policy_of(const struct lend_context *context, const struct lend_request *request)
{
	/* An owner may ask for any care of the host, but not for none. */
	if (request->holders && *request->holders != LEND_HOLDERS_IGNORE)
		return *request->holders;
	return context->settings->holders;
}

/* Only functions that still have a host driver can have users on the host. */
static int find(const struct lend_context *context, const struct lend_plan *plan, struct lend_holders *ret,
		struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses bound = { 0 };

	for (size_t i = 0; i < plan->count; i++) {
		const struct lend_function *facts = &plan->functions[i].facts;

		if (!*facts->driver || strcmp(facts->driver, LEND_VFIO_DRIVER) == 0)
			continue;
		if (lend_addresses_add(&bound, facts->address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the functions to check");
	}
	return bound.count ? lend_holders_find(context->fs, bound.items, bound.count, ret, error) : 0;
}

static bool will_be_stopped(const struct lend_context *context, enum lend_holders_policy policy,
			    const struct lend_holder *holder)
{
	/* A user can name a unit of their own as they like; it is not the one that the host's configuration means. */
	return policy == LEND_HOLDERS_STOP && holder->unit && !holder->is_user_unit &&
	       lend_text_has_word(context->settings->stop_units, holder->unit);
}

static int refuse(const struct lend_holder *holder, size_t others, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(holder->function);
	_cleanup_free_ char *who = lend_holder_describe(holder);

	if (!who)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", name.text);
	if (others)
		lend_error_set(error, -EBUSY, "%s: in use by %s, and %zu more", name.text, who, others);
	else
		lend_error_set(error, -EBUSY, "%s: in use by %s", name.text, who);
	return lend_error_hint(error, -EBUSY,
			       "close it, or stop its service, before the VM starts; 'lendpci survey %s' lists all",
			       name.text);
}

static bool is_passing(const struct lend_holder *holder)
{
	return holder->unit && !holder->is_user_unit && strcmp(holder->unit, "systemd-udevd.service") == 0;
}

/* Refuses over the first one that @policy does nothing about. @ret_passing: all of them will be gone by themselves. */
static int check(const struct lend_context *context, enum lend_holders_policy policy, const struct lend_plan *plan,
		 bool *ret_passing, struct lend_error *error)
{
	_cleanup_(lend_holders_clear) struct lend_holders holders = { 0 };
	const struct lend_holder *first = NULL;
	size_t count = 0;
	int r;

	*ret_passing = true;
	if (policy == LEND_HOLDERS_IGNORE)
		return 0;
	r = find(context, plan, &holders, error);
	if (r < 0)
		return r;
	if (holders.unseen)
		lend_context_note(context, LEND_NOTE_WARNING,
				  "%u processes could not be looked into: they may use the device", holders.unseen);
	for (size_t i = 0; i < holders.count; i++) {
		if (will_be_stopped(context, policy, &holders.items[i]))
			continue;
		if (!first)
			first = &holders.items[i];
		*ret_passing = *ret_passing && is_passing(&holders.items[i]);
		count++;
	}
	return first ? refuse(first, count - 1, error) : 0;
}

static int check_for(const struct lend_context *context, enum lend_holders_policy policy, const struct lend_plan *plan,
		     unsigned deadline_ms, struct lend_error *error)
{
	for (unsigned waited = 0;; waited += PAUSE_MS) {
		bool passing;
		int r = check(context, policy, plan, &passing, error);

		if (r != -EBUSY || (waited >= deadline_ms && !(passing && waited < PASSING_MS)))
			return r;
		lend_pause_ms(PAUSE_MS);
	}
}

int lend_loan_check_users(const struct lend_context *context, const struct lend_request *request,
			  const struct lend_plan *plan, struct lend_error *error)
{
	bool passing;

	return check(context, policy_of(context, request), plan, &passing, error);
}

/* Writes into the loan of each function which units will be stopped for it. */
static int record_units(const struct lend_context *context, const struct lend_plan *plan, struct lend_loan *loans,
			size_t count, struct lend_error *error)
{
	_cleanup_(lend_holders_clear) struct lend_holders holders = { 0 };
	int r;

	r = find(context, plan, &holders, error);
	for (size_t i = 0; r >= 0 && i < holders.count; i++) {
		const struct lend_holder *holder = &holders.items[i];

		if (!will_be_stopped(context, LEND_HOLDERS_STOP, holder))
			continue;
		for (size_t j = 0; j < count; j++) {
			size_t length = strlen(loans[j].units);

			if (!lend_address_equal(loans[j].address, holder->function) ||
			    lend_text_has_word(loans[j].units, holder->unit))
				continue;
			if (length + strlen(holder->unit) + 2 > sizeof(loans[j].units))
				return lend_error_set(error, -E2BIG, "%s: too many units use it",
						      lend_address_text(loans[j].address).text);
			(void)snprintf(loans[j].units + length, sizeof(loans[j].units) - length, "%s%s",
				       length ? " " : "", holder->unit);
		}
	}
	return r;
}

int lend_loan_await_users(const struct lend_context *context, const struct lend_request *request,
			  const struct lend_plan *plan, struct lend_loan *loans, size_t count, struct lend_error *error)
{
	const enum lend_holders_policy policy = policy_of(context, request);
	int r;

	r = check_for(context, policy, plan, policy == LEND_HOLDERS_WAIT ? context->settings->holders_wait_ms : 0,
		      error);
	return r < 0 || policy != LEND_HOLDERS_STOP ? r : record_units(context, plan, loans, count, error);
}

/* Calls @each for every unit of @loan. Goes on after a failure and returns the first one. */
static int for_each_unit(const struct lend_context *context, const struct lend_loan *loan,
			 int (*each)(const struct lend_context *context, const struct lend_loan *loan, const char *unit,
				     struct lend_error *error),
			 struct lend_error *error)
{
	char units[sizeof(loan->units)];
	char *save = NULL;
	int first = 0;

	memcpy(units, loan->units, sizeof(units));
	for (char *unit = strtok_r(units, " ", &save); unit; unit = strtok_r(NULL, " ", &save)) {
		struct lend_error failure = { 0 };
		int r = each(context, loan, unit, &failure);

		if (r < 0 && first == 0) {
			first = r;
			*error = failure;
		}
	}
	return first;
}

static int stop_unit(const struct lend_context *context, const struct lend_loan *loan, const char *unit,
		     struct lend_error *error)
{
	int r;

	r = lend_units_stop(context->fs, unit, context->settings->unbind_deadline_ms, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", lend_address_text(loan->address).text);
	lend_context_note(context, LEND_NOTE_INFO, "%s: %s: stopped %s, which uses it", lend_loan_borrower(loan),
			  lend_address_text(loan->address).text, unit);
	return 0;
}

int lend_loan_stop_units(const struct lend_context *context, const struct lend_plan *plan,
			 const struct lend_loan *loans, size_t count, struct lend_error *error)
{
	bool stopped = false;

	for (size_t i = 0; i < count; i++) {
		int r = for_each_unit(context, &loans[i], stop_unit, error);

		if (r < 0)
			return r;
		stopped = stopped || *loans[i].units;
	}
	/* A user of another kind may hide behind the unit, or the unit may have been restarted by somebody. */
	return stopped ? check_for(context, LEND_HOLDERS_REFUSE, plan, PASSING_MS, error) : 0;
}

/* Whether another function that is still away had @unit stopped too: it is started with the last one. */
static bool is_needed_elsewhere(const struct lend_context *context, const struct lend_loan *loan, const char *unit)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };

	if (lend_journal_list(context->fs, &addresses, NULL) < 0)
		return false;
	for (size_t i = 0; i < addresses.count; i++) {
		struct lend_loan other;

		if (!lend_address_equal(addresses.items[i], loan->address) &&
		    lend_journal_read(context->fs, addresses.items[i], &other, NULL) == 0 &&
		    lend_text_has_word(other.units, unit))
			return true;
	}
	return false;
}

static int start_unit(const struct lend_context *context, const struct lend_loan *loan, const char *unit,
		      struct lend_error *error)
{
	return is_needed_elsewhere(context, loan, unit) ? 0 : lend_units_start(context->fs, unit, error);
}

void lend_loan_start_units(const struct lend_context *context, const struct lend_loan *loan)
{
	struct lend_error failure = { 0 };

	/* The device is home; a unit that does not start is for its owner to look at, not a reason to keep the loan. */
	if (for_each_unit(context, loan, start_unit, &failure) < 0)
		lend_context_note(context, LEND_NOTE_WARNING, "%s", failure.text);
}
