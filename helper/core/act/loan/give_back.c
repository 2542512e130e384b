/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Returning: back to the driver that had it, verified.
 *
 * Everything here is idempotent, since it runs after any kind of end: a release, a failed lend, a crash at any point of
 * either. What cannot be done now stays in the journal with its reason.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "lendpci/act/module.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"
#include "lendpci/know/holders/holders.h"

/* Pauses between attempts: doubling from a short one, as most waits are over at once. */
enum { FIRST_PAUSE_MS = 20, LONGEST_PAUSE_MS = 500, PROBE_ATTEMPTS = 4, FIRST_PROBE_PAUSE_MS = 100 };

/* How long a driver that has the card again may take to make the framebuffer: i915 does so after its probe. */
enum { FRAMEBUFFER_MS = 2000 };

static unsigned longer(unsigned pause)
{
	return pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
}

const char *lend_loan_borrower(const struct lend_loan *loan)
{
	return *loan->domain ? loan->domain : *loan->uuid ? loan->uuid : "nobody (lent by hand)";
}

void lend_loan_note(const struct lend_context *context, const struct lend_loan *loan, const char *what,
		    const char *driver)
{
	const char *name = *driver ? driver : "no driver";

	if (*loan->domain)
		lend_context_note(context, LEND_NOTE_INFO, "%s: %s: %s %s", loan->domain,
				  lend_address_text(loan->address).text, what, name);
	else
		lend_context_note(context, LEND_NOTE_INFO, "%s: %s %s", lend_address_text(loan->address).text, what,
				  name);
}

void lend_loan_record_failure(const struct lend_context *context, struct lend_loan *loan, pid_t hanging,
			      const struct lend_error *error)
{
	struct lend_error failure = { 0 };

	loan->state = hanging ? LEND_LOAN_STUCK : LEND_LOAN_UNRETURNED;
	if (hanging)
		(void)lend_process_read(context->fs, hanging, &loan->hanging, NULL);
	(void)snprintf(loan->why, sizeof(loan->why), "%.*s", (int)sizeof(loan->why) - 1, error->text);
	if (lend_journal_write(context->fs, loan, &failure) < 0)
		lend_context_note(context, LEND_NOTE_ERROR, "%s", failure.text);
	lend_context_note(context, LEND_NOTE_ERROR, "%s: %s", lend_loan_borrower(loan), error->text);
}

/* Unbinding vfio-pci waits inside the kernel until the last user is gone, so wait out here, where there is a deadline.
 */
static int wait_until_let_go(const struct lend_context *context, const struct lend_loan *loan, int group,
			     struct lend_error *error)
{
	const unsigned deadline_ms = context->settings->vfio_release_deadline_ms;
	unsigned pause = FIRST_PAUSE_MS, waited = 0;

	for (;;) {
		_cleanup_(lend_holder_clear) struct lend_holder holder = { 0 };
		int r = lend_vfio_holder_find(context->fs, group, &holder, error);

		if (r <= 0)
			return r;
		if (waited >= deadline_ms) {
			lend_error_set(error, -EBUSY, "%s: %s (pid %d) still holds IOMMU group %d after %g s",
				       lend_address_text(loan->address).text, holder.command, holder.pid, group,
				       deadline_ms / 1000.0);
			return lend_error_hint(error, -EBUSY, "end that process, then 'lendpci reconcile'");
		}
		lend_pause_ms(pause);
		waited += pause;
		pause = longer(pause);
	}
}

/* The driver may have been unloaded while the card was away. A failure shows when the driver does not take the card. */
static void ensure_driver(const struct lend_context *context, const struct lend_loan *loan)
{
	struct lend_error failure = { 0 };
	char path[128];

	(void)snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s", loan->before.driver);
	if (!*loan->before.driver || !*loan->module || lend_fs_exists(context->fs, path))
		return;
	if (lend_module_load(context->fs, loan->module, &failure) < 0)
		lend_context_note(context, LEND_NOTE_WARNING, "%s", failure.text);
}

/* Binds, and tries again for a little while: a card that comes out of a guest may need more than one probe. */
static int bind_back(const struct lend_context *context, const struct lend_loan *loan, const struct lend_binding *home,
		     pid_t *ret_hanging, struct lend_error *error)
{
	unsigned pause = FIRST_PROBE_PAUSE_MS;
	int r;

	for (int attempt = 1;; attempt++, pause *= 2) {
		r = lend_bind_apply(context->fs, loan->address, context->settings->unbind_deadline_ms, home,
				    ret_hanging, error);
		if (r != -EIO || attempt == PROBE_ATTEMPTS)
			return r;
		lend_context_note(context, LEND_NOTE_WARNING, "%s, trying again", error->text);
		lend_pause_ms(pause);
	}
}

/* The kernel mostly has done it already, as the framebuffer came back. */
static int restore_console(const struct lend_context *context, const struct lend_loan *loan, pid_t *ret_hanging,
			   struct lend_error *error)
{
	unsigned pause = FIRST_PAUSE_MS, waited = 0;
	int r = -ENOENT;

	if (!*loan->console.name)
		return 0;
	for (;;) {
		if (waited >= FRAMEBUFFER_MS || lend_console_has_framebuffer(context->fs, loan->address))
			r = lend_console_apply(context->fs, loan->address, context->settings->unbind_deadline_ms,
					       &loan->console, true, ret_hanging, error);
		if (r != -ENOENT || waited >= FRAMEBUFFER_MS)
			break;
		lend_pause_ms(pause);
		waited += pause;
		pause = longer(pause);
	}
	if (r != -ENOENT && r != -EIO)
		return r;
	/* The device is home; a driver may make no framebuffer when its monitor has been unplugged meanwhile. */
	lend_context_note(context, LEND_NOTE_WARNING, "%s: %s", lend_loan_borrower(loan), error->text);
	return 0;
}

/* Whether the same card is still there: 0, -ENODEV when the place is empty, -ESTALE when another one is in it. */
static int find_card(const struct lend_context *context, const struct lend_loan *loan, struct lend_function *ret,
		     struct lend_error *error)
{
	int r;

	r = lend_function_read(context->fs, loan->address, ret, error);
	if (r < 0)
		return r;
	if (ret->vendor != loan->vendor || ret->device != loan->device)
		return lend_error_set(error, -ESTALE, "%s: lent was %04x:%04x, but %04x:%04x is there now",
				      lend_address_text(loan->address).text, loan->vendor, loan->device, ret->vendor,
				      ret->device);
	return 0;
}

static int bring_home(const struct lend_context *context, struct lend_loan *loan, pid_t *ret_hanging,
		      struct lend_error *error)
{
	struct lend_binding home = loan->before;
	struct lend_function card;
	int r;

	*ret_hanging = 0;
	r = find_card(context, loan, &card, error);
	if (r == -ENODEV) {
		lend_context_note(context, LEND_NOTE_WARNING, "%s: %s: it was removed from the host while on loan",
				  lend_loan_borrower(loan), lend_address_text(loan->address).text);
		return 0;
	}
	if (r < 0)
		return r;

	if (strcmp(card.driver, LEND_VFIO_DRIVER) == 0) {
		r = wait_until_let_go(context, loan, card.iommu_group, error);
		if (r < 0)
			return r;
	} else if (*card.driver && strcmp(card.driver, home.driver) != 0) {
		/* Somebody gave it another host driver meanwhile, who may have users by now: theirs to decide. */
		lend_context_note(context, LEND_NOTE_WARNING,
				  "%s: left on %s, which somebody bound while it was on loan",
				  lend_address_text(loan->address).text, card.driver);
		(void)snprintf(home.driver, sizeof(home.driver), "%s", card.driver);
	}
	ensure_driver(context, loan);
	r = bind_back(context, loan, &home, ret_hanging, error);
	if (r < 0)
		return r;
	r = lend_reset_method_apply(context->fs, loan->address, context->settings->unbind_deadline_ms, &loan->reset,
				    error);
	if (r < 0)
		return r;
	/* Before the card may sleep again: the console draws on it. */
	r = restore_console(context, loan, ret_hanging, error);
	if (r < 0)
		return r;
	r = lend_power_apply(context->fs, loan->address, context->settings->unbind_deadline_ms, &loan->power, error);
	return r < 0 ? r : 1;
}

int lend_loan_bring_home(const struct lend_context *context, struct lend_loan *loan, struct lend_error *error)
{
	pid_t hanging = 0;
	int r;

	/* An unbind that still waits in the driver holds the device lock: another attempt would only wait behind it. */
	if (lend_process_is_alive(context->fs, &loan->hanging))
		return lend_error_set(error, -EBUSY, "%s: the host driver has still not let go: %s",
				      lend_address_text(loan->address).text, loan->why);

	loan->state = LEND_LOAN_RETURNING;
	loan->hanging = (struct lend_process){ 0 };
	r = lend_journal_write(context->fs, loan, error);
	if (r < 0)
		return r;
	r = bring_home(context, loan, &hanging, error);
	if (r < 0) {
		lend_loan_record_failure(context, loan, hanging, error);
		return lend_error_hint(error, r, "when the cause is gone, 'lendpci return %s' brings it home",
				       lend_address_text(loan->address).text);
	}
	if (r > 0)
		lend_loan_note(context, loan, "returned to", loan->before.driver);
	/* While the entry still names them: killed here, reconcile starts them once more, which hurts nobody. */
	lend_loan_start_units(context, loan);
	return lend_journal_remove(context->fs, loan->address, error);
}

/* Locks @address and reads its entry again: what is true is known only under the lock. */
static int lock_and_read(const struct lend_context *context, struct lend_address address, struct lend_locks *locks,
			 struct lend_loan *ret, struct lend_error *error)
{
	int r;

	r = lend_lock_function(context->fs, address, context->settings->lock_deadline_ms, locks, error);
	return r < 0 ? r : lend_journal_read(context->fs, address, ret, error);
}

/* Calls @each for every loan of @uuid, last lent first, under its lock. Goes on after a failure, returns the first one.
 */
typedef int each_fn(const struct lend_context *context, struct lend_loan *loan, const void *argument,
		    struct lend_error *error);

static int for_each_of_domain(const struct lend_context *context, const char *uuid, each_fn *each, const void *argument,
			      struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	int first = 0, r;

	r = lend_journal_list(context->fs, &addresses, error);
	if (r < 0)
		return r;
	for (size_t i = addresses.count; i-- > 0;) {
		_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
		struct lend_error failure = { 0 };
		struct lend_loan loan;

		/* Without the lock first: other domains' loans are not to be waited for. */
		r = lend_journal_read(context->fs, addresses.items[i], &loan, &failure);
		if (r == 0 && strcmp(loan.uuid, uuid) != 0)
			continue;
		if (r == 0)
			r = lock_and_read(context, addresses.items[i], &locks, &loan, &failure);
		if (r == 0 && strcmp(loan.uuid, uuid) == 0)
			r = each(context, &loan, argument, &failure);
		if (r == -EBADMSG) {
			lend_context_note(context, LEND_NOTE_ERROR, "%s", failure.text);
			continue;
		}
		if (r < 0 && r != -ENOENT && first == 0) {
			first = r;
			if (error)
				*error = failure;
		}
	}
	return first;
}

static int return_each(const struct lend_context *context, struct lend_loan *loan, const void *argument,
		       struct lend_error *error)
{
	(void)argument;
	return lend_loan_bring_home(context, loan, error);
}

int lend_loan_return_domain(const struct lend_context *context, const char *uuid, struct lend_error *error)
{
	return for_each_of_domain(context, uuid, return_each, NULL, error);
}

static int mark_each(const struct lend_context *context, struct lend_loan *loan, const void *argument,
		     struct lend_error *error)
{
	(void)argument;
	if (loan->started)
		return 0;
	loan->started = true;
	return lend_journal_write(context->fs, loan, error);
}

int lend_loan_mark_started(const struct lend_context *context, const char *uuid, struct lend_error *error)
{
	return for_each_of_domain(context, uuid, mark_each, NULL, error);
}

static int rebind_each(const struct lend_context *context, struct lend_loan *loan, const void *argument,
		       struct lend_error *error)
{
	loan->daemon = *(const struct lend_process *)argument;
	return lend_journal_write(context->fs, loan, error);
}

int lend_loan_rebind_daemon(const struct lend_context *context, const char *uuid, struct lend_process daemon,
			    struct lend_error *error)
{
	return for_each_of_domain(context, uuid, rebind_each, &daemon, error);
}

/* QEMU may be gone, but libvirt has yet to see that: lend_domain_status_find() says what it does then. */
static int refuse_while_live(const struct lend_context *context, const struct lend_loan *loan, struct lend_error *error)
{
	struct lend_domain_status live;
	int r;

	r = lend_loan_find_live(context, loan, &live, error);
	if (r <= 0)
		return r;
	lend_error_set(error, -EBUSY, "%s: libvirt takes %s for running, which has it",
		       lend_address_text(loan->address).text, live.name);
	return lend_error_hint(
		error, -EBUSY,
		"shut the VM down first; if its QEMU has died, libvirt's daemon ends it as soon as it runs; if 'virsh list' has not got it, remove /" LEND_DOMAIN_STATUS_DIR
		"/%s.xml",
		live.name);
}

/* Not while a VM has it, whoever lent it: a loan by hand may have been given on to one. */
static int refuse_while_in_use(const struct lend_context *context, const struct lend_loan *loan,
			       struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(loan->address);
	_cleanup_(lend_holder_clear) struct lend_holder holder = { 0 };
	struct lend_function function;
	int r;

	if (lend_function_read(context->fs, loan->address, &function, NULL) < 0)
		return 0;
	if (loan->state != LEND_LOAN_LENT)
		return refuse_while_live(context, loan, error);
	r = lend_vfio_holder_find(context->fs, function.iommu_group, &holder, error);
	if (r < 0)
		return r;
	if (r > 0) {
		lend_error_set(error, -EBUSY, "%s: on loan to %s, and in use by %s (pid %d)", name.text,
			       lend_loan_borrower(loan), holder.command, holder.pid);
		return lend_error_hint(error, -EBUSY, "shut the VM down first");
	}
	r = refuse_while_live(context, loan, error);
	if (r < 0 || !*loan->uuid || lend_loan_is_stale(context, loan))
		return r;
	lend_error_set(error, -EBUSY, "%s: on loan to %s, which is starting", name.text, lend_loan_borrower(loan));
	return lend_error_hint(error, -EBUSY, "shut the VM down first");
}

int lend_loan_return(const struct lend_context *context, struct lend_address address, struct lend_error *error)
{
	_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
	struct lend_loan loan;
	int r;

	r = lend_journal_read(context->fs, address, &loan, error);
	if (r == -ENOENT) {
		lend_error_set(error, r, "%s: it is not on loan", lend_address_text(address).text);
		return lend_error_hint(error, r, "'lendpci status' tells what is");
	}
	r = lock_and_read(context, address, &locks, &loan, error);
	if (r == -EBADMSG) {
		r = lend_journal_set_aside(context->fs, address, error);
		return r < 0 ? r : lend_bind_rescue(context->fs, address, context->settings->unbind_deadline_ms, error);
	}
	if (r < 0)
		return r == -ENOENT ? 0 : r; /* it came home while the lock was waited for */
	r = refuse_while_in_use(context, &loan, error);
	return r < 0 ? r : lend_loan_bring_home(context, &loan, error);
}
