/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turn Off: the power button, a deadline, the plug, and a look whether everything came home. */
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

void lend_leavings_clear(struct lend_leavings *leavings)
{
	for (size_t i = 0; i < leavings->count; i++) {
		lend_libvirt_domain_free(leavings->items[i].handle);
		free(leavings->items[i].name);
	}
	free(leavings->items);
	*leavings = (struct lend_leavings){ 0 };
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct lend_leaving *find(const struct lend_leavings *leavings, const char *uuid)
{
	for (size_t i = 0; i < leavings->count; i++)
		if (strcmp(leavings->items[i].uuid, uuid) == 0)
			return &leavings->items[i];
	return NULL;
}

int lend_leavings_add(struct lend_libvirt *libvirt, const char *name, struct lend_leavings *leavings,
		      struct lend_error *error)
{
	_cleanup_(lend_libvirt_domain_freep) struct lend_libvirt_domain *handle = NULL;
	struct lend_leaving *bigger;
	_cleanup_free_ char *real_name = NULL;
	char uuid[37];
	int r;

	r = lend_libvirt_find(libvirt, name, &handle, error);
	if (r == 0)
		r = lend_libvirt_identify(handle, &real_name, uuid, error);
	if (r < 0 || find(leavings, uuid))
		return r;
	bigger = reallocarray(leavings->items, leavings->count + 1, sizeof(*bigger));
	if (!bigger)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", name);
	leavings->items = bigger;
	bigger += leavings->count++;
	*bigger = (struct lend_leaving){ .handle = TAKE_PTR(handle), .name = TAKE_PTR(real_name) };
	(void)strcpy(bigger->uuid, uuid);
	return 0;
}

/* Returns 1 with one of @uuid's loans in @ret, 0 when all are home. */
static int find_loan(const struct lend_host *host, const char *uuid, struct lend_loan *ret)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };

	if (lend_journal_list(host->fs, &addresses, NULL) < 0)
		return 0;
	for (size_t i = 0; i < addresses.count; i++)
		if (lend_journal_read(host->fs, addresses.items[i], ret, NULL) == 0 && strcmp(ret->uuid, uuid) == 0)
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

int lend_leavings_add_all(const struct lend_host *host, struct lend_libvirt *libvirt, struct lend_leavings *leavings,
			  struct lend_error *error)
{
	_cleanup_(lend_libvirt_texts_freep) char **uuids = NULL;
	int r;

	r = lend_libvirt_running(libvirt, &uuids, error);
	for (char **uuid = uuids; r == 0 && *uuid; uuid++) {
		_cleanup_(lend_libvirt_domain_freep) struct lend_libvirt_domain *handle = NULL;
		struct lend_loan loan;

		r = lend_libvirt_find(libvirt, *uuid, &handle, error);
		if (r == 0 && (find_loan(host, *uuid, &loan) || would_borrow(handle)))
			r = lend_leavings_add(libvirt, *uuid, leavings, error);
		/* It went while we looked. */
		if (r == -ENOENT)
			r = 0;
	}
	return r;
}

/* What the events tell while we wait. */
struct waiting {
	struct lend_leavings *leavings;
	bool is_closed;
};

static void on_event(void *userdata, enum lend_libvirt_event event, const char *uuid)
{
	struct waiting *waiting = userdata;
	struct lend_leaving *leaving = find(waiting->leavings, uuid);

	if (event == LEND_EVENT_CLOSED)
		waiting->is_closed = true;
	if (event == LEND_EVENT_STOPPED && leaving)
		leaving->is_off = true;
}

static size_t count_running(const struct lend_leavings *leavings)
{
	size_t running = 0;

	for (size_t i = 0; i < leavings->count; i++)
		running += !leavings->items[i].is_off;
	return running;
}

static void press_power_buttons(const struct lend_host *host, struct lend_leavings *leavings)
{
	for (size_t i = 0; i < leavings->count; i++) {
		struct lend_leaving *leaving = &leavings->items[i];
		struct lend_error failure = { 0 };

		leaving->is_off = !lend_libvirt_is_running(leaving->handle);
		if (leaving->is_off)
			continue;
		/* A guest that cannot be asked has the plug pulled, like one that does not answer. */
		if (lend_libvirt_shut_down(leaving->handle, &failure) < 0 && lend_libvirt_is_running(leaving->handle))
			lend_host_note(host, LEND_NOTE_WARNING, "%s", failure.text);
		else
			lend_host_note(host, LEND_NOTE_INFO, "%s: is shutting down", leaving->name);
	}
}

static int wait_for_all(const struct waiting *waiting, unsigned timeout_ms,
			void (*tick)(const struct lend_leavings *leavings, unsigned left_ms), struct lend_error *error)
{
	const int64_t deadline = now_ms() + timeout_ms;
	int r = 0;

	while (r == 0 && !waiting->is_closed && count_running(waiting->leavings)) {
		int64_t left = deadline - now_ms();

		if (left <= 0)
			break;
		if (tick)
			tick(waiting->leavings, (unsigned)left);
		r = lend_libvirt_loop_run(left < TICK_MS ? (unsigned)left : TICK_MS, error);
	}
	return r;
}

/* Off for good and everything home, or why not. */
static int finish(const struct lend_host *host, struct lend_leaving *leaving, unsigned timeout_ms,
		  struct lend_error *error)
{
	struct lend_loan loan;
	int r = 0;

	if (!leaving->is_off) {
		r = lend_libvirt_power_off(leaving->handle, error);
		if (r < 0)
			return r;
		leaving->is_off = leaving->plug_pulled = true;
	}
	/* The hook was killed, or was never seen by libvirt. */
	if (find_loan(host, leaving->uuid, &loan))
		r = lend_loan_return_domain(host, leaving->uuid, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", leaving->name);
	if (find_loan(host, leaving->uuid, &loan)) {
		lend_error_set(error, -EIO, "%s: %s: is still on loan (%s)%s%s", leaving->name,
			       lend_address_text(loan.address).text, lend_loan_state_name(loan.state),
			       *loan.why ? ": " : "", loan.why);
		return lend_error_hint(error, -EIO, "'lendpci status' tells more, 'lendpci reconcile' tries again");
	}
	if (leaving->plug_pulled)
		lend_host_note(host, LEND_NOTE_INFO,
			       "%s: did not shut down in %u s and was powered off; its devices are home", leaving->name,
			       timeout_ms / 1000);
	else
		lend_host_note(host, LEND_NOTE_INFO, "%s: is off; its devices are home", leaving->name);
	return 0;
}

int lend_turn_off(const struct lend_host *host, struct lend_libvirt *libvirt, struct lend_leavings *leavings,
		  unsigned timeout_ms, void (*tick)(const struct lend_leavings *leavings, unsigned left_ms),
		  struct lend_error *error)
{
	_cleanup_(lend_libvirt_listener_freep) struct lend_libvirt_listener *listener = NULL;
	struct waiting waiting = { .leavings = leavings };
	int first;

	/* Listening comes first, so that nobody goes unheard. */
	first = lend_libvirt_listen(libvirt, on_event, &waiting, &listener, error);
	if (first < 0)
		return first;
	press_power_buttons(host, leavings);
	first = wait_for_all(&waiting, timeout_ms, tick, error);
	for (size_t i = 0; i < leavings->count; i++) {
		struct lend_error failure = { 0 };
		int r = finish(host, &leavings->items[i], timeout_ms, &failure);

		if (r < 0 && first == 0) {
			first = r;
			*error = failure;
		} else if (r < 0) {
			lend_host_note(host, LEND_NOTE_ERROR, "%s", failure.text);
		}
	}
	return first;
}
