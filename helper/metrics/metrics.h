/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lendpci/act/journal.h"
#include "lendpci/act/log.h"
#include "log/entry.h"

enum { LEND_METRIC_LABELS_MAX = 64 };

/** Something that is counted by a word or two: refusals by reason, durations by direction and step. */
struct lend_metric {
	char label[32];
	bool is_return; /* of durations: the way home */
	uint64_t count;
	uint64_t sum_ms;
};

/** What is measured: loans as they are, and what happened since the host was booted. */
struct lend_metrics {
	const struct lend_loan *loans;
	size_t loan_count;
	size_t damaged;  /* entries of the journal that cannot be read */
	bool has_events; /* the system journal could be read */
	uint64_t events[LEND_EVENT_COUNT];
	struct lend_metric refusals[LEND_METRIC_LABELS_MAX];
	size_t refusal_count;
	struct lend_metric durations[LEND_METRIC_LABELS_MAX];
	size_t duration_count;
};

/** A lend_log_taker of a struct lend_metrics: counts an event. */
bool lend_metrics_take(void *metrics, const struct lend_log_entry *entry);

/**
 * Prints them in Prometheus' text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/. Names and
 * labels stay. Counters begin anew at each boot, as counters may.
 */
void lend_metrics_print(FILE *out, const struct lend_metrics *metrics);
