/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the hook does at each of libvirt's operations.
 *
 * libvirt waits for its hooks without a time-out and holds the domain's job meanwhile, so everything below has a
 * deadline of its own. Nothing here may call libvirt: it would wait for this very hook.
 */
#include "operation.h"

#include <errno.h>
#include <string.h>

#include "lendpci/act/loan/loan.h"
#include "lendpci/act/restore_guard.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/base/trace.h"
#include "lendpci/decide/definition_problems.h"
#include "lendpci/know/domain/config.h"
#include "lendpci/know/domain/definition_facts.h"
#include "lendpci/know/domain/domain.h"

static int started(const struct lend_context *context, const struct lend_hook_call *call, struct lend_error *error)
{
	char uuid[37];
	int r;

	r = lend_domain_parse_uuid(call->xml, call->xml_size, uuid, error);
	return r < 0 ? r : lend_loan_mark_started(context, uuid, error);
}

/* The daemon was restarted while the VM ran: from now on this one will call release. */
static int reconnect(const struct lend_context *context, const struct lend_hook_call *call, struct lend_error *error)
{
	char uuid[37];
	int r;

	r = lend_domain_parse_uuid(call->xml, call->xml_size, uuid, error);
	return r < 0 ? r : lend_loan_rebind_daemon(context, uuid, call->daemon, error);
}

static int release(const struct lend_context *context, const struct lend_hook_call *call, struct lend_error *error)
{
	char uuid[37];
	int r;

	r = lend_domain_parse_uuid(call->xml, call->xml_size, uuid, error);
	return r < 0 ? r : lend_loan_return_domain(context, uuid, error);
}

static const char never[] = "a VM with an assigned device can be turned off, but not saved or migrated";

/* The first device that @domain borrows goes to @ret. */
static bool borrows(const struct lend_domain *domain, struct lend_address *ret)
{
	const struct lend_address *first = lend_domain_first_borrowed(domain);

	if (first)
		*ret = *first;
	return first;
}

/* Returns 1 with a device that this host's definition of the domain has, 0 for none. libvirt itself cannot be asked. */
static int find_in_definition(const struct lend_context *context, const struct lend_hook_call *call,
			      struct lend_address *ret, struct lend_error *error)
{
	_cleanup_(lend_domain_freep) struct lend_domain *kept = NULL;
	struct lend_error failure = { 0 };
	char uuid[37];
	int r;

	r = lend_domain_config_find(context->fs, call->domain, &kept, &failure);
	if (r == -ENOENT)
		return 0;
	if (r == -EINVAL) {
		*error = failure;
		return r;
	}
	if (r < 0) {
		/* Most domains have no device, and must start even if the definition cannot be read. */
		lend_context_note(context, LEND_NOTE_WARNING, "%s: %s", call->domain, failure.text);
		return 0;
	}
	r = lend_domain_parse_uuid(call->xml, call->xml_size, uuid, error);
	return r < 0 ? r : strcmp(uuid, kept->uuid) == 0 && borrows(kept, ret);
}

enum restore_case { NO_DEVICE, HAS_DEVICE, LACKS_DEVICE };

static const char *const restore_cases[] = {
	[NO_DEVICE] = "no device, neither in its XML nor in its definition",
	[HAS_DEVICE] = "its XML has a device",
	[LACKS_DEVICE] = "its definition has a device that its XML lacks",
};

/*
 * A saved or incoming VM is described by XML of another time or another host. Either that has a device, whose state is
 * lost; or it has none, but the definition got one since, and the VM would run without it. Returns a restore_case, with
 * the device, or -errno.
 */
static int find_case(const struct lend_context *context, const struct lend_hook_call *call, struct lend_address *ret,
		     struct lend_error *error)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	int r;

	if (lend_domain_text_may_concern(call->xml, call->xml_size)) {
		r = lend_domain_parse(call->xml, call->xml_size, &domain, error);
		if (r < 0)
			return r;
		if (borrows(domain, ret))
			return HAS_DEVICE;
	}
	r = find_in_definition(context, call, ret, error);
	return r > 0 ? LACKS_DEVICE : r;
}

static int classify(const struct lend_context *context, const struct lend_hook_call *call, struct lend_address *ret,
		    struct lend_error *error)
{
	const int r = find_case(context, call, ret, error);

	if (r >= 0)
		lend_trace("%s: %s: %s", call->domain, call->operation, restore_cases[r]);
	return r;
}

/* The restore itself must not be refused: see lend_restore_guard_note(). */
static int restore(const struct lend_context *context, const struct lend_hook_call *call, struct lend_error *error)
{
	struct lend_address device;
	char uuid[37];
	int r;

	if (classify(context, call, &device, error) == NO_DEVICE)
		return 0;
	r = lend_domain_parse_uuid(call->xml, call->xml_size, uuid, error);
	return r < 0 ? r : lend_restore_guard_note(context->fs, uuid, call->daemon, error);
}

static int refuse_restored(const struct lend_context *context, const struct lend_hook_call *call,
			   struct lend_error *error)
{
	struct lend_address device;
	int r = classify(context, call, &device, error);

	switch (r) {
	case HAS_DEVICE:
		lend_error_set(error, -ENOTSUP, "%s", never);
		return lend_error_hint(
			error, -ENOTSUP,
			"'virsh managedsave-remove %s' drops the saved state, 'virsh start --force-boot %s' starts without it",
			lend_text_shell_quote(call->domain).text, lend_text_shell_quote(call->domain).text);
	case LACKS_DEVICE:
		lend_error_set(error, -ENOTSUP, "its saved state predates %s; restoring it would run the VM without it",
			       lend_address_text(device).text);
		return lend_error_hint(
			error, -ENOTSUP,
			"'virsh managedsave-remove %s' drops the saved state, 'virsh start --force-boot %s' starts without it; to restore it, unassign the device first",
			lend_text_shell_quote(call->domain).text, lend_text_shell_quote(call->domain).text);
	default:
		return r;
	}
}

/* What QEMU gets past libvirt is its owner's business, and nobody is asked to lend it; but it is told. */
static void note_arguments(const struct lend_context *context, const struct lend_hook_call *call,
			   const struct lend_domain *domain)
{
	for (size_t i = 0; i < domain->arguments.vfio_count; i++)
		lend_context_note(
			context, LEND_NOTE_WARNING,
			"%s: %s: <qemu:commandline> gives it to QEMU past libvirt, so it is neither lent nor brought home",
			call->domain, lend_address_text(domain->arguments.vfio[i].address).text);
}

/* What nobody else would say in words: libvirt would show QEMU's last line, or the guest would hang without any. */
static int refuse_definition(const struct lend_context *context, const struct lend_hook_call *call,
			     const struct lend_domain *domain, struct lend_error *error)
{
	_cleanup_(lend_definition_facts_clear) struct lend_definition_facts facts = { 0 };
	_cleanup_(lend_problems_clear) struct lend_problems problems = { 0 };
	struct lend_error failure = { 0 };

	/* All that is the hook's has to do with a window of the domain's own; without one, nothing needs to be read. */
	if (!lend_domain_first_borrowed(domain) || !domain->arguments.window_count)
		return 0;
	if (lend_definition_facts_read_text(context->fs, domain, call->xml, call->xml_size, &facts, &failure) < 0 ||
	    lend_definition_problems_find(&facts, &problems, &failure) < 0) {
		/* Advice that cannot be had keeps no VM from its start. */
		lend_context_note(context, LEND_NOTE_WARNING, "%s: %s", call->domain, failure.text);
		return 0;
	}
	for (size_t i = 0; i < problems.count; i++) {
		const struct lend_problem *problem = &problems.items[i];

		if (!problem->is_for_hook)
			continue;
		lend_error_set(error, -ENOTSUP, "%s", problem->text);
		return lend_error_hint(error, -ENOTSUP, "%s", problem->hint);
	}
	return 0;
}

static int prepare(const struct lend_context *context, const struct lend_hook_call *call, struct lend_error *error)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	int r = 0;

	if (lend_restore_guard_is_noted(context->fs, call->xml, call->xml_size)) {
		char uuid[37];

		r = lend_domain_parse_uuid(call->xml, call->xml_size, uuid, error);
		if (r == 0 && lend_restore_guard_take(context->fs, uuid, call->daemon))
			r = refuse_restored(context, call, error);
	}
	if (r < 0 || !lend_domain_text_may_concern(call->xml, call->xml_size))
		return r;
	r = lend_domain_parse(call->xml, call->xml_size, &domain, error);
	if (r == 0) {
		note_arguments(context, call, domain);
		r = refuse_definition(context, call, domain, error);
	}
	return r < 0 ? r : lend_loan_take_for_domain(context, domain, call->daemon, error);
}

static int refuse_migration(const struct lend_context *context, const struct lend_hook_call *call,
			    struct lend_error *error)
{
	struct lend_address device;
	int r = classify(context, call, &device, error);

	switch (r) {
	case HAS_DEVICE:
		lend_error_set(error, -ENOTSUP, "%s", never);
		return lend_error_hint(error, -ENOTSUP,
				       "shut it down where it runs, then start it here with a device of this host");
	case LACKS_DEVICE:
		lend_error_set(error, -ENOTSUP, "the migrated VM lacks %s, which its definition on this host has",
			       lend_address_text(device).text);
		return lend_error_hint(
			error, -ENOTSUP,
			"shut it down where it runs, then start it here; or 'lendpci unassign %s' on this host first",
			lend_text_shell_quote(call->domain).text);
	default:
		return r;
	}
}

static const struct operation {
	const char *name;
	int (*run)(const struct lend_context *context, const struct lend_hook_call *call, struct lend_error *error);
	bool may_fail;        /* libvirt aborts, and shows the sentence */
	bool needs_loans;     /* nothing to do where nothing is on loan */
	bool needs_settings;  /* the administrator's, or nothing */
	bool looks_at_stored; /* the definition on this host may concern lendpci even if the XML does not */
	bool follows_restore; /* and so may a note of the restore guard */
} operations[] = {
	{ .name = "prepare", .run = prepare, .may_fail = true, .needs_settings = true, .follows_restore = true },
	{ .name = "started", .run = started, .needs_loans = true },
	{ .name = "reconnect", .run = reconnect, .needs_loans = true },
	{ .name = "release", .run = release, .needs_loans = true },
	{ .name = "restore", .run = restore, .looks_at_stored = true },
	{ .name = "migrate", .run = refuse_migration, .may_fail = true, .looks_at_stored = true },
};

static const struct operation *find(const char *name)
{
	for (size_t i = 0; i < LEND_ARRAY_SIZE(operations); i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	return NULL;
}

bool lend_hook_knows(const char *operation)
{
	return find(operation) != NULL;
}

bool lend_hook_may_fail(const char *operation)
{
	const struct operation *known = find(operation);

	return known && known->may_fail;
}

bool lend_hook_needs_settings(const char *operation)
{
	const struct operation *known = find(operation);

	return known && known->needs_settings;
}

bool lend_hook_concerns(const struct lend_fs *fs, const struct lend_hook_call *call)
{
	const struct operation *known = find(call->operation);

	return lend_domain_text_may_concern(call->xml, call->xml_size) ||
	       (known && (known->looks_at_stored ||
			  (known->follows_restore && lend_restore_guard_is_noted(fs, call->xml, call->xml_size))));
}

int lend_hook_run(const struct lend_context *context, const struct lend_hook_call *call, struct lend_error *error)
{
	const struct operation *operation = find(call->operation);
	int r;

	if (!operation || !lend_hook_concerns(context->fs, call))
		return 0;
	if (operation->needs_loans && !lend_fs_exists(context->fs, LEND_STATE_DIR "/loans")) {
		lend_trace("%s: %s: nothing is on loan", call->domain, call->operation);
		return 0;
	}
	r = operation->run(context, call, error);
	lend_trace("%s: %s: ends with %d", call->domain, call->operation, r);
	return r < 0 ? lend_error_wrap(error, r, "%s", call->domain) : 0;
}
