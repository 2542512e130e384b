/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/**
 * Time that only goes forward (CLOCK_MONOTONIC), in milliseconds. It stands still while the host is suspended: a card
 * that was asleep with its host has not used up its deadline.
 */
int64_t lend_now_ms(void);

/**
 * A moment to wait for at most. It is a time on the clock: what the waiter does between two looks counts too, so a wait
 * is never longer than it was meant to be because each look takes long. Copy it freely; there is nothing to release.
 */
struct lend_deadline {
	int64_t at_ms; /* by lend_now_ms() */
};

/** The deadline @ms milliseconds from now. */
struct lend_deadline lend_deadline_in(unsigned ms);

/** Milliseconds until @deadline, 0 once it has passed, never more than INT_MAX: a timeout for poll(2). */
int lend_deadline_left(struct lend_deadline deadline);

bool lend_deadline_has_passed(struct lend_deadline deadline);

/** The earlier of two. */
struct lend_deadline lend_deadline_earlier(struct lend_deadline a, struct lend_deadline b);

/** Sleeps @ms milliseconds between two looks at a state that is waited for; a signal ends it early. It ticks. */
void lend_pause_ms(unsigned ms);

/** Sleeps @ms milliseconds, but not beyond @deadline. */
void lend_deadline_pause(struct lend_deadline deadline, unsigned ms);

/**
 * Who is watched over says from time to time that it is alive, above all while it waits: @tick is called at each pause
 * of a wait, and by whoever has many things to do, between them. At most once a second; NULL for nobody, as it is at
 * first. Children that are forked have nobody.
 */
void lend_clock_tick_to(void (*tick)(void));
void lend_clock_tick(void);
