/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "lendpci/base/cleanup.h"

/* The metric of this label, made if need be; NULL where there are too many labels to be true. */
static struct lend_metric *find_or_add(struct lend_metric *all, size_t *count, const char *label, bool is_return)
{
	for (size_t i = 0; i < *count; i++)
		if (all[i].is_return == is_return && strcmp(all[i].label, label) == 0)
			return &all[i];
	if (*count == LEND_METRIC_LABELS_MAX)
		return NULL;
	all[*count] = (struct lend_metric){ .is_return = is_return };
	(void)snprintf(all[*count].label, sizeof(all[*count].label), "%s", label);
	return &all[(*count)++];
}

static enum lend_event_kind kind_of(const char *name)
{
	for (int kind = LEND_EVENT_NONE + 1; kind < LEND_EVENT_COUNT; kind++)
		if (strcmp(lend_event_name((enum lend_event_kind)kind), name) == 0)
			return (enum lend_event_kind)kind;
	return LEND_EVENT_NONE;
}

bool lend_metrics_take(void *userdata, const struct lend_log_entry *entry)
{
	const enum lend_event_kind kind = kind_of(entry->event);
	struct lend_metrics *metrics = userdata;
	const char *at = entry->durations;
	struct lend_metric *metric;
	char step[32];
	uint64_t ms;

	metrics->events[kind]++;
	if (kind == LEND_EVENT_REFUSED) {
		metric = find_or_add(metrics->refusals, &metrics->refusal_count,
				     *entry->reason ? entry->reason : "other", false);
		if (metric)
			metric->count++;
	}
	if (kind != LEND_EVENT_LENT && kind != LEND_EVENT_RETURNED)
		return true;
	while (lend_log_next_duration(&at, step, &ms)) {
		metric = find_or_add(metrics->durations, &metrics->duration_count, step, kind == LEND_EVENT_RETURNED);
		if (!metric)
			continue;
		metric->count++;
		metric->sum_ms += ms;
	}
	return true;
}

static void print_head(FILE *out, const char *name, const char *type, const char *help)
{
	(void)fprintf(out, "# HELP lendpci_%s %s\n# TYPE lendpci_%s %s\n", name, help, name, type);
}

/* A label's value: in quotes, with what would end it escaped. */
static void print_value(FILE *out, const char *text)
{
	(void)fputc('"', out);
	for (; *text; text++) {
		if (*text == '\n')
			(void)fputs("\\n", out);
		else if (*text == '"' || *text == '\\')
			(void)fprintf(out, "\\%c", *text);
		else
			(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

static size_t count_loans(const struct lend_metrics *metrics, enum lend_loan_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < metrics->loan_count; i++)
		count += metrics->loans[i].state == state;
	return count;
}

static void print_loans(FILE *out, const struct lend_metrics *metrics)
{
	static const enum lend_loan_state states[] = { LEND_LOAN_LENDING, LEND_LOAN_LENT, LEND_LOAN_RETURNING,
						       LEND_LOAN_STUCK, LEND_LOAN_UNRETURNED };

	print_head(out, "loans", "gauge", "Functions on loan, by state.");
	for (size_t i = 0; i < LEND_ARRAY_SIZE(states); i++)
		(void)fprintf(out, "lendpci_loans{state=\"%s\"} %zu\n", lend_loan_state_name(states[i]),
			      count_loans(metrics, states[i]));
	print_head(out, "unreturned_devices", "gauge", "Functions that should be home and are not.");
	(void)fprintf(out, "lendpci_unreturned_devices %zu\n",
		      count_loans(metrics, LEND_LOAN_UNRETURNED) + count_loans(metrics, LEND_LOAN_STUCK));
	print_head(out, "damaged_entries", "gauge", "Entries of the journal of loans that this lendpci cannot read.");
	(void)fprintf(out, "lendpci_damaged_entries %zu\n", metrics->damaged);
	if (!metrics->loan_count)
		return;
	print_head(out, "loan_start_time_seconds", "gauge", "Since when a function is on loan, in seconds since 1970.");
	for (size_t i = 0; i < metrics->loan_count; i++) {
		(void)fprintf(out, "lendpci_loan_start_time_seconds{address=\"%s\",domain=",
			      lend_address_text(metrics->loans[i].address).text);
		print_value(out, metrics->loans[i].domain);
		(void)fprintf(out, "} %" PRId64 "\n", metrics->loans[i].since);
	}
}

static void print_durations(FILE *out, const struct lend_metrics *metrics)
{
	if (!metrics->duration_count)
		return;
	print_head(out, "step_duration_seconds", "summary", "How long the steps of loans took since boot.");
	for (size_t i = 0; i < metrics->duration_count; i++) {
		const struct lend_metric *metric = &metrics->durations[i];
		const char *direction = metric->is_return ? "return" : "lend";

		(void)fprintf(out, "lendpci_step_duration_seconds_sum{direction=\"%s\",step=", direction);
		print_value(out, metric->label);
		(void)fprintf(out, "} %" PRIu64 ".%03" PRIu64 "\n", metric->sum_ms / 1000, metric->sum_ms % 1000);
		(void)fprintf(out, "lendpci_step_duration_seconds_count{direction=\"%s\",step=", direction);
		print_value(out, metric->label);
		(void)fprintf(out, "} %" PRIu64 "\n", metric->count);
	}
}

static void print_events(FILE *out, const struct lend_metrics *metrics)
{
	static const struct {
		enum lend_event_kind kind;
		const char *name, *help;
	} counters[] = {
		{ LEND_EVENT_LENT, "lent_total", "Loans that were made since boot." },
		{ LEND_EVENT_RETURNED, "returned_total", "Loans that came home since boot." },
		{ LEND_EVENT_UNRETURNED, "failed_returns_total", "Returns that failed since boot." },
	};

	for (size_t i = 0; i < LEND_ARRAY_SIZE(counters); i++) {
		print_head(out, counters[i].name, "counter", counters[i].help);
		(void)fprintf(out, "lendpci_%s %" PRIu64 "\n", counters[i].name, metrics->events[counters[i].kind]);
	}
	if (metrics->refusal_count)
		print_head(out, "refusals_total", "counter", "Starts that were refused since boot, by reason.");
	for (size_t i = 0; i < metrics->refusal_count; i++) {
		(void)fputs("lendpci_refusals_total{reason=", out);
		print_value(out, metrics->refusals[i].label);
		(void)fprintf(out, "} %" PRIu64 "\n", metrics->refusals[i].count);
	}
	print_durations(out, metrics);
}

void lend_metrics_print(FILE *out, const struct lend_metrics *metrics)
{
	print_head(out, "info", "gauge", "The version of lendpci.");
	(void)fputs("lendpci_info{version=\"" LENDPCI_VERSION "\"} 1\n", out);
	print_loans(out, metrics);
	print_head(out, "log_readable", "gauge",
		   "Whether the system journal could be read, which has what is counted.");
	(void)fprintf(out, "lendpci_log_readable %d\n", metrics->has_events);
	if (metrics->has_events)
		print_events(out, metrics);
}
