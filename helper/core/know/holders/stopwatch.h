/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/** Microseconds of a clock that only goes forward. */
static inline int64_t lend_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/** When to leave off with one process. Asked at every step of a loop, it looks at the clock at every 64th. */
struct lend_stopwatch {
	int64_t end_us;
	unsigned steps;
};

static inline bool lend_stopwatch_is_over(struct lend_stopwatch *watch)
{
	return watch->steps++ % 64 == 63 && lend_now_us() >= watch->end_us;
}
