/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/decide/edit/edit.h"
#include "lendpci/decide/mmio/window.h"
#include "lendpci/know/pci/function.h"

struct lend_assignment;
struct lend_domain;
struct lend_error;
struct lend_fs;
struct lend_policy;

/** What a call asks for beside the devices. */
struct lend_assign_options {
	bool take_group;
	uint64_t mmio_low, mmio_high; /* bytes, in place of what is computed or the policy says; 0 without a wish */
	bool force;      /* also where that is too little, or the guest's place for Intel graphics is taken */
	const char *rom; /* the option ROM that rom_function gets; NULL without a wish; "": none of them has one */
	struct lend_address rom_function;
	const char *rebar; /* the size of rebar_function's BAR; NULL without a wish */
	struct lend_address rebar_function;
	enum lend_rom_bar rom_bar; /* of all devices that were asked for */
	unsigned long libvirt;     /* the version that the definition is for; 0 when it is not known */
};

/**
 * What the domain of @xml needs so that its firmware finds room for the host functions @functions; @devices (may be
 * NULL), of @count, say which of them get a BAR of another size. Those that the host
 * does not have, as after a card was pulled, need nothing. -ENOSPC with the arithmetic when they cannot fit.
 */
int lend_assignment_window(const struct lend_fs *fs, const struct lend_addresses *functions,
			   const struct lend_policy_device *devices, size_t count,
			   const struct lend_assign_options *options, const char *xml, size_t size,
			   struct lend_window_plan *ret, struct lend_error *error);

/** What an injection did, and why. */
struct lend_injection {
	struct lend_edit_report report;
	struct lend_window_plan room;
};

/**
 * Which devices of @policy have another address now. Of those that are not found, or are another card, @ret_problem
 * (may be NULL) says about the first one why; it is empty when all is well. @ret is the caller's.
 */
int lend_assignment_moves(const struct lend_fs *fs, const struct lend_policy *policy, struct lend_edit_move **ret,
			  size_t *ret_count, struct lend_error *ret_problem, struct lend_error *error);

/**
 * Edits a definition so that it has @assignment: the policy, the hostdevs, and room for them together with the domain's
 * other devices. An empty @assignment repairs what the policy asks for; devices that the host has numbered anew are
 * followed. @domain is what @xml says, NULL when it is not a whole definition yet. See lend_edit_inject().
 */
int lend_assignment_inject(const struct lend_fs *fs, const struct lend_assignment *assignment,
			   const struct lend_assign_options *options, const struct lend_domain *domain, const char *xml,
			   size_t size, char **ret, struct lend_injection *ret_injection, struct lend_error *error);
