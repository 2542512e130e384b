/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who on the host uses what is to be lent, and what is done about it: refuse, wait, or stop the units that the host's
 * configuration names. Nobody is ever killed.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"
#include "lendpci/base/text.h"
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

/*
 * Whether @alias is another name of @unit: display-manager.service is gdm.service or sddm.service, and a process is
 * found in that one's control group. An alias is a symbolic link in one of systemd's folders; the first folder that has
 * the name decides, and a masked unit leads to "null".
 *
 * Source: systemd.unit(5), "Unit File Load Path" and Alias=.
 */
static bool is_alias_of(const struct lend_fs *fs, const char *alias, const char *unit)
{
	static const char *const folders[] = { "etc/systemd/system", "run/systemd/system",
					       "usr/local/lib/systemd/system", "usr/lib/systemd/system",
					       "lib/systemd/system" };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(folders); i++) {
		char path[NAME_MAX + 64], target[NAME_MAX + 1];
		int r;

		(void)snprintf(path, sizeof(path), "%s/%s", folders[i], alias);
		r = lend_fs_link_name(fs, path, target, sizeof(target), NULL);
		if (r != -ENOENT)
			return r >= 0 && strcmp(target, unit) == 0;
	}
	return false;
}

static bool is_named(const struct lend_context *context, const char *unit)
{
	char names[sizeof(context->settings->stop_units)], *save = NULL;

	(void)snprintf(names, sizeof(names), "%s", context->settings->stop_units);
	for (char *name = strtok_r(names, " \t", &save); name; name = strtok_r(NULL, " \t", &save))
		if (strcmp(name, unit) == 0 || is_alias_of(context->fs, name, unit))
			return true;
	return false;
}

static bool will_be_stopped(const struct lend_context *context, enum lend_holders_policy policy,
			    const struct lend_holder *holder)
{
	/* A user can name a unit of their own as they like; it is not the one that the host's configuration means. */
	return policy == LEND_HOLDERS_STOP && holder->unit && !holder->is_user_unit && is_named(context, holder->unit);
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

/* An interface in use, not a program that calls itself so. */
static bool is_network(const struct lend_holder *holder)
{
	return !holder->pid && strcmp(holder->command, "network") == 0;
}

static bool is_passing(const struct lend_holder *holder)
{
	return holder->unit && !holder->is_user_unit && strcmp(holder->unit, "systemd-udevd.service") == 0;
}

static int add_unit(struct lend_unit_names *units, const struct lend_holder *holder, struct lend_error *error)
{
	size_t length = strlen(units->text);

	if (lend_text_has_word(units->text, holder->unit))
		return 0;
	if (length + strlen(holder->unit) + 2 > sizeof(units->text))
		return lend_error_set(error, -E2BIG, "%s: too many units use it",
				      lend_address_text(holder->function).text);
	(void)snprintf(units->text + length, sizeof(units->text) - length, "%s%s", length ? " " : "", holder->unit);
	return 0;
}

/* What one look found. */
struct look {
	bool passing; /* all of those that are refused will be gone by themselves */
	struct lend_unit_names units;
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

		if (context->settings->take_network && is_network(holder))
			continue;
		if (will_be_stopped(context, policy, holder)) {
			r = add_unit(&ret->units, holder, error);
			continue;
		}
		if (!first)
			first = holder;
		ret->passing = ret->passing && is_passing(holder);
		count++;
	}
	return r >= 0 && first ? refuse(first, count - 1, error) : r;
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
			  const struct lend_plan *plan, struct lend_unit_names *ret_units, struct lend_error *error)
{
	struct look found;
	int r;

	r = look(context, policy_of(context, request), plan, &found, error);
	if (r >= 0 && ret_units)
		*ret_units = found.units;
	return r;
}

int lend_loan_await_users(const struct lend_context *context, const struct lend_request *request,
			  const struct lend_plan *plan, struct lend_unit_names *ret_units, struct lend_error *error)
{
	const enum lend_holders_policy policy = policy_of(context, request);
	struct look found;
	int r;

	r = look_until(context, policy, plan, policy == LEND_HOLDERS_WAIT ? context->settings->holders_wait_ms : 0,
		       &found, error);
	if (r >= 0)
		*ret_units = found.units;
	return r;
}

int lend_loan_check_unused(const struct lend_context *context, const struct lend_plan *plan, struct lend_error *error)
{
	struct look found;

	/* A user of another kind may hide behind the unit, or the unit may have been restarted by somebody. */
	return look_until(context, LEND_HOLDERS_REFUSE, plan, PASSING_MS, &found, error);
}
