/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/decide/mmio/window.h"
#include "lendpci/know/domain/policy.h"

struct lend_error;
struct lend_templates;

/**
 * Edits a domain's definition: text in, text out.
 *
 * Injected are, for each host device (the functions of one slot), a root port of its own in the guest (q35), one
 * hostdev for each function behind it, and for all together what makes room for their memory, the settings that make a
 * shutdown release the devices, and the policy in <metadata>.
 * All of it is marked, by an alias or by the policy, and withdrawn by its mark: the rest of the definition is never
 * touched.
 */

/** A device of the policy that has another address now, since the host's buses were numbered anew. */
struct lend_edit_move {
	struct lend_address from, to;
};

/** What to inject. All borrowed. */
struct lend_edit_request {
	const struct lend_edit_move *moves; /* first of all, and all at once: two cards may have changed places */
	size_t move_count;
	const struct lend_policy_device *devices; /* beside those that the policy has already */
	size_t count;
	bool take_group;
	bool igd_anywhere;            /* where 00:02.0 of the guest is taken, Intel's graphics go to another slot */
	struct lend_window window;    /* what all devices together need */
	uint64_t mmio_low, mmio_high; /* bytes, to be kept in the policy; 0 keeps what it has */
	unsigned long libvirt;        /* as libvirt counts, 10000000 for 10.0.0; 0 when it is not known */
};

/** What an edit did. */
struct lend_edit_report {
	bool changed;
	unsigned added;            /* hostdevs injected */
	unsigned foreign_hostdevs; /* hostdevs that somebody wrote by hand for the same function, left as they are */
	unsigned removed;          /* hostdevs taken out */
	unsigned moved;            /* devices that got their new address */
	uint64_t pcihole64;        /* bytes, as it is now; 0 when the definition does not set it */
	bool pcihole64_was_there;  /* a window that somebody else chose was large enough and stays */

	/* What had to change so that a shutdown releases the devices, each a sentence to stand behind "win11: ". */
	char stops[LEND_STOP_COUNT][160];
	size_t stop_count;
};

/**
 * Injects @request, and whatever of the policy's earlier devices is missing from the definition. Doing it again changes
 * nothing. @ret is the new definition, the caller's to free.
 *
 * A device's wish for a ROM is written into its hostdev; what the wish does not name stays as it is there.
 *
 * -EINVAL when the XML is no domain or its policy is not understood, -ENOTSUP for a machine type without PCI,
 * -ENOSPC when the guest has no free bus or slot; -EEXIST for a function that the domain's own arguments give to QEMU,
 * where 00:02.0 of the guest, which Intel's graphics need, is taken, and for a ROM in a hostdev that somebody wrote.
 */
int lend_edit_inject(const char *xml, size_t size, const struct lend_edit_request *request,
		     const struct lend_templates *templates, char **ret, struct lend_edit_report *ret_report,
		     struct lend_error *error);

/**
 * The hostdev of @source alone, for a guest that runs: libvirt finds a place in it. @libvirt as in a request. @ret is
 * the caller's to free.
 */
int lend_edit_hostdev_alone(struct lend_address source, unsigned long libvirt, const struct lend_templates *templates,
			    char **ret, struct lend_error *error);

/**
 * Takes out @count devices, or with 0 all that was ever injected. A hostdev that was adopted stays. @window is what
 * the devices that stay need, NULL to leave that as it is; without devices it becomes what it was before.
 *
 * -ENOENT for a device that the policy does not have.
 */
int lend_edit_withdraw(const char *xml, size_t size, const struct lend_address *devices, size_t count,
		       const struct lend_window *window, const struct lend_templates *templates, char **ret,
		       struct lend_edit_report *ret_report, struct lend_error *error);
