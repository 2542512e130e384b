/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The engine: runs the steps of the table for the members of a loan. Private to this room.
 *
 *	engine.c   what the members are, what their steps find, and how that is kept in the journal
 *	stage.c    one step for all members, side by side
 *	home.c     the way back, which is also how a loan that fails is undone
 */

#include <stddef.h>

#include "lendpci/act/context.h"
#include "lendpci/act/journal.h"
#include "lendpci/act/steps/step.h"
#include "lendpci/base/error.h"

enum {
	LEND_STEPS_MAX = 32,  /* rows of the table */
	LEND_STATE_MAX = 768, /* bytes of a step's state */
};

/** One step for one member. */
struct lend_task {
	bool wanted; /* there is something to do, or to undo */
	bool done;
	unsigned ms;
	_Alignas(max_align_t) char state[LEND_STATE_MAX];
};

/** A journal entry at work: a function's, or the loan's own. */
struct lend_member {
	struct lend_loan loan;
	struct lend_addresses functions;        /* itself; of the loan as a whole all that go */
	unsigned lane;                          /* members of one lane go one after the other */
	bool is_left;                           /* nothing of it is undone: its card is gone, or cannot leave yet */
	struct lend_task tasks[LEND_STEPS_MAX]; /* by the step's place in the table */
	int result;                             /* the first failure, with its sentence */
	struct lend_error error;
	struct lend_process hanging; /* the child of a step that did not come back */
};

/** Its members by ascending address. */
struct lend_engine {
	const struct lend_context *context;
	struct lend_member *members;
	size_t count;
	const struct lend_loan_facts *facts; /* borrowed; NULL on the way back */
	unsigned spent_ms[LEND_STEPS_MAX];   /* by the clock, for all members of a step that ran */
	bool ran[LEND_STEPS_MAX];
};
void lend_engine_clear(struct lend_engine *engine);

/** "0000:01:00.0", or the domain whose loan it is: the subject of what is said about @member. */
struct lend_member_name {
	char text[64];
};
struct lend_member_name lend_member_name(const struct lend_member *member);

/** Makes room for one more and returns it, zeroed; NULL without memory. Earlier members may move. */
struct lend_member *lend_engine_add(struct lend_engine *engine);

/**
 * Decides who goes one after the other: functions of a slot, of an IOMMU group (which share a reset), and a physical
 * function with its virtual ones. All others go side by side.
 */
void lend_engine_make_lanes(struct lend_engine *engine);

/** Fills @member's tasks from @records. -EPROTONOSUPPORT when a step of a newer lendpci is among them. */
int lend_member_load(struct lend_member *member, const struct lend_records *records, struct lend_error *error);

/** The journal's records of @member's tasks, those that can be undone. The caller's to clear. -ENOMEM. */
int lend_member_records(const struct lend_member *member, struct lend_records *ret);

/** Writes @member's entry, with its steps. */
int lend_member_write(const struct lend_engine *engine, const struct lend_member *member, struct lend_error *error);

/** Notes what went wrong in @member's entry and tells it. */
void lend_member_record_failure(const struct lend_engine *engine, struct lend_member *member);

/** What @member is to @step; @storage is the caller's to clear. */
struct lend_target lend_member_target(const struct lend_engine *engine, const struct lend_member *member,
				      const struct lend_step *step, struct lend_addresses *storage);

/** Whether @step, which is of any scope, is done to @member. */
bool lend_member_has_scope(const struct lend_engine *engine, const struct lend_member *member,
			   const struct lend_step *step);

/**
 * Asks the steps of the members what they find and want, all members side by side. Tasks that are there already keep
 * their state: an earlier loan's entry knows better how the host was. Changes nothing. Returns the first failure.
 */
int lend_engine_read(struct lend_engine *engine, struct lend_error *error);

/**
 * One step, by its place in the table, for all members that want it: lanes side by side, in a lane ascending to apply
 * and descending to restore.
 *
 * Applying, nothing more is started after a failure or a hang; what is under way is waited for. Restoring goes on with
 * everybody but a member that hangs: each keeps its first failure. Returns the first failure.
 */
int lend_stage_run(struct lend_engine *engine, size_t step, enum lend_direction direction, struct lend_error *error);

/** How many steps the table has. */
size_t lend_step_count(void);

/**
 * Brings home what the engine has: functions, then what belonged to their loans. The caller holds the functions' locks.
 * Goes on after each failure, and returns the first with its sentence. What came home has no entry any more.
 */
int lend_engine_bring_home(struct lend_engine *engine, struct lend_error *error);

/** Ends what is left of loan @id if none of its functions is away any more. 0 when there is nothing to end. */
int lend_loan_end_shared(const struct lend_context *context, const struct lend_loan_id *id, struct lend_error *error);
