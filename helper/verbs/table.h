/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cli/verb.h"

/*
 * Every verb. A new one is a file NAME.c here with lend_verb_NAME(), its prototype below, and a row in table.c.
 */
extern const struct lend_verbs lend_all_verbs;

int lend_verb_assign(const struct lend_call *call, struct lend_error *error);
int lend_verb_attach(const struct lend_call *call, struct lend_error *error);
int lend_verb_check(const struct lend_call *call, struct lend_error *error);
int lend_verb_detach(const struct lend_call *call, struct lend_error *error);
int lend_verb_doctor(const struct lend_call *call, struct lend_error *error);
int lend_verb_help(const struct lend_call *call, struct lend_error *error);
int lend_verb_inject(const struct lend_call *call, struct lend_error *error);
int lend_verb_lend(const struct lend_call *call, struct lend_error *error);
int lend_verb_log(const struct lend_call *call, struct lend_error *error);
int lend_verb_metrics(const struct lend_call *call, struct lend_error *error);
int lend_verb_reconcile(const struct lend_call *call, struct lend_error *error);
int lend_verb_reserve(const struct lend_call *call, struct lend_error *error);
int lend_verb_return(const struct lend_call *call, struct lend_error *error);
int lend_verb_rom(const struct lend_call *call, struct lend_error *error);
int lend_verb_run(const struct lend_call *call, struct lend_error *error);
int lend_verb_status(const struct lend_call *call, struct lend_error *error);
int lend_verb_survey(const struct lend_call *call, struct lend_error *error);
int lend_verb_turn_off(const struct lend_call *call, struct lend_error *error);
int lend_verb_unassign(const struct lend_call *call, struct lend_error *error);
int lend_verb_unreserve(const struct lend_call *call, struct lend_error *error);
int lend_verb_vfs(const struct lend_call *call, struct lend_error *error);
int lend_verb_watch(const struct lend_call *call, struct lend_error *error);
