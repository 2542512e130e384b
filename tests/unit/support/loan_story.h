/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A host with the lab's card, a domain "win11" that wants it, and short deadlines: what every test of a loan begins
 * with. */

#include "fake_kernel.h"
#include "lendpci/act/loan/loan.h"
#include "lendpci/base/settings.h"

#define GPU "0000:01:00.0"
#define AUDIO "0000:01:00.1"
#define UUID "11111111-2222-3333-4444-555555555555"
#define OTHER "99999999-8888-7777-6666-555555555555"

struct story {
	struct fake_kernel *kernel;
	struct lend_settings settings;
	struct lend_context context;
	char last_note[1024];
	char notes[8192]; /* all of them, a line each */
	struct lend_address wanted[4];
	struct lend_request request; /* win11 wants GPU */
};

int story_begin(void **state);
int story_end(void **state);

/** The request of another domain for the same function. */
struct lend_request story_other(const struct story *story);
struct lend_address story_address(const char *text);
/** lend_loan_return() of one function. */
int story_return(struct story *story, const char *address, struct lend_error *error);
/** What the entry NAME (an address, or a loan's id) has to undo by @step, as JSON; "" for nothing. Borrowed until the
 * next call. */
const char *story_record(const struct story *story, const char *name, const char *step);
/** The state of @address's entry, or "home" when there is none. */
const char *story_loan_state(const struct story *story, const char *address);
