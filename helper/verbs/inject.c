/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lendpci inject DEVICE...: a filter, for scripts that make definitions and for looking at what assign would do. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assignment/inject.h"
#include "assignment/make.h"
#include "assignment/objections.h"
#include "assignment/options.h"
#include "assignment/rebar.h"
#include "assignment/rom.h"
#include "cli/device_argument.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/domain/xml.h"
#include "libvirt/connection.h"
#include "verbs/table.h"

static int read_all(FILE *in, char **ret, size_t *ret_size, struct lend_error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	/* One byte more than is allowed, so that the parser can tell that it was too much. */
	text = malloc(LEND_XML_SIZE_MAX + 1);
	if (!text)
		return lend_error_set(error, -ENOMEM, "standard input: out of memory");
	size = fread(text, 1, LEND_XML_SIZE_MAX + 1, in);
	if (ferror(in))
		return lend_error_set(error, -EIO, "standard input: cannot read it");
	*ret = TAKE_PTR(text);
	*ret_size = size;
	return 0;
}

int lend_verb_inject(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_assignment_clear) struct lend_assignment assignment = { 0 };
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	_cleanup_(lend_fs_freep) struct lend_fs *fs = NULL;
	_cleanup_free_ char *xml = NULL, *injected = NULL, *rom = NULL;
	struct lend_assign_options options;
	struct lend_injection injection;
	size_t size = 0;
	int r;

	r = lend_fs_new(call->sysroot, &fs, error);
	if (r < 0)
		return r;
	r = lend_device_arguments(fs, call->arguments, call->count, &wanted, error);
	if (r != 0)
		return r;
	r = lend_assign_options_read(call, &options, error);
	if (r != 0)
		return r;
	options.libvirt = lend_libvirt_version(NULL);
	r = lend_assignment_make(fs, &wanted, call->take_group, &assignment, error);
	if (r == 0)
		r = lend_objections_to_assignment(fs, &assignment, call->take_group, "standard input", error);
	if (r == 0)
		r = lend_assignment_choose_rebar(call, fs, &assignment, &options, error);
	if (r == 0)
		r = lend_assignment_choose_rom(call, &assignment, "standard input", &options, &rom, error);
	if (r < 0)
		return r;
	r = read_all(stdin, &xml, &size, error);
	if (r < 0)
		return r;
	r = lend_assignment_inject(fs, &assignment, &options, NULL, xml, size, &injected, &injection, error);
	if (r < 0)
		return lend_error_wrap(error, r, "standard input");
	r = lend_costs_of_assignment(fs, &assignment, "standard input", error);
	if (r < 0)
		return r;
	if (fputs(injected, stdout) < 0)
		return lend_error_set(error, -errno, "standard output: %s", strerror(errno));
	return 0;
}
