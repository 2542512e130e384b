/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --rom FILE: checked before it is written into a definition, since a guest's firmware passes a bad one over in
 * silence. */
#include "assignment/rom.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "assignment/inject.h"
#include "assignment/make.h"
#include "cli/message.h"
#include "cli/verb.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/decide/option_rom_check.h"
#include "lendpci/know/pci/option_rom.h"
#include "rom/file.h"

static bool is_for(const struct lend_option_rom *rom, const struct lend_function *function)
{
	for (size_t i = 0; i < rom->count; i++)
		if (lend_rom_image_is_for(&rom->images[i], function->vendor, function->device))
			return true;
	return false;
}

/* How well it suits: 2 as it names the function, 1 for a graphics function, 0. */
static int suits(const struct lend_option_rom *rom, const struct lend_function *function)
{
	if (is_for(rom, function))
		return 2;
	return lend_function_is_gpu(function) ? 1 : 0;
}

static const struct lend_function *choose(const struct lend_assignment *assignment, const struct lend_option_rom *rom)
{
	const struct lend_function *best = NULL;

	for (size_t i = 0; i < assignment->count; i++) {
		const struct lend_assigned *one = &assignment->functions[i];

		if (!one->companion && (!best || suits(rom, &one->facts) > suits(rom, best)))
			best = &one->facts;
	}
	return best;
}

/* QEMU opens it as a user of its own, for whom each directory on the way has to be open too. */
static void warn_of_permissions(const char *path, const char *subject)
{
	char part[PATH_MAX];
	struct stat status;

	for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		const mode_t needed = slash ? S_IXOTH : S_IROTH;

		(void)snprintf(part, sizeof(part), "%.*s", slash ? (int)(slash - path) : PATH_MAX - 1, path);
		if (stat(part, &status) == 0 && !(status.st_mode & needed)) {
			lend_warn(subject, "put the ROM where all may read it, such as /usr/share/vgabios/",
				  "%s: QEMU runs as a user of its own, which may not %s it", part,
				  slash ? "enter" : "read");
			return;
		}
		if (!slash)
			return;
	}
}

static int judge(const struct lend_option_rom *rom, const struct lend_function *function, const char *path,
		 const char *subject, struct lend_error *error)
{
	struct lend_rom_findings findings;

	lend_option_rom_check(rom, function, false, &findings);
	for (size_t i = 0; i < findings.count; i++) {
		const struct lend_rom_finding *finding = &findings.items[i];

		if (finding->severity == LEND_SEVERITY_WARNING)
			lend_warn(subject, finding->hint, "%s: %s", path, finding->text);
		if (finding->severity != LEND_SEVERITY_ERROR)
			continue;
		lend_error_set(error, -EINVAL, "%.300s: %s", path, finding->text);
		return lend_error_hint(error, -EINVAL, "%s", finding->hint);
	}
	warn_of_permissions(path, subject);
	return 0;
}

int lend_assignment_choose_rom(const struct lend_call *call, const struct lend_assignment *assignment,
			       const char *subject, struct lend_assign_options *options, char **ret_path,
			       struct lend_error *error)
{
	const struct lend_function *function;
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_free_ char *path = NULL;
	struct lend_option_rom rom;
	size_t size;
	int r;

	if (!call->rom)
		return 0;
	if (strcmp(call->rom, "none") == 0) {
		options->rom = "";
		return 0;
	}
	r = lend_rom_file_read(call->rom, &bytes, &size, error);
	if (r < 0)
		return r;
	path = realpath(call->rom, NULL);
	if (!path)
		return lend_error_set(error, -errno, "%.300s: %s", call->rom, strerror(errno));
	lend_option_rom_parse(bytes, size, &rom);
	function = choose(assignment, &rom);
	r = judge(&rom, function, path, subject, error);
	if (r < 0)
		return r;
	options->rom_function = function->address;
	options->rom = path;
	*ret_path = TAKE_PTR(path);
	return 0;
}
