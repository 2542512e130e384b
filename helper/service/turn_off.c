/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turn off: ACPI shutdown, a deadline, power off, then a check that every device came home. */
#include "service/turn_off.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lendpci/act/context.h"
#include "lendpci/act/journal.h"
#include "lendpci/act/loan/loan.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/domain/domain.h"
#include "libvirt/connection.h"
#include "libvirt/events.h"

enum { TICK_MS = 1000 };

void lend_shutdown_list_clear(struct lend_shutdown_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		lend_libvirt_domain_free(list->items[i].handle);
		free(list->items[i].name);
	}
	free(list->items);
	*list = (struct lend_shutdown_list){ 0 };
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct lend_shutdown_entry *find(const struct lend_shutdown_list *list, const char *uuid)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].uuid, uuid) == 0)
			return &list->items[i];
	return NULL;
}

int lend_shutdown_list_add(struct lend_libvirt *libvirt, const char *name, struct lend_shutdown_list *list,
			   struct lend_error *error)
{
	_cleanup_(lend_libvirt_domain_freep) struct lend_libvirt_domain *handle = NULL;
	struct lend_shutdown_entry *bigger;
	_cleanup_free_ char *real_name = NULL;
	char uuid[37];
	int r;

	r = lend_libvirt_find(libvirt, name, &handle, error);
	if (r == 0)
		r = lend_libvirt_identify(handle, &real_name, uuid, error);
	if (r < 0 || find(list, uuid))
		return r;
	bigger = reallocarray(list->items, list->count + 1, sizeof(*bigger));
	if (!bigger)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", name);
	list->items = bigger;
	bigger += list->count++;
	*bigger = (struct lend_shutdown_entry){ .handle = TAKE_PTR(handle), .name = TAKE_PTR(real_name) };
	(void)strcpy(bigger->uuid, uuid);
	return 0;
}

/* Returns 1 with one of @uuid's loans in @ret, 0 when all are home. */
static int find_loan(const struct lend_context *context, const char *uuid, struct lend_loan *ret)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };

	if (lend_journal_list(context->fs, &addresses, NULL) < 0)
		return 0;
	for (size_t i = 0; i < addresses.count; i++)
		if (lend_journal_read(context->fs, addresses.items[i], ret, NULL, NULL) == 0 &&
		    strcmp(ret->uuid, uuid) == 0)
			return 1;
	return 0;
}

static bool would_borrow(struct lend_libvirt_domain *handle)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	_cleanup_free_ char *xml = NULL;

	if (lend_libvirt_live(handle, &xml, NULL) < 0)
		return false;
	if (lend_domain_parse(xml, strlen(xml), &domain, NULL) < 0)
		return lend_domain_text_may_concern(xml, strlen(xml));
	return lend_domain_first_borrowed(domain);
}

int lend_shutdown_list_add_all(const struct lend_context *context, struct lend_libvirt *libvirt,
			       struct lend_shutdown_list *list, struct lend_error *error)
{
	_cleanup_(lend_libvirt_texts_freep) char **uuids = NULL;
	int r;

	r = lend_libvirt_running(libvirt, &uuids, error);
	for (char **uuid = uuids; r == 0 && *uuid; uuid++) {
		_cleanup_(lend_libvirt_domain_freep) struct lend_libvirt_domain *handle = NULL;
		struct lend_loan loan;

		r = lend_libvirt_find(libvirt, *uuid, &handle, error);
		if (r == 0 && (find_loan(context, *uuid, &loan) || would_borrow(handle)))
			r = lend_shutdown_list_add(libvirt, *uuid, list, error);
		/* It ended since it was listed. */
		if (r == -ENOENT)
			r = 0;
	}
	return r;
}

/* What the events have said while we wait. */
struct waiting {
	struct lend_shutdown_list *list;
	bool is_closed;
};

static void on_event(void *userdata, enum lend_libvirt_event event, const char *uuid)
{
	struct waiting *waiting = userdata;
	struct lend_shutdown_entry *entry = find(waiting->list, uuid);

	if (event == LEND_EVENT_CLOSED)
		waiting->is_closed = true;
	if (event == LEND_EVENT_STOPPED && entry)
		entry->is_off = true;
}

static size_t count_running(const struct lend_shutdown_list *list)
{
	size_t running = 0;

	for (size_t i = 0; i < list->count; i++)
		running += !list->items[i].is_off;
	return running;
}

static void ask_to_shut_down(const struct lend_context *context, struct lend_shutdown_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct lend_shutdown_entry *entry = &list->items[i];
		struct lend_error failure = { 0 };

		entry->is_off = !lend_libvirt_is_running(entry->handle);
		if (entry->is_off)
			continue;
		/* A guest that cannot be asked is powered off later, like one that does not answer. */
		if (lend_libvirt_shut_down(entry->handle, &failure) < 0 && lend_libvirt_is_running(entry->handle))
			lend_context_note(context, LEND_NOTE_WARNING, "%s", failure.text);
		else
			lend_context_note(context, LEND_NOTE_INFO, "%s: is shutting down", entry->name);
	}
}

static int wait_for_all(const struct waiting *waiting, unsigned timeout_ms,
			void (*tick)(const struct lend_shutdown_list *list, unsigned left_ms), struct lend_error *error)
{
	const int64_t deadline = now_ms() + timeout_ms;
	int r = 0;

	while (r == 0 && !waiting->is_closed && count_running(waiting->list)) {
		int64_t left = deadline - now_ms();

		if (left <= 0)
			break;
		if (tick)
			tick(waiting->list, (unsigned)left);
		r = lend_libvirt_loop_run(left < TICK_MS ? (unsigned)left : TICK_MS, error);
	}
	return r;
}

/* Powers off what still runs, and checks that everything came home; says why not. */
static int finish(const struct lend_context *context, struct lend_shutdown_entry *entry, unsigned timeout_ms,
		  struct lend_error *error)
{
	struct lend_loan loan;
	int r = 0;

	if (!entry->is_off) {
		r = lend_libvirt_power_off(entry->handle, error);
		if (r < 0)
			return r;
		entry->is_off = entry->was_powered_off = true;
	}
	/* The hook was killed, or libvirt does not run it. */
	if (find_loan(context, entry->uuid, &loan))
		r = lend_loan_return_domain(context, entry->uuid, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", entry->name);
	if (find_loan(context, entry->uuid, &loan)) {
		lend_error_set(error, -EIO, "%s: %s: is still on loan (%s)%s%s", entry->name,
			       lend_address_text(loan.address).text, lend_loan_state_name(loan.state),
			       *loan.why ? ": " : "", loan.why);
		return lend_error_hint(error, -EIO, "'lendpci status' shows why, 'lendpci reconcile' tries again");
	}
	if (entry->was_powered_off)
		lend_context_note(context, LEND_NOTE_INFO,
				  "%s: did not shut down in %u s and was powered off; its devices are home",
				  entry->name, timeout_ms / 1000);
	else
		lend_context_note(context, LEND_NOTE_INFO, "%s: is off; its devices are home", entry->name);
	return 0;
}

int lend_turn_off(const struct lend_context *context, struct lend_libvirt *libvirt, struct lend_shutdown_list *list,
		  unsigned timeout_ms, void (*tick)(const struct lend_shutdown_list *list, unsigned left_ms),
		  struct lend_error *error)
{
	_cleanup_(lend_libvirt_listener_freep) struct lend_libvirt_listener *listener = NULL;
	struct waiting waiting = { .list = list };
	int first;

	/* Before anybody is asked, so that no event is missed. */
	first = lend_libvirt_listen(libvirt, on_event, &waiting, &listener, error);
	if (first < 0)
		return first;
	ask_to_shut_down(context, list);
	first = wait_for_all(&waiting, timeout_ms, tick, error);
	for (size_t i = 0; i < list->count; i++) {
		struct lend_error failure = { 0 };
		int r = finish(context, &list->items[i], timeout_ms, &failure);

		if (r < 0 && first == 0) {
			first = r;
			*error = failure;
		} else if (r < 0) {
			lend_context_note(context, LEND_NOTE_ERROR, "%s", failure.text);
		}
	}
	return first;
}
