/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfs: virtual functions, now and at each boot. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/device_argument.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/program.h"
#include "lendpci/act/set_vfs.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/vf_counts.h"
#include "verbs/table.h"

static int print_json(const struct lend_vf_counts *counts, struct lend_error *error)
{
	json_t *array = json_array();

	for (size_t i = 0; i < counts->count; i++)
		(void)json_array_append_new(array, json_pack("{s:s s:i}", "location_path", counts->items[i].location,
							     "count", (int)counts->items[i].count));
	if (lend_print_json_array(array, counts->count) < 0)
		return lend_error_set(error, -ENOMEM, "vfs: out of memory");
	return 0;
}

static void print_text(const struct lend_vf_counts *counts)
{
	for (size_t i = 0; i < counts->count; i++)
		lend_say("%s  %" PRIu32 " virtual functions at each boot", counts->items[i].location,
			 counts->items[i].count);
}

static int write_list(const struct lend_fs *fs, const struct lend_vf_counts *counts, struct lend_error *error)
{
	_cleanup_free_ char *text = lend_vf_counts_format(counts);
	int r;

	if (!text)
		return lend_error_set(error, -ENOMEM, "vfs: out of memory");
	r = lend_fs_make_dir(fs, "etc/lendpci", error);
	return r < 0 ? r : lend_fs_replace(fs, LEND_VFS_PATH, text, error);
}

static int set_one(const struct lend_program *program, const struct lend_vf_count *one, struct lend_error *error)
{
	struct lend_function function;
	struct lend_address address;
	int r;

	r = lend_location_resolve(program->fs, one->location, &address, error);
	if (r == 0)
		r = lend_function_read(program->fs, address, &function, error);
	if (r < 0)
		return r;
	/* What follows a card that was swapped is another one. */
	if (function.vendor != one->vendor || function.device != one->device)
		return lend_error_set(error, -ESTALE,
				      "%s: it is another card than the one that was to have %" PRIu32
				      " virtual functions",
				      lend_address_text(address).text, one->count);
	return lend_vfs_set(&program->context, address, one->count, error);
}

/* At boot: goes on after a failure, and reports the first. */
static int set_all(const struct lend_program *program, const struct lend_vf_counts *counts, struct lend_error *error)
{
	int first = 0;

	for (size_t i = 0; i < counts->count; i++) {
		struct lend_error failure = { 0 };
		const int r = set_one(program, &counts->items[i], &failure);

		if (r == 0)
			lend_say("%s: has %" PRIu32 " virtual functions", counts->items[i].location,
				 counts->items[i].count);
		else if (first == 0)
			*error = failure;
		else
			lend_message_print(stderr, "", failure.text);
		first = first ? first : r;
	}
	return first;
}

static int change(const struct lend_call *call, const struct lend_program *program, struct lend_vf_counts *counts,
		  struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	struct lend_vf_count one = { 0 };
	struct lend_function function;
	int r;

	if (lend_text_to_u32(call->arguments[1], 10, &one.count) < 0 || one.count > UINT16_MAX)
		return lend_error_set(error, LEND_EXIT_USAGE, "%.40s: it is no number of virtual functions",
				      call->arguments[1]);
	r = lend_device_arguments(program->fs, call->arguments, 1, &wanted, error);
	if (r == 0)
		r = lend_function_read(program->fs, wanted.items[0], &function, error);
	if (r == 0)
		r = lend_location_path(program->fs, function.address, one.location, sizeof(one.location), error);
	if (r == 0)
		r = lend_vfs_set(&program->context, function.address, one.count, error);
	if (r != 0)
		return r;
	one.vendor = function.vendor;
	one.device = function.device;
	if (lend_vf_counts_put(counts, &one) < 0)
		return lend_error_set(error, -E2BIG, "/" LEND_VFS_PATH ": it has too many lines");
	r = write_list(program->fs, counts, error);
	if (r == 0)
		lend_say("%s: has %" PRIu32 " virtual functions, now and at each boot",
			 lend_address_text(function.address).text, one.count);
	return r;
}

int lend_verb_vfs(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_program_close) struct lend_program program;
	_cleanup_free_ struct lend_vf_counts *counts = NULL;
	int r;

	r = lend_program_open(call, true, &program, error);
	if (r < 0)
		return r;
	counts = calloc(1, sizeof(*counts));
	if (!counts)
		return lend_error_set(error, -ENOMEM, "vfs: out of memory");
	r = lend_vf_counts_read(program.fs, counts, error);
	if (r < 0)
		return r;
	if (!lend_fs_is_host(program.fs) && (call->count || call->all))
		return lend_error_set(error, LEND_EXIT_USAGE,
				      "--sysroot: a recorded machine is only looked at, without a DEVICE");
	if (!call->count && call->all)
		return set_all(&program, counts, error);
	if (!call->count && call->json)
		return print_json(counts, error);
	if (!call->count) {
		print_text(counts);
		return 0;
	}
	if (call->count != 2 || call->all || call->json) {
		lend_error_set(error, LEND_EXIT_USAGE, "vfs: it takes a DEVICE and a COUNT, or neither");
		return lend_error_hint(error, LEND_EXIT_USAGE, "'lendpci vfs --help' shows how");
	}
	return change(call, &program, counts, error);
}
