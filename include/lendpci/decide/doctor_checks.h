/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/know/pci/address.h"

struct lend_inventory;
struct lend_leftovers;
struct lend_readiness;
struct lend_domain_configs;

enum lend_check_level {
	LEND_CHECK_OK,
	LEND_CHECK_WARN, /* works, and may disappoint */
	LEND_CHECK_FAIL, /* VMs with devices do not start, or not safely */
};

/** "ok", "warn", "fail". */
const char *lend_check_level_name(enum lend_check_level level);

/** One line of `lendpci doctor`. */
struct lend_check {
	const char *name; /* stable, for programs: "interrupt-remapping"; static storage */
	enum lend_check_level level;
	char text[640]; /* one sentence */
	char hint[320]; /* what to do; "" where there is nothing to */
};

/** A question that only a running host can answer. */
enum lend_answer {
	LEND_ANSWER_NOT_ASKED, /* a recorded machine */
	LEND_ANSWER_UNKNOWN,   /* asked in vain */
	LEND_ANSWER_NO,
	LEND_ANSWER_YES,
};

/** Something about one device or loan, as a sentence. */
struct lend_finding {
	struct lend_address address;
	char text[512];
	char hint[320]; /* what to do; "" for what the check says of all of its kind */
};

/** What is judged. All borrowed. */
struct lend_doctor_facts {
	const struct lend_readiness *host;
	const struct lend_inventory *inventory;
	const struct lend_domain_configs *domains;

	enum lend_answer hook_runs; /* libvirt was asked for a start that cannot be, and ran the hook */
	enum lend_answer denied;    /* AppArmor or SELinux kept the hook from something since boot */
	const char *denial;         /* the first such message; with LEND_ANSWER_YES */

	const struct lend_finding *hanging; /* functions in use, by a process or in the kernel, whose driver may hang */
	size_t hanging_count;
	const struct lend_finding
		*sessions; /* functions that a user's session has, which 'holders = stop' leaves alone */
	size_t session_count;
	size_t lent_count;                /* functions that are on loan now */
	const struct lend_finding *loans; /* loans that need somebody */
	size_t loan_count;
	const struct lend_finding *reserved; /* reserved devices that the host has all the same, or that are gone */
	size_t reserved_problems;
	const struct lend_leftovers *leftovers; /* of other tools */
	size_t set_aside;                       /* damaged journal entries that were set aside */
	const char *settings_problem;           /* NULL for a configuration that is valid */
};

enum { LEND_CHECKS_MAX = 20 };

struct lend_doctor_checks {
	struct lend_check checks[LEND_CHECKS_MAX];
	size_t count;
	bool failed; /* a check did */
};

/**
 * Judges whether a host is ready to lend, in the order in which things have to be right. Pure.
 *
 * The checks, each at most once: iommu interrupt-remapping vfio-pci hook hook-seen hook-denied service
 * sleep host-shutdown saved-states definitions host-display drivers sessions reserved leftovers loans settings.
 * hook-seen and hook-denied are left out of what cannot answer, sleep, sessions, reserved and leftovers where nothing
 * is.
 */
void lend_doctor_checks_evaluate(const struct lend_doctor_facts *facts, struct lend_doctor_checks *ret);
