/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cli/verb.h"

/*
 * Every verb. A new one is a file NAME.c here with lend_verb_NAME(), its name in the list below, and a row in table.c.
 */
extern const struct lend_verbs lend_all_verbs;

#define LEND_DECLARE(name) int lend_verb_##name(const struct lend_call *call, struct lend_error *error)

LEND_DECLARE(assign);
LEND_DECLARE(check);
LEND_DECLARE(doctor);
LEND_DECLARE(inject);
LEND_DECLARE(lend);
LEND_DECLARE(reconcile);
LEND_DECLARE(return );
LEND_DECLARE(status);
LEND_DECLARE(survey);
LEND_DECLARE(turn_off);
LEND_DECLARE(unassign);
LEND_DECLARE(watch);

#undef LEND_DECLARE
