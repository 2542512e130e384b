/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Step "flush": has a storage controller's disks write out what they have cached, before their driver goes.
 *
 * Nobody uses them any more, so the host has nothing unwritten of its own; but a drive's volatile cache, and pages that
 * were written past a file system, are the last user's data. A drive that cannot write them is not taken: better a VM
 * that does not start. With native multipath an NVMe namespace is a disk of the subsystem, and below the controller is
 * its path alone, nvme0c1n2 for nvme0n2; it is written out too, and lives on over its other paths.
 *
 * Relies on sys/class/block, whose links lead below the function; on BLKFLSBUF (<linux/fs.h>) and fsync(2), which sends
 * a flush command to the device. Nothing is undone.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lendpci/act/steps/step.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"

#define BLOCK "sys/class/block"

enum { STORAGE = 0x01 };

struct flush {
	unsigned disks;
	char first[32]; /* "nvme0n1" */
};

static bool flush_applies(const struct lend_target *target)
{
	for (size_t i = 0; i < target->facts->count; i++)
		if (lend_address_equal(target->facts->functions[i].address, target->address))
			return target->facts->functions[i].class >> 16 == STORAGE;
	return false;
}

/* "nvme0c1n2" -> "nvme0n2"; any other name is its own. */
static void name_disk(const char *entry, char ret[static 32])
{
	unsigned subsystem, controller, namespace;
	int end = 0;

	if (sscanf(entry, "nvme%uc%un%u%n", &subsystem, &controller, &namespace, &end) == 3 && !entry[end])
		(void)snprintf(ret, 32, "nvme%un%u", subsystem, namespace);
	else
		(void)snprintf(ret, 32, "%.31s", entry);
}

/* Whether @entry is a whole disk below the directory @function. */
static bool is_disk_of(const struct lend_fs *fs, const char *entry, const char *function)
{
	const size_t length = strlen(function);
	char link[NAME_MAX + 64], path[PATH_MAX];

	(void)snprintf(link, sizeof(link), BLOCK "/%s/partition", entry);
	if (lend_fs_exists(fs, link))
		return false;
	(void)snprintf(link, sizeof(link), BLOCK "/%s", entry);
	return lend_fs_resolve(fs, link, path, sizeof(path), NULL) == 0 && strncmp(path, function, length) == 0 &&
	       path[length] == '/';
}

static int flush_disk(const struct lend_step_call *call, const char *name, struct lend_error *error)
{
	_cleanup_close_ int fd = -1;
	char path[64];

	lend_progress_doing(call->progress, "writing out /dev/%s", name);
	(void)snprintf(path, sizeof(path), "dev/%s", name);
	fd = lend_fs_open(call->fs, path, O_RDONLY | O_NONBLOCK, NULL);
	/* Gone meanwhile, or a drive without a medium. */
	if (fd == -ENOENT || fd == -ENXIO || fd == -ENODEV || fd == -ENOMEDIUM)
		return 0;
	if (fd >= 0 && (ioctl(fd, BLKFLSBUF, 0) == 0 || errno == ENOTTY) && fsync(fd) == 0)
		return 0;
	lend_error_set(error, -EIO, "%s: its disk /dev/%s cannot write out what it has cached: %s",
		       lend_address_text(call->target->address).text, name, strerror(fd < 0 ? -fd : errno));
	return lend_error_hint(error, -EIO, "dmesg says what is wrong with the disk; its data would be lost");
}

typedef int disk_fn(const struct lend_step_call *call, const char *name, struct lend_error *error);

/* Calls @act (may be NULL) for each disk; @ret counts them. */
static int visit_disks(const struct lend_step_call *call, disk_fn *act, struct flush *ret, struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	char function[PATH_MAX];
	int r = 0;

	*ret = (struct flush){ 0 };
	if (lend_fs_resolve(call->fs, lend_function_path(call->target->address, "").text, function, sizeof(function),
			    NULL) < 0 ||
	    lend_fs_list(call->fs, BLOCK, &names, NULL, NULL) < 0)
		return 0;
	for (char **name = names; r == 0 && *name; name++) {
		char disk[32];

		if (!is_disk_of(call->fs, *name, function))
			continue;
		name_disk(*name, disk);
		if (!ret->disks++)
			memcpy(ret->first, disk, sizeof(disk));
		if (act)
			r = act(call, disk, error);
	}
	return r;
}

static int flush_read(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct flush *flush = state;
	int r;

	r = visit_disks(call, NULL, flush, error);
	return r < 0 ? r : flush->disks > 0;
}

static int flush_apply(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct flush now;

	(void)state;
	return visit_disks(call, flush_disk, &now, error);
}

static void flush_describe(const void *state, enum lend_direction direction, char *ret, size_t size)
{
	const struct flush *flush = state;
	char more[32] = "";

	(void)direction;
	if (flush->disks > 1)
		(void)snprintf(more, sizeof(more), " and %u more", flush->disks - 1);
	(void)snprintf(ret, size, "write out what is cached on %s%s", flush->first, more);
}

const struct lend_step lend_step_flush = {
	.name = "flush",
	.scope = LEND_SCOPE_FUNCTION,
	.state_size = sizeof(struct flush),
	.deadline_ms = lend_step_unbind_deadline,
	.applies = flush_applies,
	.read = flush_read,
	.apply = flush_apply,
	.describe = flush_describe,
};
