/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/decide/verdict.h"

struct lend_definition_facts;
struct lend_error;

/** One thing that is wrong with a definition, or unwise. */
struct lend_problem {
	const char *code;            /* stable, for programs: "unmanaged"; static storage */
	enum lend_severity severity; /* an error: a start fails */
	bool is_for_hook;            /* nobody else refuses such a start in words: the hook should */
	char text[480];              /* one sentence, to stand behind "win11: " */
	char hint[320];              /* what to do; "" where there is nothing to advise */
};

/** The worst first. Release with lend_problems_clear(). */
struct lend_problems {
	struct lend_problem *items;
	size_t count;
	bool has_error;
};
void lend_problems_clear(struct lend_problems *problems);

/**
 * Finds what is wrong with a definition, whatever else is true of its devices. Pure: what is in @facts decides.
 *
 *	error	unmanaged past-libvirt rom-missing memory
 *	warning	past-libvirt unassigned rom-unreadable memory machine numa igd-address
 *	info	unassigned memory numa igd-needs pinning slow-bars
 *
 * Only -ENOMEM.
 */
int lend_definition_problems_find(const struct lend_definition_facts *facts, struct lend_problems *ret,
				  struct lend_error *error);
