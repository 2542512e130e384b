/* SPDX-License-Identifier: GPL-2.0-or-later */
/* survey: which devices can be lent, why not, and what they need. What SurveyDDA.ps1 is for Hyper-V. */
#include <errno.h>
#include <stdio.h>

#include "cli/device_argument.h"
#include "cli/terminal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/host/address_width.h"
#include "lendpci/know/pci/inventory.h"
#include "survey/record.h"
#include "survey/survey.h"
#include "survey/tree.h"
#include "verbs/table.h"

/* What every device of a survey is judged with. */
struct survey_context {
	struct lend_fs *fs;
	struct lend_inventory inventory;
	struct lend_address_width space;
	struct lend_names *names;
	struct lend_holders holders;
	struct lend_addresses devices; /* to be surveyed */
	bool all;                      /* no DEVICE was named: bridges and the like are passed over */
};

static void context_clear(struct survey_context *context)
{
	lend_addresses_clear(&context->devices);
	lend_holders_clear(&context->holders);
	lend_names_free(context->names);
	lend_inventory_clear(&context->inventory);
	lend_fs_free(context->fs);
}

/* Who uses the devices, or a function of their slots: what goes along with a device counts as its use. */
static int find_holders(struct survey_context *context, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses functions = { 0 };

	for (size_t i = 0; i < context->inventory.count; i++) {
		const struct lend_address address = context->inventory.functions[i].address;
		bool wanted = context->all;

		for (size_t j = 0; j < context->devices.count && !wanted; j++)
			wanted = lend_address_same_slot(address, context->devices.items[j]);
		if (wanted && lend_addresses_add(&functions, address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the survey");
	}
	return lend_holders_find(context->fs, functions.items, functions.count, &context->holders, error);
}

static int context_open(const struct lend_call *call, struct survey_context *ret, struct lend_error *error)
{
	int r;

	*ret = (struct survey_context){ .all = call->count == 0 };
	r = lend_fs_new(call->sysroot, &ret->fs, error);
	if (r == 0)
		r = lend_inventory_read(ret->fs, &ret->inventory, error);
	if (r == 0)
		lend_address_width_read(ret->fs, &ret->space);
	if (r == 0)
		r = lend_names_new(NULL, &ret->names, error);
	if (r == 0)
		r = ret->all ? lend_functions_list(ret->fs, &ret->devices, error)
			     : lend_device_arguments(ret->fs, call->arguments, call->count, &ret->devices, error);
	if (r == 0)
		r = find_holders(ret, error);
	return r;
}

static int survey_one(const struct survey_context *context, struct lend_address address, struct lend_survey *ret,
		      struct lend_error *error)
{
	int r;

	*ret = (struct lend_survey){ .holders = &context->holders };
	r = lend_device_read(context->fs, &context->inventory, address, &ret->device, error);
	if (r < 0)
		return r;
	lend_verdict_evaluate(&ret->device, &context->inventory, &context->holders, &ret->verdict);
	lend_write_combining_evaluate(&context->space, &ret->device.bars, &ret->caching);
	ret->need = lend_mmio_of_functions(&ret->device.bars, 1);
	lend_names_function(context->names, &ret->device.function, ret->name);
	lend_names_class(context->names, ret->device.function.class, ret->class_name);
	return 0;
}

static bool is_to_be_told(const struct survey_context *context, const struct lend_survey *survey)
{
	return !context->all ||
	       (!lend_verdict_find(&survey->verdict, "bridge") && !lend_verdict_find(&survey->verdict, "platform"));
}

static size_t columns(void)
{
	const size_t known = lend_terminal_columns();

	return known ? known : LEND_COLUMNS_DEFAULT;
}

/* Adds to @array for --json; prints otherwise, with a blank line before each but the first. */
static int tell(const struct lend_call *call, const struct lend_survey *survey, bool first, json_t *array,
		struct lend_error *error)
{
	const struct lend_survey_look look = { .colour = lend_terminal_has_colour(),
					       .verbose = call->verbose,
					       .columns = columns() };

	if (call->json) {
		if (json_array_append_new(array, lend_survey_to_json(survey)) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the survey");
		return 0;
	}
	if (!first)
		(void)putchar('\n');
	lend_survey_print(stdout, survey, look);
	return 0;
}

static void decref(json_t **json)
{
	json_decref(*json);
}

/* The machine as a whole, drawn or recorded; nothing is judged. */
static int show_whole(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_inventory_clear) struct lend_inventory inventory = { 0 };
	_cleanup_(lend_names_freep) struct lend_names *names = NULL;
	_cleanup_(lend_fs_freep) struct lend_fs *fs = NULL;
	const char *other = call->count ? "without a DEVICE" : call->json ? "without --json" : NULL;
	int r;

	if (other) {
		lend_error_set(error, LEND_EXIT_USAGE, "--%s: it is about the whole machine, %s",
			       call->tree ? "tree" : "record", other);
		return lend_error_hint(error, LEND_EXIT_USAGE, "'lendpci survey --help' shows how");
	}
	r = lend_fs_new(call->sysroot, &fs, error);
	if (r == 0)
		r = lend_inventory_read(fs, &inventory, error);
	if (r == 0 && call->record)
		r = lend_record(fs, &inventory, call->record, error);
	if (r == 0 && call->tree)
		r = lend_names_new(NULL, &names, error);
	return r < 0 || !call->tree ? r : lend_survey_print_tree(stdout, fs, &inventory, names, error);
}

int lend_verb_survey(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(context_clear) struct survey_context context = { 0 };
	_cleanup_(decref) json_t *array = json_array();
	int r, failure = 0;
	bool first = true;

	if (call->tree || call->record)
		return show_whole(call, error);
	r = context_open(call, &context, error);
	if (r != 0)
		return r;

	/* One device that cannot be read does not hide the others: its sentence comes at the end. */
	for (size_t i = 0; i < context.devices.count; i++) {
		struct lend_error problem = { 0 };
		struct lend_survey survey;

		r = survey_one(&context, context.devices.items[i], &survey, &problem);
		if (r == 0 && is_to_be_told(&context, &survey)) {
			r = tell(call, &survey, first, array, &problem);
			first = false;
		}
		lend_device_clear(&survey.device);
		if (r < 0 && failure == 0) {
			failure = r;
			*error = problem;
		}
	}
	if (call->json) {
		(void)json_dumpf(array, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
		(void)putchar('\n');
	}
	return failure;
}
