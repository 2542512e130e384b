/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lend_error;

/** A line that lendpci wrote into the system journal, with the fields of lendpci/act/log.h; "" for what it lacks. */
struct lend_log_entry {
	uint64_t usec; /* since the epoch */
	int priority;
	int pid; /* which run of the hook, or the service, wrote it */
	char message[512];
	char domain[256];
	char operation[24];
	char event[16];
	char reason[24];
	char hint[320];
	char durations[512];
	char addresses[512]; /* blank-separated */
};

/** Takes an entry, which is borrowed; false: that is enough. */
typedef bool lend_log_taker(void *userdata, const struct lend_log_entry *entry);

/** Reads what lendpci logged, debugging aside, the newest first, of @domain or of all (NULL). -errno with a sentence.
 */
int lend_log_read_back(const char *domain, lend_log_taker *take, void *userdata, struct lend_error *error);

/** Reads the events, as lendpci/act/log.h has them, since the host was booted, in order. */
int lend_log_read_events(lend_log_taker *take, void *userdata, struct lend_error *error);

/**
 * Takes the next of "unbind=30 probe=5" off @at: its step, and how long it took in milliseconds. False at the end.
 */
bool lend_log_next_duration(const char **at, char step[static 32], uint64_t *ret_ms);
