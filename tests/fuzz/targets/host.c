/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of a recorded host, which is a stranger's, and of a user's mount namespace. The first line says which, the
 * rest is its content.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/holders/find.h"
#include "lendpci/know/host/address_width.h"
#include "lendpci/know/pci/bars.h"
#include "lendpci/know/pci/capabilities.h"
#include "lendpci/know/pci/inventory.h"
#include "lendpci/know/pci/reservations.h"
#include "lendpci/know/pci/vf_counts.h"

#define CARD "sys/bus/pci/devices/0000:01:00.0"

static const struct lend_address card = { .bus = 1 };

static void read_bars(const struct lend_fs *fs)
{
	struct lend_bars bars = { 0 };

	if (lend_bars_read(fs, card, &bars, NULL) == 0)
		FUZZ_RULE(bars.count <= LEND_BARS_MAX, "a function has no more BARs than there are");
}

static void read_config(const struct lend_fs *fs)
{
	struct lend_capabilities capabilities;

	(void)lend_capabilities_read(fs, card, &capabilities, NULL);
}

static void read_holders(const struct lend_fs *fs)
{
	_cleanup_(lend_holders_clear) struct lend_holders holders = { 0 };
	struct lend_error error = { 0 };

	FUZZ_RULE(lend_holders_find(fs, &card, 1, &holders, &error) == 0, "no user's file ends the search");
}

static void read_inventory(const struct lend_fs *fs)
{
	_cleanup_(lend_inventory_clear) struct lend_inventory inventory = { 0 };

	(void)lend_inventory_read_around(fs, &card, 1, &inventory, NULL);
}

static void read_width(const struct lend_fs *fs)
{
	struct lend_address_width width;

	lend_address_width_read(fs, &width);
	FUZZ_RULE(width.cpu_bits == 0 || (width.cpu_bits >= 32 && width.cpu_bits <= 52), "a CPU has 32 to 52 bits");
}

static void read_lists(const struct lend_fs *fs)
{
	_cleanup_(lend_reservations_clear) struct lend_reservations reserved = { 0 };
	struct lend_vf_counts counts = { 0 };

	if (lend_reservations_read(fs, &reserved, NULL) == 0)
		free(lend_reservations_format(&reserved));
	if (lend_vf_counts_read(fs, &counts, NULL) == 0)
		free(lend_vf_counts_format(&counts));
}

static const struct {
	const char *path;
	void (*read)(const struct lend_fs *fs);
} files[] = {
	{ CARD "/resource", read_bars },     { CARD "/config", read_config },   { "proc/500/mountinfo", read_holders },
	{ "proc/500/cgroup", read_holders }, { "proc/500/maps", read_holders }, { "proc/swaps", read_holders },
	{ "proc/iomem", read_inventory },    { "proc/cpuinfo", read_width },    { "etc/lendpci/reserved", read_lists },
	{ "etc/lendpci/vfs", read_lists },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct lend_fs *fs = fuzz_host("lab");
	const uint8_t *end = memchr(data, '\n', size);

	for (size_t i = 0; end && i < LEND_ARRAY_SIZE(files); i++) {
		if ((size_t)(end - data) != strlen(files[i].path) ||
		    memcmp(data, files[i].path, strlen(files[i].path)) != 0)
			continue;
		fuzz_put(files[i].path, end + 1, size - (size_t)(end + 1 - data));
		files[i].read(fs);
	}
	return 0;
}
