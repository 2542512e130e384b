/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deadlines by the clock. CLOCK_MONOTONIC and not the time of day, which ntpd and administrators set.
 */
#include "lendpci/base/clock.h"

#include <limits.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 1000 };

int64_t lend_now_ms(void)
{
	struct timespec now;

	/* Fails only for a clock that the kernel does not have. */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct lend_deadline lend_deadline_in(unsigned ms)
{
	return (struct lend_deadline){ .at_ms = lend_now_ms() + ms };
}

int lend_deadline_left(struct lend_deadline deadline)
{
	const int64_t left = deadline.at_ms - lend_now_ms();

	if (left <= 0)
		return 0;
	return left < INT_MAX ? (int)left : INT_MAX;
}

bool lend_deadline_has_passed(struct lend_deadline deadline)
{
	return lend_deadline_left(deadline) == 0;
}

struct lend_deadline lend_deadline_earlier(struct lend_deadline a, struct lend_deadline b)
{
	return a.at_ms < b.at_ms ? a : b;
}

static void (*tick)(void);
static pid_t ticking; /* whose it is: a child's word would count for nothing */
static int64_t last_tick_ms;

void lend_clock_tick_to(void (*new_tick)(void))
{
	tick = new_tick;
	ticking = getpid();
	last_tick_ms = lend_now_ms();
}

void lend_clock_tick(void)
{
	if (!tick || lend_now_ms() - last_tick_ms < TICK_MS || getpid() != ticking)
		return;
	last_tick_ms = lend_now_ms();
	tick();
}

void lend_pause_ms(unsigned ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	lend_clock_tick();
	(void)nanosleep(&pause, NULL);
}

void lend_deadline_pause(struct lend_deadline deadline, unsigned ms)
{
	const unsigned left = (unsigned)lend_deadline_left(deadline);

	lend_pause_ms(ms < left ? ms : left);
}
