/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/act/context.h"
#include "lendpci/know/host/process.h"
#include "lendpci/know/pci/function.h"

struct json_t;
struct lend_error;
struct lend_fs;

enum lend_loan_state {
	LEND_LOAN_LENDING,    /* the intent is written; the function may be on its way */
	LEND_LOAN_LENT,       /* on vfio-pci, for its domain */
	LEND_LOAN_RETURNING,  /* on its way home */
	LEND_LOAN_STUCK,      /* a step hangs in the kernel */
	LEND_LOAN_UNRETURNED, /* coming home failed; `why` says how */
};

/** "lending", "lent", "returning", "stuck", "unreturned". */
const char *lend_loan_state_name(enum lend_loan_state state);

/** What functions lent together have in common: the domain's UUID, or by hand "hand-" and their first address. */
struct lend_loan_id {
	char text[64];
};

/**
 * A journal entry's head: who has it, and how far it is.
 *
 * There is one entry for each function on loan, and one for what belongs to the loan as a whole (@is_shared), such as a
 * stopped unit. Each is a JSON file LEND_STATE_DIR/loans/NAME.json, replaced as a whole before each change; its name is
 * the function's address or the loan's id, never a domain's name, which its owner chooses.
 */
struct lend_loan {
	struct lend_loan_id id;
	bool is_shared; /* the loan's own entry: no function, ids or driver */
	struct lend_address address;
	enum lend_loan_state state;
	char uuid[37];               /* "" when lent by hand */
	char domain[256];            /* the name, for messages; "" when lent by hand */
	int64_t since;               /* seconds since the epoch */
	bool started;                /* the domain's vCPUs have run since */
	struct lend_process daemon;  /* that will call release; none when lent by hand */
	uint16_t vendor, device;     /* what was lent: another card in its place is not given its driver */
	char host_driver[64];        /* that had it before; "" for none */
	struct lend_process hanging; /* while stuck: the child that waits in the kernel */
	char why[256];               /* what went wrong, "" when nothing did */
};

/** What undoes one step of a loan. The journal keeps the state as JSON and does not look into it. */
struct lend_record {
	char step[32];
	bool done;   /* it was applied; else it was only meant to be */
	unsigned ms; /* how long that took */
	struct json_t *state;
};

/** By the order in which they were applied. */
struct lend_records {
	struct lend_record *items;
	size_t count;
};
void lend_records_clear(struct lend_records *records);

/** Adds one, taking the reference to @state. -ENOMEM; @state is released then too. */
int lend_records_add(struct lend_records *records, const char *step, bool done, unsigned ms, struct json_t *state);

/** Makes LEND_STATE_DIR with its parts, if need be. */
int lend_journal_prepare(const struct lend_fs *fs, struct lend_error *error);

/**
 * Writes or replaces @loan's entry, durably, with @records; NULL keeps those on file. Keys of the entry on file that
 * this lendpci does not know survive.
 */
int lend_journal_write(const struct lend_fs *fs, const struct lend_loan *loan, const struct lend_records *records,
		       struct lend_error *error);

/**
 * Reads @address's entry. -ENOENT, without a sentence, when it is not on loan; -EBADMSG with one when the entry is
 * damaged or for another function: it has to be set aside, not obeyed. -EPROTONOSUPPORT when a newer lendpci wrote it:
 * it is neither obeyed nor set aside. @ret_records (may be NULL) is the caller's to clear. Entries of version 1 are
 * read as if this version had written them.
 */
int lend_journal_read(const struct lend_fs *fs, struct lend_address address, struct lend_loan *ret,
		      struct lend_records *ret_records, struct lend_error *error);

/** The same for the entry of a loan as a whole. */
int lend_journal_read_shared(const struct lend_fs *fs, const struct lend_loan_id *id, struct lend_loan *ret,
			     struct lend_records *ret_records, struct lend_error *error);

/** Drops @loan's entry; fine when there is none. */
int lend_journal_remove(const struct lend_fs *fs, const struct lend_loan *loan, struct lend_error *error);

/** Moves a damaged entry to LEND_STATE_DIR/set-aside/, where a person can read it. */
int lend_journal_set_aside(const struct lend_fs *fs, struct lend_address address, struct lend_error *error);

/**
 * Drops what writers that were killed left behind, except where somebody is at work. An entry that was never finished
 * says nothing that happened.
 */
int lend_journal_sweep(const struct lend_fs *fs, struct lend_error *error);

/** The functions that have an entry, readable or not, sorted. Empty where lendpci never lent anything. */
int lend_journal_list(const struct lend_fs *fs, struct lend_addresses *ret, struct lend_error *error);

/** The loans that have an entry of their own. */
struct lend_loan_ids {
	struct lend_loan_id *items;
	size_t count;
};
void lend_loan_ids_clear(struct lend_loan_ids *ids);
int lend_journal_list_shared(const struct lend_fs *fs, struct lend_loan_ids *ret, struct lend_error *error);

/** The names that entries have: what the version of the program that wrote them does not change. */
struct lend_loan_id lend_loan_id_of(const char *uuid, struct lend_address first);
