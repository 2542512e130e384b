/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/act/context.h"
#include "lendpci/act/journal.h"
#include "lendpci/act/steps/step.h"
#include "lendpci/base/settings.h"
#include "lendpci/decide/plan.h"

struct lend_domain;
struct lend_error;

/**
 * Lend and return: the whole transaction, for one domain or by hand.
 *
 * Check all, write the intent, act, read back, mark done. A failure undoes what was done, backwards, and the host is as
 * before; what cannot be undone stays in the journal, where status tells it and reconcile finishes it.
 */

/** Who wants what. All borrowed. */
struct lend_request {
	const char *domain;         /* NULL when lent by hand */
	const char *uuid;           /* NULL when lent by hand */
	struct lend_process daemon; /* the daemon that will call release */
	const struct lend_address *wanted;
	size_t wanted_count;
	bool take_group;
	const enum lend_holders_policy *holders; /* NULL: as the host is configured */
	const struct lend_wish *wishes;
	size_t wish_count;
};

/** A step that would be done, or undone. */
struct lend_planned_step {
	const char *step;     /* its name in journal and log */
	char target[64];      /* the function; "" for what is done for all functions together */
	char text[192];       /* one clause without subject: "take it from bochs-drm" */
	struct json_t *state; /* what it finds and would set, as the journal has it */
};

/** In order. */
struct lend_preview {
	struct lend_planned_step *items;
	size_t count;
};
void lend_preview_clear(struct lend_preview *preview);

/**
 * All that lend_loan_take() checks first, changing nothing: the functions exist, the IOMMU is on, their groups are
 * whole, nobody else has them on loan, nobody on the host uses them. @ret (may be NULL) tells what would go, and
 * @ret_preview (may be NULL) by which steps.
 */
int lend_loan_check(const struct lend_context *context, const struct lend_request *request, struct lend_plan *ret,
		    struct lend_preview *ret_preview, struct lend_error *error);

/** What @records of a journal entry will undo, in that order. -EPROTONOSUPPORT over a step of a newer lendpci. */
int lend_loan_undo_steps(const struct lend_records *records, struct lend_preview *ret, struct lend_error *error);

/**
 * Lends. All functions of the plan, or none. A function that is on vfio-pci without a loan is left as it is: somebody
 * reserved it for good, and gets it back so.
 */
int lend_loan_take(const struct lend_context *context, const struct lend_request *request, struct lend_error *error);

/**
 * The same two for what a domain's XML asks for, and with its policy's word on which cards those are: -EINVAL when the
 * policy names a function that has no hostdev, -ESTALE when another card sits at the address. A domain that asks for
 * nothing is fine; @ret is then empty.
 */
int lend_loan_check_for_domain(const struct lend_context *context, const struct lend_domain *domain,
			       struct lend_plan *ret, struct lend_preview *ret_preview, struct lend_error *error);
int lend_loan_take_for_domain(const struct lend_context *context, const struct lend_domain *domain,
			      struct lend_process daemon, struct lend_error *error);

/**
 * Brings home all that @uuid has on loan, last lent first. Idempotent; nothing on loan is fine. Goes on after a failure
 * and reports the first one. Waits until the dying QEMU has let the VFIO group go, within a deadline.
 */
int lend_loan_return_domain(const struct lend_context *context, const char *uuid, struct lend_error *error);

/**
 * Brings @functions home, whoever had them, side by side. Goes on after a failure and reports the first one: -EBUSY
 * while a VM still uses one. -ENOENT when none of them is on loan; those that are not are passed over.
 */
int lend_loan_return(const struct lend_context *context, const struct lend_addresses *functions,
		     struct lend_error *error);

/** Notes that @uuid's vCPUs run, so that a loan without a QEMU is known to be over. */
int lend_loan_mark_started(const struct lend_context *context, const char *uuid, struct lend_error *error);

/** Notes which daemon looks after @uuid's loans now: libvirt was restarted under a running VM. */
int lend_loan_rebind_daemon(const struct lend_context *context, const char *uuid, struct lend_process daemon,
			    struct lend_error *error);

/** What reconcile found and did. */
struct lend_reconciled {
	unsigned returned; /* came home */
	unsigned kept;     /* rightly on loan, or somebody is at work on it */
	unsigned failed;   /* should be home and is not; @note told why */
};

/**
 * Brings home every loan whose borrower is gone, judging from the journal, the kernel and lend_domain_status_find().
 * Safe at any moment, also while a VM starts. Returns 0, or the first failure.
 */
int lend_loan_reconcile(const struct lend_context *context, struct lend_reconciled *ret, struct lend_error *error);

/**
 * Whether reconcile could have something to do now that @uuid's VM has stopped: the journal has a loan of that VM, or
 * one that is neither lent nor home. Reads the journal alone.
 */
bool lend_loan_is_unsettled(const struct lend_context *context, const char *uuid);
