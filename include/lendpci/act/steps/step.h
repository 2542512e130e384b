/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/act/isolate.h"
#include "lendpci/know/pci/function.h"

struct json_t;
struct lend_error;
struct lend_fs;
struct lend_settings;

/**
 * A step: one thing that is done to the host for a loan, and undone after it.
 *
 * A step is one file in helper/core/act/steps/ and one row of table.c there. The engine (act/loan/engine) does the
 * rest: it asks every step what it finds, writes that into the journal, applies the steps in the order of the table,
 * and restores them in the reverse order when the loan ends, fails half-way or is found after a crash. `check`,
 * `status`, the journal and the log show a step by what is declared here.
 */

/** What a step is done to. Wider scopes come first in the table, and so are restored last. */
enum lend_scope {
	LEND_SCOPE_HOST,     /* once, and never undone: vfio-pci stays loaded */
	LEND_SCOPE_LOAN,     /* once for all functions that go to one borrower at a time */
	LEND_SCOPE_CARD,     /* once for the functions of one slot */
	LEND_SCOPE_FUNCTION, /* once for each function */
};

enum lend_step_flags {
	/* Done by the engine's own process, one target at a time: what it calls has deadlines of its own (D-Bus). */
	LEND_STEP_IN_PARENT = 1 << 0,
	/* A restore that fails is a warning, and the device counts as home. */
	LEND_STEP_TOLERANT = 1 << 1,
	/* When an earlier loan's state is still in the journal, read() is called over it and adds to it. */
	LEND_STEP_ADDS = 1 << 2,
	/* Its restore waits until the steps behind it are undone for the whole card: no host driver probes a function
	   while another one of the slot is still on vfio-pci. */
	LEND_STEP_NEEDS_CARD = 1 << 3,
	/* Of a loan's scope: its restore does not wait for functions that are stuck or could not come home, which may
	   be for ever. It is done once more when they have. */
	LEND_STEP_EARLY = 1 << 4,
};

/** What an assignment asks for one function beside the function itself. Each is "" where it says nothing. */
struct lend_wish {
	struct lend_address address;
	char reset[64]; /* how to reset it: a word of the attribute reset_method, or several */
	char rebar[16]; /* how large its BAR is to be: see lend_resize_find() */
};

/** What the loan is made from: the facts that are read once, after nobody uses the functions any more. All borrowed. */
struct lend_loan_facts {
	const struct lend_function *functions; /* that go, by ascending address */
	size_t count;
	const char *units;    /* systemd units that have to stop for it, blank-separated */
	const char *sessions; /* sessions of users that have to end: "session-3.scope", "user@1000.service" */
	bool release;         /* who has them open is asked to let go, by the event of a card that is gone */
	const struct lend_wish *wishes;
	size_t wish_count;
};

/** One thing that a step is done to. */
struct lend_target {
	enum lend_scope scope;
	struct lend_address address;            /* of a function; of a card or a loan its first one */
	const struct lend_addresses *functions; /* all that it stands for, ascending */
	const struct lend_loan_facts *facts;    /* NULL while a loan is undone */
	const char *id;                         /* the loan's, in the journal */
};

/** What a step works with. All borrowed. */
struct lend_step_call {
	const struct lend_fs *fs;
	const struct lend_settings *settings;
	const struct lend_target *target;
	struct lend_progress *progress; /* to tell what it does, and what should be known */
};

enum lend_direction { LEND_DOWN, LEND_UP }; /* apply, restore */

struct lend_step {
	const char *name; /* key in journal, JSON and log; never renamed */
	enum lend_scope scope;
	unsigned flags;
	size_t state_size; /* bytes of plain data, no pointers: it crosses fork() and goes into the journal */

	/** How long apply or restore may take for one target, in ms. */
	unsigned (*deadline_ms)(const struct lend_settings *settings);

	/** Whether the step concerns @target at all. Pure: from @target->facts. */
	bool (*applies)(const struct lend_target *target);

	/**
	 * Finds what is there and what is wanted, into @state (zeroed, or an earlier loan's with LEND_STEP_ADDS).
	 * Changes nothing. Returns 1, 0 when there is nothing to do, or -errno.
	 */
	int (*read)(const struct lend_step_call *call, void *state, struct lend_error *error);

	/** Makes what is wanted so, and reads it back. Idempotent. Returns 0 or -errno. */
	int (*apply)(const struct lend_step_call *call, void *state, struct lend_error *error);

	/**
	 * Puts back what was there. Idempotent, also where apply never ran. What is neither as wanted nor as before was
	 * changed by somebody since: it is left, with a note. Returns 0 or -errno. NULL, as the two below, where
	 * nothing is undone: such a step is not in the journal.
	 */
	int (*restore)(const struct lend_step_call *call, void *state, struct lend_error *error);

	/** The state as a JSON object, and back: false when @json is not such an object. */
	struct json_t *(*to_json)(const void *state);
	bool (*from_json)(const struct json_t *json, void *state);

	/** One clause for people, without subject: "keep it awake (power/control auto -> on)". */
	void (*describe)(const void *state, enum lend_direction direction, char *ret, size_t size);
};

/** All steps, in the order in which a loan takes them. NULL-terminated. */
extern const struct lend_step *const lend_steps[];

/** The step of that name; NULL when this lendpci has none. */
const struct lend_step *lend_step_find(const char *name);

/** What is asked for @target's function; NULL for nothing. */
const struct lend_wish *lend_wish_of(const struct lend_target *target);

/** A deadline for steps that move a driver or wake a card: the setting unbind_deadline. */
unsigned lend_step_unbind_deadline(const struct lend_settings *settings);

/** What was stopped for a loan, each by its name, blank-separated: the state of the steps that stop something. */
struct lend_names {
	char text[512];
};

/** {"KEY": "NAME NAME"} and back. */
struct json_t *lend_names_to_json(const char *key, const struct lend_names *names);
bool lend_names_from_json(const struct json_t *json, const char *key, struct lend_names *ret);

/** An attribute of sysfs that was changed for a loan: the state of most steps. "" where the kernel has none. */
struct lend_change {
	char before[64], want[64];
};

/** Reads the attribute of @call's function into @before. An attribute that is not there, or equal to @want, leaves both
 * "". Returns 1 when there is something to change, 0, or -errno. */
int lend_change_read(const struct lend_step_call *call, const char *attribute, const char *want,
		     struct lend_change *ret, struct lend_error *error);

/** Writes what is wanted and reads it back: -EIO if the kernel kept another value. */
int lend_change_apply(const struct lend_step_call *call, const char *attribute, const struct lend_change *change,
		      struct lend_error *error);

/** Writes what was before, unless somebody has changed it since. */
int lend_change_restore(const struct lend_step_call *call, const char *attribute, const struct lend_change *change,
			struct lend_error *error);

/** {"before": …, "want": …} and back. */
struct json_t *lend_change_to_json(const struct lend_change *change);
bool lend_change_from_json(const struct json_t *json, struct lend_change *ret);
