/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who on the host uses what is to be lent, and what is done about it: refuse, wait, or stop the units that the host's
 * configuration names. Nobody is ever killed.
 */
#include <errno.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/base/settings.h"
#include "lendpci/know/holders/find.h"
#include "users.h"

/*
 * What passes by itself is waited for under every policy: udev looks into a disk that has just come home, and after a
 * unit has stopped the kernel may still be closing its files.
 */
enum { PAUSE_MS = 100, PASSING_MS = 2000 };

/*
 * A domain's owner, who writes its policy, may ask for more care of the host than its administrator does, never for
 * less: to stop units, and to look away, is for the host's configuration alone.
 */
static enum lend_holders_policy policy_of(const struct lend_context *context, const struct lend_request *request)
{
	if (request->holders && (*request->holders == LEND_HOLDERS_REFUSE || *request->holders == LEND_HOLDERS_WAIT))
		return *request->holders;
	return context->settings->holders;
}

/* Also of functions on vfio-pci: before a loan, whoever holds one is a stranger, such as a QEMU that libvirt does not
 * know. */
static int find(const struct lend_context *context, const struct lend_plan *plan, struct lend_holders *ret,
		struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses functions = { 0 };

	for (size_t i = 0; i < plan->count; i++)
		if (lend_addresses_add(&functions, plan->functions[i].facts.address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the functions to check");
	return lend_holders_find(context->fs, functions.items, functions.count, ret, error);
}

/* What lets the VM start without somebody's help. */
static const char *session_hint(const struct lend_context *context, enum lend_holders_policy policy,
				const struct lend_holder *holder)
{
	if (!holder->session || context->settings->stop_sessions)
		return NULL;
	return policy == LEND_HOLDERS_STOP ? "'stop_sessions = yes'" : "'holders = stop' and 'stop_sessions = yes'";
}

static int refuse(const struct lend_context *context, enum lend_holders_policy policy, const struct lend_holder *holder,
		  size_t others, struct lend_error *error)
{
	const char *settings = session_hint(context, policy, holder);
	const struct lend_address_text name = lend_address_text(holder->function);
	_cleanup_free_ char *who = lend_holder_describe(holder);

	if (!who)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", name.text);
	if (others)
		lend_error_set(error, -EBUSY, "%s: in use by %s, and %zu more", name.text, who, others);
	else
		lend_error_set(error, -EBUSY, "%s: in use by %s", name.text, who);
	if (settings)
		return lend_error_hint(
			error, -EBUSY,
			"log out before the VM starts, or have the session ended: %s in /etc/lendpci/lendpci.conf",
			settings);
	return lend_error_hint(error, -EBUSY,
			       "close it, or stop its service, before the VM starts; 'lendpci survey %s' lists all",
			       name.text);
}

/* An interface in use, not a program that calls itself so. */
static bool is_network(const struct lend_holder *holder)
{
	return !holder->pid && strcmp(holder->command, "network") == 0;
}

static bool is_passing(const struct lend_holder *holder)
{
	return holder->unit && !holder->is_user_unit && strcmp(holder->unit, "systemd-udevd.service") == 0;
}

/* What one look found. */
struct look {
	bool passing; /* all of those that are refused will be gone by themselves */
	struct lend_to_stop to_stop;
};

/* Refuses over the first one that @policy does nothing about. */
static int look(const struct lend_context *context, enum lend_holders_policy policy, const struct lend_plan *plan,
		struct look *ret, struct lend_error *error)
{
	_cleanup_(lend_holders_clear) struct lend_holders holders = { 0 };
	const struct lend_holder *first = NULL;
	size_t count = 0;
	int r;

	*ret = (struct look){ .passing = true };
	if (policy == LEND_HOLDERS_IGNORE)
		return 0;
	r = find(context, plan, &holders, error);
	if (r < 0)
		return r;
	if (holders.unseen)
		lend_context_note(context, LEND_NOTE_WARNING,
				  "%u processes could not be looked into: they may use the device", holders.unseen);
	for (size_t i = 0; r >= 0 && i < holders.count; i++) {
		const struct lend_holder *holder = &holders.items[i];

		r = 0;
		if (context->settings->take_network && is_network(holder))
			continue;
		if (policy == LEND_HOLDERS_STOP)
			r = lend_to_stop_add(context, holder, &ret->to_stop, error);
		else if (policy == LEND_HOLDERS_RELEASE)
			r = lend_to_stop_can_release(context, holder);
		ret->to_stop.release |= policy == LEND_HOLDERS_RELEASE && r > 0;
		if (r != 0)
			continue;
		if (!first)
			first = holder;
		ret->passing = ret->passing && is_passing(holder);
		count++;
	}
	if (r >= 0 && first)
		return refuse(context, policy, first, count - 1, error);
	if (r >= 0)
		r = lend_to_stop_add_display_manager(context, &ret->to_stop, error);
	return r < 0 ? r : 0;
}

static int look_until(const struct lend_context *context, enum lend_holders_policy policy, const struct lend_plan *plan,
		      unsigned deadline_ms, struct look *ret, struct lend_error *error)
{
	const struct lend_deadline deadline = lend_deadline_in(deadline_ms), passing = lend_deadline_in(PASSING_MS);

	for (;;) {
		int r = look(context, policy, plan, ret, error);

		if (r != -EBUSY ||
		    (lend_deadline_has_passed(deadline) && !(ret->passing && !lend_deadline_has_passed(passing))))
			return r;
		lend_pause_ms(PAUSE_MS);
	}
}

int lend_loan_check_users(const struct lend_context *context, const struct lend_request *request,
			  const struct lend_plan *plan, struct lend_to_stop *ret, struct lend_error *error)
{
	struct look found;
	int r;

	r = look(context, policy_of(context, request), plan, &found, error);
	if (r >= 0 && ret)
		*ret = found.to_stop;
	return r;
}

int lend_loan_await_users(const struct lend_context *context, const struct lend_request *request,
			  const struct lend_plan *plan, struct lend_to_stop *ret, struct lend_error *error)
{
	const enum lend_holders_policy policy = policy_of(context, request);
	struct look found;
	int r;

	r = look_until(context, policy, plan, policy == LEND_HOLDERS_WAIT ? context->settings->holders_wait_ms : 0,
		       &found, error);
	if (r >= 0)
		*ret = found.to_stop;
	return r < 0 ? r : lend_to_stop_check_self(context, ret, error);
}

int lend_loan_check_unused(const struct lend_context *context, const struct lend_plan *plan,
			   const struct lend_to_stop *stopped, struct lend_error *error)
{
	const unsigned deadline_ms = *stopped->sessions ? context->settings->unbind_deadline_ms
				     : stopped->release ? context->settings->holders_wait_ms
							: PASSING_MS;
	struct look found;

	/* A user of another kind may hide behind the unit, or the unit may have been restarted by somebody. */
	return look_until(context, LEND_HOLDERS_REFUSE, plan, deadline_ms, &found, error);
}
