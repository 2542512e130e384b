/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to be done after libvirt's events. Their callbacks only note it; the work is done after they return. */
#include "service/watcher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "assignment/repair.h"
#include "assignment/rivals.h"
#include "lendpci/act/context.h"
#include "lendpci/act/loan/loan.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/know/domain/domain.h"
#include "libvirt/connection.h"
#include "libvirt/events.h"

/*
 * REVERTS_MAX repairs of one definition, less than PAUSE_SECONDS apart, mean that something reverts each of them; there
 * is then no repair for PAUSE_SECONDS. A person who edits a VM again and again does not get there; a program does in
 * seconds.
 */
enum { REVERTS_MAX = 20, PAUSE_SECONDS = 60 };

/* A domain that has an assignment, or had an event. */
struct known {
	char uuid[37];
	bool to_look_at;
	bool may_be_copy;
	bool has_policy;
	unsigned recent_repairs;
	time_t last_repair;
	char told[640]; /* the problem that was reported last, so that it is reported once */
};

struct lend_watcher {
	const struct lend_context *context;
	struct lend_libvirt *libvirt;
	struct lend_libvirt_listener *listener;
	struct known *known;
	size_t count;
	unsigned repairs;
	bool to_reconcile, is_disconnected;
};

static time_t now(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec;
}

/* The entry of @uuid, made if need be. NULL when memory runs out. */
static struct known *know(struct lend_watcher *watcher, const char *uuid)
{
	struct known *bigger;

	for (size_t i = 0; i < watcher->count; i++)
		if (strcmp(watcher->known[i].uuid, uuid) == 0)
			return &watcher->known[i];
	bigger = reallocarray(watcher->known, watcher->count + 1, sizeof(*bigger));
	if (!bigger)
		return NULL;
	watcher->known = bigger;
	bigger += watcher->count++;
	*bigger = (struct known){ 0 };
	(void)snprintf(bigger->uuid, sizeof(bigger->uuid), "%s", uuid);
	return bigger;
}

static void forget(struct lend_watcher *watcher, const struct known *known)
{
	size_t at = (size_t)(known - watcher->known);

	memmove(&watcher->known[at], &watcher->known[at + 1], (watcher->count - at - 1) * sizeof(*known));
	watcher->count--;
}

static void on_event(void *userdata, enum lend_libvirt_event event, const char *uuid)
{
	struct lend_watcher *watcher = userdata;
	struct known *known;

	switch (event) {
	case LEND_EVENT_CLOSED:
		watcher->is_disconnected = true;
		break;
	case LEND_EVENT_STOPPED:
		/* Most VMs have no device, and reconciling looks through all of /proc. */
		watcher->to_reconcile |= lend_loan_is_unsettled(watcher->context, uuid);
		break;
	case LEND_EVENT_STARTED:
		break;
	case LEND_EVENT_DEFINED:
	case LEND_EVENT_COPIED:
	case LEND_EVENT_GONE:
		known = know(watcher, uuid);
		if (!known)
			break;
		known->to_look_at = true;
		known->may_be_copy |= event == LEND_EVENT_COPIED;
		break;
	}
}

/* Reports a domain's problem once, until it has another. */
static void tell_once(struct lend_watcher *watcher, struct known *known, const char *name, const char *problem)
{
	if (strcmp(known->told, problem) == 0)
		return;
	(void)snprintf(known->told, sizeof(known->told), "%s", problem);
	if (*problem)
		lend_context_note(watcher->context, LEND_NOTE_WARNING, "%s%s%s", name, *name ? ": " : "", problem);
}

static void tell_repair(struct lend_watcher *watcher, const struct lend_repaired *kept)
{
	const struct lend_edit_report *report = &kept->report;
	char what[192] = "";

	if (report->moved)
		(void)snprintf(what, sizeof(what), ": updated the address of %u device%s", report->moved,
			       report->moved > 1 ? "s" : "");
	else if (report->added)
		(void)snprintf(what, sizeof(what), ": restored %u hostdev%s", report->added,
			       report->added > 1 ? "s" : "");
	else if (report->stop_count)
		(void)snprintf(what, sizeof(what), ": %s", report->stops[0]);
	lend_context_note(watcher->context, LEND_NOTE_INFO, "%s: repaired its definition%s", kept->name, what);
}

static void note_repair(struct lend_watcher *watcher, struct known *known, const struct lend_repaired *kept)
{
	watcher->repairs++;
	/* Our own repair causes an event, after which nothing is wrong: only time shows that nothing reverts it. */
	if (now() - known->last_repair >= PAUSE_SECONDS)
		known->recent_repairs = 0;
	known->recent_repairs++;
	known->last_repair = now();
	tell_repair(watcher, kept);
	if (known->recent_repairs == REVERTS_MAX)
		lend_context_note(watcher->context, LEND_NOTE_ERROR,
				  "%s: something keeps reverting its definition; no repair for %d s", kept->name,
				  PAUSE_SECONDS);
}

/* Whether something has reverted this definition's repairs just now. */
static bool is_reverted(struct known *known)
{
	if (known->recent_repairs < REVERTS_MAX)
		return false;
	if (now() - known->last_repair < PAUSE_SECONDS)
		return true;
	known->recent_repairs = 0;
	return false;
}

/* Returns whether the domain has to be remembered. */
static bool repair_one(struct lend_watcher *watcher, struct known *known)
{
	struct lend_error failure = { 0 }, rival = { 0 };
	struct lend_repaired kept;
	int r;

	if (is_reverted(known))
		return true;
	r = lend_repair(watcher->context->fs, watcher->libvirt, known->uuid, &kept, &failure);
	known->has_policy = kept.has_policy;
	if (r < 0) {
		tell_once(watcher, known, "", failure.text);
		return true;
	}
	if (!kept.has_policy)
		return false;
	if (kept.report.changed)
		note_repair(watcher, known, &kept);
	tell_once(watcher, known, kept.name, kept.problem.text);
	if (known->may_be_copy && lend_rivals_find(watcher->libvirt, known->uuid, &rival))
		lend_context_note(watcher->context, LEND_NOTE_WARNING, "%s", rival.text);
	known->may_be_copy = false;
	return true;
}

static void reconcile(struct lend_watcher *watcher)
{
	struct lend_reconciled found = { 0 };
	struct lend_error failure = { 0 };

	watcher->to_reconcile = false;
	if (lend_loan_reconcile(watcher->context, &found, &failure) < 0)
		lend_context_note(watcher->context, LEND_NOTE_ERROR, "%s", failure.text);
}

static void work(struct lend_watcher *watcher)
{
	if (watcher->to_reconcile)
		reconcile(watcher);
	for (size_t i = watcher->count; i-- > 0;) {
		struct known *known = &watcher->known[i];

		if (!known->to_look_at)
			continue;
		lend_clock_tick();
		known->to_look_at = false;
		if (!repair_one(watcher, known))
			forget(watcher, known);
	}
}

/* Checks every definition; domains without an assignment are forgotten at once. */
static int repair_all(struct lend_watcher *watcher, struct lend_error *error)
{
	_cleanup_(lend_libvirt_texts_freep) char **texts = NULL;
	int r;

	r = lend_libvirt_definitions(watcher->libvirt, &texts, error);
	if (r < 0)
		return r;
	for (char **text = texts; *text; text++) {
		struct known *known;
		char uuid[37];

		if (!strstr(*text, LEND_POLICY_NAMESPACE) ||
		    lend_domain_parse_uuid(*text, strlen(*text), uuid, NULL) < 0)
			continue;
		known = know(watcher, uuid);
		if (!known)
			return lend_error_set(error, -ENOMEM, "watch: out of memory");
		known->to_look_at = true;
	}
	watcher->to_reconcile = true;
	work(watcher);
	return 0;
}

int lend_watcher_new(const struct lend_context *context, struct lend_libvirt *libvirt, struct lend_watcher **ret,
		     struct lend_error *error)
{
	_cleanup_(lend_watcher_freep) struct lend_watcher *watcher = calloc(1, sizeof(*watcher));
	int r;

	if (!watcher)
		return lend_error_set(error, -ENOMEM, "watch: out of memory");
	watcher->context = context;
	watcher->libvirt = libvirt;
	/* Before the definitions are read, so that no change is missed. */
	r = lend_libvirt_listen(libvirt, on_event, watcher, &watcher->listener, error);
	if (r == 0)
		r = repair_all(watcher, error);
	if (r == 0)
		*ret = TAKE_PTR(watcher);
	return r;
}

void lend_watcher_free(struct lend_watcher *watcher)
{
	if (!watcher)
		return;
	lend_libvirt_listener_free(watcher->listener);
	free(watcher->known);
	free(watcher);
}

void lend_watcher_freep(struct lend_watcher **watcher)
{
	lend_watcher_free(*watcher);
}

int lend_watcher_run(struct lend_watcher *watcher, unsigned ms, struct lend_error *error)
{
	int r = lend_libvirt_loop_run(ms, error);

	if (r == 0 && !watcher->is_disconnected)
		work(watcher);
	return r;
}

bool lend_watcher_is_disconnected(const struct lend_watcher *watcher)
{
	return watcher->is_disconnected;
}

size_t lend_watcher_domains(const struct lend_watcher *watcher)
{
	size_t domains = 0;

	for (size_t i = 0; i < watcher->count; i++)
		domains += watcher->known[i].has_policy;
	return domains;
}

unsigned lend_watcher_repairs(const struct lend_watcher *watcher)
{
	return watcher->repairs;
}
