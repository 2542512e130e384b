/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lendpci rom DEVICE FILE */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/device_argument.h"
#include "cli/program.h"
#include "lendpci/act/read_rom.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/decide/option_rom_check.h"
#include "lendpci/know/pci/option_rom.h"
#include "rom/file.h"
#include "rom/report.h"
#include "verbs/table.h"

/* A file that a script made with mktemp has nothing to lose. */
static bool has_content(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && (!S_ISREG(status.st_mode) || status.st_size > 0);
}

/* Out of the card into the file. */
static int dump(const struct lend_call *call, const struct lend_program *program, struct lend_address address,
		uint8_t **ret, size_t *ret_size, struct lend_error *error)
{
	int r;

	if (!lend_fs_is_host(program->fs))
		return lend_error_set(
			error, LEND_EXIT_USAGE,
			"--sysroot: a recorded machine has no ROM to read; a FILE that is there can be checked");
	r = lend_rom_read(&program->context, address, ret, ret_size, error);
	return r < 0 ? r : lend_rom_file_write(call->arguments[1], *ret, *ret_size, error);
}

/* Of a slot the function that has a ROM, which is mostly the first. */
static struct lend_address choose(const struct lend_fs *fs, const struct lend_addresses *wanted)
{
	bool is_shadow;
	size_t size;

	for (size_t i = 0; i < wanted->count; i++)
		if (lend_option_rom_find(fs, wanted->items[i], &size, &is_shadow, NULL) == 0)
			return wanted->items[i];
	return wanted->items[0];
}

int lend_verb_rom(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	_cleanup_(lend_program_close) struct lend_program program;
	const bool is_there = has_content(call->arguments[1]);
	_cleanup_free_ uint8_t *bytes = NULL;
	struct lend_rom_findings findings;
	struct lend_option_rom rom;
	struct lend_function function;
	struct lend_rom_report report = { .file = call->arguments[1],
					  .function = &function,
					  .was_read = !is_there,
					  .rom = &rom,
					  .findings = &findings };
	size_t size = 0, room;
	int r;

	r = lend_program_open(call, !is_there, &program, error);
	if (r < 0)
		return r;
	r = lend_device_arguments(program.fs, call->arguments, 1, &wanted, error);
	if (r == 0)
		r = lend_function_read(program.fs, choose(program.fs, &wanted), &function, error);
	if (r != 0)
		return r;
	(void)lend_option_rom_find(program.fs, function.address, &room, &report.is_shadow, NULL);
	r = is_there ? lend_rom_file_read(call->arguments[1], &bytes, &size, error)
		     : dump(call, &program, function.address, &bytes, &size, error);
	if (r != 0)
		return r;
	lend_option_rom_parse(bytes, size, &rom);
	lend_option_rom_check(&rom, &function, report.was_read && report.is_shadow, &findings);
	if (call->json)
		r = lend_rom_report_print_json(&report, error);
	else
		lend_rom_report_print(&report);
	return r == 0 && findings.has_error ? LEND_EXIT_NO : r;
}
