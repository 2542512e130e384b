/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes virtual functions, in a child: the write takes the device lock, and a driver may take its time. */
#include "lendpci/act/set_vfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/context.h"
#include "lendpci/act/isolate.h"
#include "lendpci/act/journal.h"
#include "lendpci/act/lock.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"
#include "lendpci/know/holders/find.h"
#include "lendpci/know/pci/function.h"

enum { PAUSE_MS = 100 };

struct wish {
	struct lend_address address;
	uint32_t count;
};

static int check_total(const struct lend_fs *fs, const struct wish *wish, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(wish->address);
	uint32_t total = 0;

	if (lend_function_count(fs, wish->address, "sriov_totalvfs", &total, NULL) < 0 || !total) {
		lend_error_set(error, -ENOTSUP, "%s: it can have no virtual functions", name.text);
		return lend_error_hint(error, -ENOTSUP,
				       "some cards have them only with SR-IOV on in the firmware's setup or their own");
	}
	if (wish->count <= total)
		return 0;
	return lend_error_set(error, -EINVAL, "%s: it can have %" PRIu32 " virtual functions, not %" PRIu32, name.text,
			      total, wish->count);
}

/* The kernel makes virtual functions through the driver, which may still be on its way at boot. */
static int await_driver(const struct lend_context *context, struct lend_address address, struct lend_error *error)
{
	const struct lend_deadline deadline = lend_deadline_in(context->settings->unbind_deadline_ms);
	char driver[64];
	int r;

	while ((r = lend_function_driver(context->fs, address, driver, error)) == 0 && !*driver &&
	       !lend_deadline_has_passed(deadline))
		lend_pause_ms(PAUSE_MS);
	if (r < 0 || *driver)
		return r;
	return lend_error_set(error, -ENODEV, "%s: no driver has it, which would make its virtual functions",
			      lend_address_text(address).text);
}

static int check_one_unused(const struct lend_fs *fs, struct lend_address virtual, struct lend_error *error)
{
	_cleanup_(lend_holders_clear) struct lend_holders holders = { 0 };
	const struct lend_address_text name = lend_address_text(virtual);
	_cleanup_free_ char *who = NULL;
	struct lend_loan loan;
	int r;

	if (lend_journal_read(fs, virtual, &loan, NULL, NULL) != -ENOENT)
		return lend_error_set(error, -EBUSY, "%s: the virtual function is on loan", name.text);
	r = lend_holders_find(fs, &virtual, 1, &holders, error);
	if (r < 0 || !holders.count)
		return r;
	who = lend_holder_describe(&holders.items[0]);
	return lend_error_set(error, -EBUSY, "%s: the virtual function is in use by %s", name.text,
			      who ? who : holders.items[0].command);
}

/*
 * Taking one away under a VM would hang the kernel. So each is locked, as a loan locks it, until the number is changed:
 * a VM that starts meanwhile waits, and then finds out.
 */
static int lock_unused(const struct lend_context *context, struct lend_address address, uint32_t now,
		       struct lend_locks *locks, struct lend_error *error)
{
	int r;

	r = lend_journal_prepare(context->fs, error);
	for (uint32_t i = 0; r == 0 && i < now; i++) {
		struct lend_address virtual;
		char link[24], target[32];

		(void)snprintf(link, sizeof(link), "virtfn%" PRIu32, i);
		if (lend_fs_link_name(context->fs, lend_function_path(address, link).text, target, sizeof(target),
				      NULL) < 0 ||
		    lend_address_parse(target, &virtual, NULL) < 0)
			continue;
		r = lend_lock_function(context->fs, virtual, context->settings->lock_deadline_ms, locks, error);
		if (r == 0)
			r = check_one_unused(context->fs, virtual, error);
	}
	return r;
}

static int set_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			struct lend_error *error)
{
	const struct wish *wish = input;
	const struct lend_function_path path = lend_function_path(wish->address, "sriov_numvfs");
	uint32_t now = 0;
	char text[16];
	int r;

	(void)output;
	lend_progress_doing(progress, "making %" PRIu32 " virtual functions", wish->count);
	r = lend_function_count(fs, wish->address, "sriov_numvfs", &now, error);
	/* From one number to another the way leads over none. */
	if (r == 0 && now)
		r = lend_fs_write(fs, path.text, "0", error);
	(void)snprintf(text, sizeof(text), "%" PRIu32, wish->count);
	if (r == 0 && wish->count)
		r = lend_fs_write(fs, path.text, text, error);
	if (r == 0)
		r = lend_function_count(fs, wish->address, "sriov_numvfs", &now, error);
	if (r < 0)
		return r;
	if (now != wish->count)
		return lend_error_set(error, -EIO,
				      "%s: the kernel made %" PRIu32 " virtual functions instead of %" PRIu32,
				      lend_address_text(wish->address).text, now, wish->count);
	return 0;
}

int lend_vfs_set(const struct lend_context *context, struct lend_address address, uint32_t count,
		 struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(address);
	_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
	const struct wish wish = { address, count };
	uint32_t now = 0;
	int r;

	r = check_total(context->fs, &wish, error);
	if (r < 0)
		return r;
	if (lend_function_count(context->fs, address, "sriov_numvfs", &now, NULL) == 0 && now == count)
		return 0;
	r = await_driver(context, address, error);
	if (r == 0)
		r = lock_unused(context, address, now, &locks, error);
	if (r < 0)
		return r;
	r = lend_isolate(context->fs, name.text, context->settings->unbind_deadline_ms, set_in_child, &wish, NULL, 0,
			 NULL, error);
	return r < 0 ? lend_error_wrap(error, r, "%s: its driver makes no virtual functions", name.text) : 0;
}
