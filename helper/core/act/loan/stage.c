/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One step for all members, side by side: a child for each, one poll over them all.
 *
 * Children have copies of this process' memory. They may not write to the journal nor tell anybody anything; what they
 * have to say comes back with their result.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "borrower.h"
#include "engine.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/trace.h"

enum work { READ, APPLY, RESTORE };

/* A read's answer: of all steps of a member at once, since none of them waits for another member. */
struct findings {
	bool wanted[LEND_STEPS_MAX];
	_Alignas(max_align_t) char states[LEND_STEPS_MAX][LEND_STATE_MAX];
};

struct job {
	struct lend_member *member;
	struct lend_isolated child;
};

struct run {
	struct lend_engine *engine;
	enum work work;
	size_t step;
	bool *seen; /* by member: was started, or will not be */
	struct job jobs[LEND_ISOLATED_MAX];
	size_t running;
	int first; /* failure */
	struct lend_error *error;
};

/* What a child gets. */
struct input {
	const struct run *run;
	const struct lend_member *member;
};

static int call_step(const struct run *run, const struct lend_member *member, const struct lend_step *step,
		     enum work work, void *state, struct lend_progress *progress, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses storage = { 0 };
	const struct lend_target target = lend_member_target(run->engine, member, step, &storage);
	const struct lend_step_call call = { run->engine->context->fs, run->engine->context->settings, &target,
					     progress };

	switch (work) {
	case READ:
		return step->applies(&target) ? step->read(&call, state, error) : 0;
	case APPLY:
		return step->apply(&call, state, error);
	case RESTORE:
		break;
	}
	return step->restore(&call, state, error);
}

static int read_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			 struct lend_error *error)
{
	const struct input *in = input;
	struct findings *findings = output;

	(void)fs;
	for (size_t i = 0; lend_steps[i]; i++) {
		const struct lend_task *task = &in->member->tasks[i];
		int r;

		memcpy(findings->states[i], task->state, sizeof(task->state));
		findings->wanted[i] = task->wanted;
		if (!lend_member_has_scope(in->run->engine, in->member, lend_steps[i]) ||
		    (task->wanted && !(lend_steps[i]->flags & LEND_STEP_ADDS)))
			continue;
		r = call_step(in->run, in->member, lend_steps[i], READ, findings->states[i], progress, error);
		if (r < 0)
			return r;
		findings->wanted[i] |= r > 0;
	}
	return 0;
}

static int act_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			struct lend_error *error)
{
	const struct input *in = input;
	const struct lend_step *step = lend_steps[in->run->step];

	(void)fs;
	memcpy(output, in->member->tasks[in->run->step].state, step->state_size);
	return call_step(in->run, in->member, step, in->run->work, output, progress, error);
}

/* Keeps the member's first failure, and the run's. */
static void fail(struct run *run, struct lend_member *member, int result, const struct lend_error *error)
{
	if (member->result == 0) {
		member->result = result;
		member->error = *error;
	}
	if (run->first == 0) {
		run->first = result;
		if (run->error)
			*run->error = *error;
	}
}

static void finish(struct run *run, struct lend_member *member, int result, const struct lend_isolated_end *end,
		   const struct lend_error *error)
{
	const struct lend_context *context = run->engine->context;
	const struct lend_step *step = run->work == READ ? NULL : lend_steps[run->step];

	if (*end->progress.note)
		lend_context_note(context, end->progress.warns ? LEND_NOTE_WARNING : LEND_NOTE_INFO, "%s: %s",
				  lend_loan_borrower(&member->loan), end->progress.note);
	if (step) {
		struct lend_task *task = &member->tasks[run->step];

		lend_trace("%s: step %s %s in %u ms: %s", lend_member_name(member).text, step->name,
			   run->work == APPLY ? "applied" : "restored", end->ms, result < 0 ? error->text : "done");
		task->done |= run->work == APPLY && result >= 0;
		task->ms = run->work == APPLY ? end->ms : task->ms;
		run->engine->ran[run->step] = true;
	}
	if (end->hanging)
		(void)lend_process_read(context->fs, end->hanging, &member->hanging, NULL);
	if (result >= 0)
		return;
	if (run->work == RESTORE && step->flags & LEND_STEP_TOLERANT && !end->hanging)
		lend_context_note(context, LEND_NOTE_WARNING, "%s: %s", lend_loan_borrower(&member->loan), error->text);
	else
		fail(run, member, result, error);
}

static void act_here(struct run *run, struct lend_member *member)
{
	struct lend_isolated_end end = { 0 };
	struct lend_error failure = { 0 };
	const int64_t begin = lend_now_ms();
	int r;

	r = call_step(run, member, lend_steps[run->step], run->work, member->tasks[run->step].state, &end.progress,
		      &failure);
	end.ms = (unsigned)(lend_now_ms() - begin);
	finish(run, member, r, &end, &failure);
}

static void start(struct run *run, struct lend_member *member)
{
	const struct lend_context *context = run->engine->context;
	const struct lend_step *step = lend_steps[run->step];
	const struct input input = { run, member };
	struct lend_isolated_end end = { 0 };
	struct lend_error failure = { 0 };
	struct job *job = &run->jobs[run->running];
	int r;

	job->member = member;
	if (run->work == READ)
		r = lend_isolated_start(context->fs, lend_member_name(member).text,
					lend_step_unbind_deadline(context->settings), read_in_child, &input,
					sizeof(struct findings), &job->child, &failure);
	else
		r = lend_isolated_start(context->fs, lend_member_name(member).text,
					step->deadline_ms(context->settings), act_in_child, &input, step->state_size,
					&job->child, &failure);
	if (r < 0)
		finish(run, member, r, &end, &failure);
	else
		run->running++;
}

static void collect(struct run *run, struct job *job)
{
	struct lend_member *member = job->member;
	struct findings *findings = NULL;
	struct lend_isolated_end end;
	struct lend_error failure = { 0 };
	int r;

	if (run->work != READ) {
		r = lend_isolated_collect(&job->child, member->tasks[run->step].state, &end, &failure);
		finish(run, member, r, &end, &failure);
		return;
	}
	findings = calloc(1, sizeof(*findings));
	r = lend_isolated_collect(&job->child, findings, &end, &failure);
	if (!findings)
		r = lend_error_set(&failure, -ENOMEM, "%s: out of memory", lend_member_name(member).text);
	for (size_t i = 0; r >= 0 && lend_steps[i]; i++) {
		member->tasks[i].wanted = findings->wanted[i];
		memcpy(member->tasks[i].state, findings->states[i], LEND_STATE_MAX);
	}
	free(findings);
	finish(run, member, r, &end, &failure);
}

/* Whether @member has to wait for one that is at work, or for ever after one that hangs. */
static bool is_lane_taken(const struct run *run, const struct lend_member *member)
{
	if (run->work == READ)
		return false;
	for (size_t i = 0; i < run->running; i++)
		if (run->jobs[i].member->lane == member->lane)
			return true;
	return false;
}

static const struct lend_member *find_hanging(const struct run *run, const struct lend_member *member)
{
	for (size_t i = 0; i < run->engine->count; i++)
		if (run->engine->members[i].lane == member->lane && run->engine->members[i].hanging.pid)
			return &run->engine->members[i];
	return NULL;
}

/* A function of @member's slot that has not come off the driver that lends it. */
static const struct lend_member *find_unfinished(const struct run *run, const struct lend_member *member)
{
	for (size_t i = 0; i < run->engine->count; i++) {
		const struct lend_member *other = &run->engine->members[i];

		if (other != member && other->result < 0 && !other->hanging.pid && !other->loan.is_shared &&
		    lend_address_same_slot(other->loan.address, member->loan.address))
			return other;
	}
	return NULL;
}

/* Whether @member's turn never comes in this run; a failure is told. */
static bool is_passed_over(struct run *run, struct lend_member *member)
{
	const struct lend_member *other;
	struct lend_error failure = { 0 };

	if (run->work == READ)
		return false;
	if (!member->tasks[run->step].wanted || member->is_left || member->hanging.pid)
		return true;
	if (run->work == APPLY)
		return run->first < 0;
	if (!lend_steps[run->step]->restore)
		return true;
	if (!(lend_steps[run->step]->flags & LEND_STEP_NEEDS_CARD))
		return false;
	other = find_unfinished(run, member);
	if (!other)
		return false;
	fail(run, member,
	     lend_error_set(&failure, -EBUSY, "%s: its host driver waits until %s of the same card is back",
			    lend_member_name(member).text, lend_member_name(other).text),
	     &failure);
	return true;
}

/* The next one whose turn it is; NULL when all have been started, or have to wait. */
static struct lend_member *next(struct run *run)
{
	for (size_t i = 0; i < run->engine->count; i++) {
		const size_t at = run->work == RESTORE ? run->engine->count - 1 - i : i;
		struct lend_member *member = &run->engine->members[at];

		if (run->seen[at] || is_lane_taken(run, member))
			continue;
		run->seen[at] = true;
		if (is_passed_over(run, member))
			continue;
		if (run->work == APPLY && find_hanging(run, member))
			continue;
		return member;
	}
	return NULL;
}

static void wait_for_one(struct run *run)
{
	struct lend_isolated *children[LEND_ISOLATED_MAX];

	for (size_t i = 0; i < run->running; i++)
		children[i] = &run->jobs[i].child;
	lend_isolated_wait(children, run->running);
	for (size_t i = run->running; i-- > 0;) {
		if (!run->jobs[i].child.over)
			continue;
		collect(run, &run->jobs[i]);
		run->jobs[i] = run->jobs[--run->running];
	}
}

static int run_all(struct lend_engine *engine, enum work work, size_t step, struct lend_error *error)
{
	struct run *run = calloc(1, sizeof(*run));
	struct lend_member *member;
	int first;

	if (run)
		run->seen = calloc(engine->count + 1, sizeof(*run->seen));
	if (!run || !run->seen) {
		free(run);
		return lend_error_set(error, -ENOMEM, "out of memory for the steps of a loan");
	}
	run->engine = engine;
	run->work = work;
	run->step = step;
	run->error = error;
	for (;;) {
		lend_clock_tick();
		while (run->running < LEND_ISOLATED_MAX && (member = next(run))) {
			if (work != READ && lend_steps[step]->flags & LEND_STEP_IN_PARENT)
				act_here(run, member);
			else
				start(run, member);
		}
		if (!run->running)
			break;
		wait_for_one(run);
	}
	first = run->first;
	free(run->seen);
	free(run);
	return first;
}

int lend_engine_read(struct lend_engine *engine, struct lend_error *error)
{
	return run_all(engine, READ, 0, error);
}

int lend_stage_run(struct lend_engine *engine, size_t step, enum lend_direction direction, struct lend_error *error)
{
	const int64_t begin = lend_now_ms();
	int r = run_all(engine, direction == LEND_DOWN ? APPLY : RESTORE, step, error);

	engine->spent_ms[step] += (unsigned)(lend_now_ms() - begin);
	return r;
}
