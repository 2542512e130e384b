/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads an option ROM, in a child: "enable" takes the device lock, and a card that does not answer may make a reader
 * wait.
 *
 * While the ROM decodes, cards may answer for it with the same hardware as for another BAR. So it is read as quickly as
 * can be, never from a card that a guest uses.
 */
#include "lendpci/act/read_rom.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/act/context.h"
#include "lendpci/act/isolate.h"
#include "lendpci/act/journal.h"
#include "lendpci/act/lock.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"
#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/option_rom.h"

struct asked {
	struct lend_address address;
	size_t room; /* bytes of the ROM's BAR */
};

struct answer {
	size_t size;
	uint8_t bytes[];
};

/* An attribute that is set for the time of the reading. */
struct lent_attribute {
	const char *name;
	char before[16]; /* "" when it was as it has to be, or is not there */
};

static int set(const struct lend_fs *fs, struct lend_address address, struct lent_attribute *attribute,
	       const char *want, struct lend_error *error)
{
	const struct lend_function_path path = lend_function_path(address, attribute->name);

	if (lend_fs_read(fs, path.text, attribute->before, sizeof(attribute->before), NULL) < 0 ||
	    strcmp(attribute->before, want) == 0) {
		attribute->before[0] = '\0';
		return 0;
	}
	return lend_fs_write(fs, path.text, want, error);
}

static int put_back(const struct lend_fs *fs, struct lend_address address, const struct lent_attribute *attribute,
		    struct lend_error *error)
{
	if (!*attribute->before)
		return 0;
	return lend_fs_write(fs, lend_function_path(address, attribute->name).text, attribute->before, error);
}

static int copy(const struct lend_fs *fs, const struct asked *asked, struct answer *answer, struct lend_error *error)
{
	const struct lend_function_path path = lend_function_path(asked->address, "rom");
	_cleanup_free_ char *text = NULL;
	int r, off;

	r = lend_fs_write(fs, path.text, "1", error);
	if (r < 0)
		return r;
	r = lend_fs_read_all(fs, path.text, asked->room, &text, &answer->size, error);
	off = lend_fs_write(fs, path.text, "0", r < 0 ? NULL : error);
	if (r == 0)
		memcpy(answer->bytes, text, answer->size);
	if (r == -EIO) {
		lend_error_set(error, r, "%s: the kernel finds no option ROM in it",
			       lend_address_text(asked->address).text);
		return lend_error_hint(error, r,
				       "dmesg says why; some cards can only be read before a driver had them");
	}
	return r < 0 ? r : off;
}

static int read_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			 struct lend_error *error)
{
	struct lent_attribute power = { .name = "power/control" }, enable = { .name = "enable" };
	const struct asked *asked = input;
	char driver[64] = "";
	int r, back;

	lend_progress_doing(progress, "waking it up");
	r = set(fs, asked->address, &power, "on", error);
	if (r == 0)
		r = lend_function_driver(fs, asked->address, driver, error);
	lend_progress_doing(progress, "reading its option ROM");
	if (r == 0 && !*driver)
		r = set(fs, asked->address, &enable, "1", error);
	if (r == 0)
		r = copy(fs, asked, output, error);
	/* All of it, whatever fails; the first failure is told. */
	back = put_back(fs, asked->address, &enable, r < 0 ? NULL : error);
	r = r < 0 ? r : back;
	back = put_back(fs, asked->address, &power, r < 0 ? NULL : error);
	return r < 0 ? r : back;
}

/* Locked as a loan locks it, so that no VM starts with it meanwhile. */
static int lock_at_home(const struct lend_context *context, struct lend_address address, struct lend_locks *locks,
			struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(address);
	struct lend_loan loan;
	int r;

	r = lend_journal_prepare(context->fs, error);
	if (r == 0)
		r = lend_lock_function(context->fs, address, context->settings->lock_deadline_ms, locks, error);
	if (r < 0)
		return r;
	if (lend_journal_read(context->fs, address, &loan, NULL, NULL) == -ENOENT)
		return 0;
	lend_error_set(error, -EBUSY, "%s: it is on loan, and its ROM is not read under a VM's hands", name.text);
	return lend_error_hint(error, -EBUSY, "'lendpci status' tells who has it; read the ROM while it is home");
}

int lend_rom_read(const struct lend_context *context, struct lend_address address, uint8_t **ret, size_t *ret_size,
		  struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(address);
	_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
	struct asked asked = { .address = address };
	_cleanup_free_ struct answer *answer = NULL;
	size_t whole;
	bool is_shadow;
	int r;

	r = lock_at_home(context, address, &locks, error);
	if (r == 0)
		r = lend_option_rom_find(context->fs, address, &asked.room, &is_shadow, error);
	if (r < 0)
		return r;
	whole = sizeof(*answer) + asked.room;
	answer = malloc(whole);
	if (!answer)
		return lend_error_set(error, -ENOMEM, "%s: out of memory for its ROM", name.text);
	r = lend_isolate(context->fs, name.text, context->settings->unbind_deadline_ms, read_in_child, &asked, answer,
			 whole, NULL, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", name.text);
	*ret = malloc(answer->size + 1);
	if (!*ret)
		return lend_error_set(error, -ENOMEM, "%s: out of memory for its ROM", name.text);
	memcpy(*ret, answer->bytes, answer->size);
	*ret_size = answer->size;
	return 0;
}
