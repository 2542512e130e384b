/* SPDX-License-Identifier: GPL-2.0-or-later */
/* survey: which devices can be lent, why not, and what they need. What SurveyDDA.ps1 is for Hyper-V. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/device_argument.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/terminal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "survey/bundle.h"
#include "survey/format.h"
#include "survey/glance.h"
#include "survey/host.h"
#include "survey/page.h"
#include "survey/picture.h"
#include "survey/record.h"
#include "survey/survey.h"
#include "survey/tree.h"
#include "verbs/table.h"

/* What is told of the devices: all at a glance, a block for each, or JSON. */
struct report {
	const struct lend_call *call;
	struct lend_survey_look look;
	bool at_a_glance;
	struct lend_glance glance;
	struct lend_json_stream json;
	size_t count;
};

static void report_clear(struct report *report)
{
	lend_glance_clear(&report->glance);
}

static struct lend_survey_look look_of(const struct lend_call *call)
{
	const size_t columns = lend_terminal_columns();

	return (struct lend_survey_look){ .colour = lend_terminal_has_colour(),
					  .verbose = call->verbose,
					  .columns = columns ? columns : LEND_COLUMNS_DEFAULT };
}

/* Of the devices that nobody named, bridges and what belongs to the platform are passed over. */
static bool is_to_be_told(const struct lend_call *call, const struct lend_survey *survey)
{
	if (call->gpu)
		return lend_function_is_gpu(&survey->device.function);
	return call->count || call->all ||
	       (!lend_verdict_find(&survey->verdict, "bridge") && !lend_verdict_find(&survey->verdict, "platform"));
}

static int tell(struct report *report, const struct lend_survey *survey, struct lend_error *error)
{
	int r = 0;

	if (report->call->json)
		r = lend_json_stream_add(&report->json, lend_survey_to_json(survey));
	else if (report->at_a_glance)
		r = lend_glance_add(&report->glance, survey);
	if (r < 0)
		return lend_error_set(error, -ENOMEM, "out of memory for the survey");
	if (!report->call->json && !report->at_a_glance) {
		if (report->count)
			(void)putchar('\n');
		lend_survey_print(stdout, survey, report->look);
	}
	report->count++;
	return 0;
}

/* One device that cannot be read does not hide the others: its sentence comes at the end. */
static int tell_all(struct report *report, const struct lend_survey_host *host, const struct lend_addresses *devices,
		    struct lend_error *error)
{
	int failure = 0;

	for (size_t i = 0; i < devices->count; i++) {
		struct lend_error problem = { 0 };
		struct lend_survey survey;
		int r;

		r = lend_survey_host_judge(host, devices->items[i], &survey, &problem);
		if (r == 0 && is_to_be_told(report->call, &survey))
			r = tell(report, &survey, &problem);
		lend_device_clear(&survey.device);
		if (r < 0 && failure == 0) {
			failure = r;
			*error = problem;
		}
	}
	return failure;
}

static int record(const struct lend_call *call, const struct lend_survey_host *host, struct lend_error *error)
{
	const bool is_bundle = lend_bundle_is_name(call->record);
	int r;

	r = is_bundle ? lend_bundle(host->fs, &host->inventory, call->record, error)
		      : lend_record(host->fs, &host->inventory, call->record, error);
	if (r < 0)
		return r;
	/* A script that records into a directory for itself knows what it has; a file is to be sent to somebody. */
	if (is_bundle || isatty(STDOUT_FILENO))
		lend_say(
			"%s: %zu PCI functions with their configuration, resources, drivers, IOMMU groups and names of USB devices, the CPU and the map of memory; nothing of processes, disks, networks and domains; serial numbers are %s",
			call->record, host->inventory.count,
			is_bundle ? "left out" : "in it: to send it to somebody, record into a .tar.gz");
	return 0;
}

/* Into @file, or for "-" to standard output: all or nothing, but what was there is replaced. */
static int write_file(const char *file, const struct lend_survey_host *host,
		      int (*write)(FILE *out, const struct lend_survey_host *host, struct lend_error *error),
		      struct lend_error *error)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *to = NULL;
	FILE *memory;
	size_t size;
	int r;

	if (strcmp(file, "-") == 0)
		return write(stdout, host, error);
	memory = open_memstream(&text, &size);
	if (!memory)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", file);
	r = write(memory, host, error);
	if (fclose(memory) != 0 && r == 0)
		r = lend_error_set(error, -ENOMEM, "%s: out of memory", file);
	if (r < 0)
		return r;
	to = fopen(file, "we");
	if (!to || fwrite(text, 1, size, to) != size || fflush(to) != 0)
		return lend_error_set(error, -errno, "%s: cannot write it: %s", file, strerror(errno));
	return 0;
}

/* How the host as a whole is shown; the option's name, NULL when it is not. */
static const char *whole_option(const struct lend_call *call)
{
	return call->tree     ? "tree"
	       : call->record ? "record"
	       : call->svg    ? "svg"
	       : call->html   ? "html"
	       : call->format ? "format"
			      : NULL;
}

/* The host as a whole, drawn or recorded. Pictures and pages tell who uses it now, what is about its build does not. */
static int show_whole(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_survey_host_close) struct lend_survey_host host = { 0 };
	const char *other = call->count ? "without a DEVICE" : call->json ? "without --json" : NULL;
	int r;

	if (other) {
		lend_error_set(error, LEND_EXIT_USAGE, "--%s: it is about the whole machine, %s", whole_option(call),
			       other);
		return lend_error_hint(error, LEND_EXIT_USAGE, "'lendpci survey --help' shows how");
	}
	r = call->format ? lend_survey_check_format(call->format, error) : 0;
	if (r == 0)
		r = lend_survey_host_open(call->sysroot, &host, error);
	if (r == 0 && call->record)
		r = record(call, &host, error);
	if (r == 0 && call->tree)
		r = lend_survey_print_tree(stdout, &host, look_of(call), error);
	if (r == 0 && (call->svg || call->html || call->format))
		r = lend_survey_host_find_holders(&host, NULL, error);
	if (r == 0 && call->format)
		r = lend_survey_print_format(&host, call->format, error);
	if (r == 0 && call->svg)
		r = write_file(call->svg, &host, lend_survey_draw, error);
	if (r == 0 && call->html)
		r = write_file(call->html, &host, lend_survey_write_page, error);
	return r;
}

static int refuse_with_device(const struct lend_call *call, struct lend_error *error)
{
	if (!call->count || (!call->all && !call->gpu))
		return 0;
	lend_error_set(error, LEND_EXIT_USAGE, "--%s: it stands instead of a DEVICE, not beside one",
		       call->all ? "all" : "gpu");
	return lend_error_hint(error, LEND_EXIT_USAGE, "'lendpci survey --help' shows how");
}

int lend_verb_survey(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_survey_host_close) struct lend_survey_host host = { 0 };
	_cleanup_(lend_addresses_clear) struct lend_addresses devices = { 0 };
	_cleanup_(report_clear) struct report report = { .call = call,
							 .look = look_of(call),
							 .at_a_glance = !call->count && !call->verbose };
	int r, failure;

	r = refuse_with_device(call, error);
	if (r == 0 && whole_option(call))
		return show_whole(call, error);
	if (r == 0)
		r = lend_survey_host_open(call->sysroot, &host, error);
	if (r == 0)
		r = call->count ? lend_device_arguments(host.fs, call->arguments, call->count, &devices, error)
				: lend_functions_list(host.fs, &devices, error);
	if (r == 0)
		r = lend_survey_host_find_holders(&host, call->count ? &devices : NULL, error);
	if (r != 0)
		return r;
	failure = tell_all(&report, &host, &devices, error);
	if (call->json)
		lend_json_stream_end(&report.json);
	else if (report.at_a_glance)
		lend_glance_print(stdout, &report.glance, report.look);
	return failure;
}
