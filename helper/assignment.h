/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lendpci/function.h"
#include "lendpci/policy.h"

struct lend_domain;
struct lend_edit_move;
struct lend_edit_report;
struct lend_error;
struct lend_fs;

/** One function to assign, and why it is among them. */
struct lend_assigned {
	struct lend_function facts;
	struct lend_address gpu; /* of which this is a companion */
	const char *companion;   /* "audio" or "USB-C"; NULL when it was asked for */
	char *location_path;     /* NULL where the host does not show it */
};

/** Sorted by address. */
struct lend_assignment {
	struct lend_assigned *functions;
	size_t count;
};
void lend_assignment_clear(struct lend_assignment *assignment);

/**
 * What assigning @wanted means on this host: those functions, and for a graphics card its own audio and USB-C
 * functions. Refuses, naming the reason, what cannot be lent (lend_plan_make()). Changes nothing.
 */
int lend_assignment_make(const struct lend_fs *fs, const struct lend_addresses *wanted, bool take_group,
			 struct lend_assignment *ret, struct lend_error *error);

/**
 * The 64-bit window, in bytes, for a domain with the host functions @functions. Those that the host does not have, as
 * after a card was pulled, need nothing. -ERANGE when no window is large enough.
 */
int lend_assignment_window(const struct lend_fs *fs, const struct lend_addresses *functions, unsigned hotplug_ports,
			   uint64_t *ret, struct lend_error *error);

/** @domain's own PCI hostdevs and the devices of its policy, without repetition, added to @ret. */
int lend_assignment_of_domain(const struct lend_domain *domain, struct lend_addresses *ret, struct lend_error *error);

/**
 * Which devices of @policy have another address now. Those that are not found, or are another card, stay out of @ret,
 * and
 * @ret_problem (may be NULL) says of the first one why; it is empty when all is well. @ret is the caller's.
 */
int lend_assignment_moves(const struct lend_fs *fs, const struct lend_policy *policy, struct lend_edit_move **ret,
			  size_t *ret_count, struct lend_error *ret_problem, struct lend_error *error);

/**
 * Edits a definition so that it has @assignment: the policy, the hostdevs and the window that they need together with
 * the domain's other devices. An empty @assignment repairs what the policy asks for; devices that the host has numbered
 * anew are followed. @domain is what @xml says, NULL when it is not a whole definition yet. See
 * lend_edit_inject().
 */
int lend_assignment_inject(const struct lend_fs *fs, const struct lend_assignment *assignment, bool take_group,
			   const struct lend_domain *domain, const char *xml, size_t size, char **ret,
			   struct lend_edit_report *ret_report, struct lend_error *error);
