/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/act/steps/binding.h"
#include "lendpci/act/steps/console.h"
#include "lendpci/act/steps/power.h"
#include "lendpci/act/steps/reset_method.h"
#include "lendpci/know/host/process.h"
#include "lendpci/know/pci/function.h"

struct lend_error;
struct lend_fs;

/** Everything that lendpci remembers lies here, root only, gone at reboot as the driver overrides are. */
#define LEND_STATE_DIR "run/lendpci"

enum lend_loan_state {
	LEND_LOAN_LENDING,    /* the intent is written; the function may be on its way */
	LEND_LOAN_LENT,       /* on vfio-pci, for its domain */
	LEND_LOAN_RETURNING,  /* on its way home */
	LEND_LOAN_STUCK,      /* the host driver does not let go */
	LEND_LOAN_UNRETURNED, /* coming home failed; `why` says how */
};

/** "lending", "lent", "returning", "stuck", "unreturned". */
const char *lend_loan_state_name(enum lend_loan_state state);

/**
 * One function's journal entry: who has it, and all that it takes to undo the loan.
 *
 * Written before each change, one JSON file per function (LEND_STATE_DIR/loans/ADDRESS.json), replaced as a whole.
 * Named by address and never by a domain's name, which its owner chooses.
 */
struct lend_loan {
	struct lend_address address;
	enum lend_loan_state state;
	char uuid[37];              /* "" when lent by hand */
	char domain[256];           /* the name, for messages; "" when lent by hand */
	int64_t since;              /* seconds since the epoch */
	bool started;               /* the domain's vCPUs have run since */
	struct lend_process daemon; /* the daemon that will call release; none when lent by hand */
	uint16_t vendor, device;    /* what was lent: another card in its place is not given its driver */
	struct lend_binding before;
	char module[64];                /* kernel module of before.driver, "" when it is built in */
	char units[256];                /* stopped for it, blank-separated */
	struct lend_power power;        /* from before */
	struct lend_reset_method reset; /* from before */
	struct lend_console console;    /* taken off its screen for it */
	struct lend_process hanging;    /* while stuck: the child that waits in the driver */
	char why[256];                  /* what went wrong, "" when nothing did */
};

/** Makes LEND_STATE_DIR with its parts, if need be. */
int lend_journal_prepare(const struct lend_fs *fs, struct lend_error *error);

/** Writes or replaces @loan's entry, durably. */
int lend_journal_write(const struct lend_fs *fs, const struct lend_loan *loan, struct lend_error *error);

/**
 * Reads @address's entry. -ENOENT, without a sentence, when it is not on loan; -EBADMSG with one when the entry is
 * damaged, of another version or for another function: it has to be set aside, not obeyed.
 */
int lend_journal_read(const struct lend_fs *fs, struct lend_address address, struct lend_loan *ret,
		      struct lend_error *error);

/** Drops @address's entry; fine when there is none. */
int lend_journal_remove(const struct lend_fs *fs, struct lend_address address, struct lend_error *error);

/** Moves a damaged entry to LEND_STATE_DIR/set-aside/, where a person can read it. */
int lend_journal_set_aside(const struct lend_fs *fs, struct lend_address address, struct lend_error *error);

/**
 * Drops what writers that were killed left behind, except where somebody is at work. An entry that was never finished
 * says nothing that happened.
 */
int lend_journal_sweep(const struct lend_fs *fs, struct lend_error *error);

/** The addresses that have an entry, readable or not, sorted. Empty where lendpci never lent anything. */
int lend_journal_list(const struct lend_fs *fs, struct lend_addresses *ret, struct lend_error *error);
