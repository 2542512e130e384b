/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey --record FILE.tar.gz: a recorded host as one file for a bug report.
 *
 * A recording has one kind of serial number: the Device Serial Number capability (PCI Express Base Specification 7.9.3)
 * in the extended part of a configuration space. It is set to 0, which means that there is none. Vital product data,
 * disks' and USB devices' serial numbers are not recorded in the first place.
 */
#include "survey/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/spawn.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "survey/record.h"

enum {
	OPEN_FILES = 16,
	CONFIG_SIZE = 4096,
	EXTENDED = 0x100, /* where the extended capabilities begin */
	SERIAL_ID = 0x0003,
	SERIAL_SIZE = 8, /* behind the capability's header of 4 */
	CAPABILITIES_MAX = (CONFIG_SIZE - EXTENDED) / 8,
};

static const char recording[] = "host";

bool lend_bundle_is_name(const char *name)
{
	return lend_text_ends_with(name, ".tar") || lend_text_ends_with(name, ".tar.gz") ||
	       lend_text_ends_with(name, ".tgz");
}

/* A configuration space is little endian, and so is every host that lendpci is built for. */
static uint32_t word_at(const unsigned char *config, size_t at)
{
	uint32_t word;

	memcpy(&word, config + at, sizeof(word));
	return word;
}

/* Where the serial number is in @size bytes of configuration space; 0 for nowhere. */
static size_t find_serial(const unsigned char *config, size_t size)
{
	size_t at = EXTENDED;

	/* The list is a device's: it may be a circle. */
	for (unsigned i = 0; i < CAPABILITIES_MAX && at >= EXTENDED && at + 4 + SERIAL_SIZE <= size; i++) {
		const uint32_t header = word_at(config, at);

		if ((header & 0xffff) == SERIAL_ID)
			return at + 4;
		at = header >> 20;
	}
	return 0;
}

/* For nftw(): blanks the serial number of a configuration space, and stops with 1 where it cannot. */
static int blank_serial(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	static const unsigned char none[SERIAL_SIZE];
	unsigned char config[CONFIG_SIZE];
	_cleanup_close_ int fd = -1;
	ssize_t size;
	size_t at;

	(void)status;
	if (kind != FTW_F || strcmp(path + place->base, "config") != 0)
		return 0;
	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	size = fd < 0 ? -1 : pread(fd, config, sizeof(config), 0);
	if (size < 0)
		return 1;
	at = find_serial(config, (size_t)size);
	return at && pwrite(fd, none, sizeof(none), (off_t)at) != (ssize_t)sizeof(none);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	(void)remove(path);
	return 0;
}

static int pack(const char *directory, bool compressed, int fd)
{
	const char *arguments[] = { "tar",       "-C",      directory, compressed ? "-czf" : "-cf", "-", "--owner=0",
				    "--group=0", recording, NULL };

	return lend_spawn("tar", arguments, fd);
}

static int fill(const struct lend_fs *fs, const struct lend_inventory *inventory, const char *file,
		const char *directory, int fd, struct lend_error *error)
{
	char host[64];
	int r;

	(void)snprintf(host, sizeof(host), "%.40s/%s", directory, recording);
	r = lend_record(fs, inventory, host, error);
	if (r < 0)
		return r;
	if (nftw(host, blank_serial, OPEN_FILES, FTW_PHYS) != 0)
		return lend_error_set(error, -EIO, "%s: cannot leave the serial numbers out of %s", file, host);
	r = pack(directory, !lend_text_ends_with(file, ".tar"), fd);
	if (r < 0)
		return lend_error_set(error, r, "%s: tar cannot make it%s%s", file, r == -EIO ? "" : ": ",
				      r == -EIO ? "" : strerror(-r));
	return 0;
}

int lend_bundle(const struct lend_fs *fs, const struct lend_inventory *inventory, const char *file,
		struct lend_error *error)
{
	char directory[] = "/tmp/lendpci-XXXXXX";
	_cleanup_close_ int fd = -1;
	int r;

	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return lend_error_set(error, -errno, "%s: cannot make it: %s", file, strerror(errno));
	if (!mkdtemp(directory))
		r = lend_error_set(error, -errno, "/tmp: cannot make a directory there: %s", strerror(errno));
	else
		r = fill(fs, inventory, file, directory, fd, error);
	(void)nftw(directory, remove_one, OPEN_FILES, FTW_PHYS | FTW_DEPTH);
	if (r < 0)
		(void)unlink(file);
	return r;
}
