/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What uses disks from inside the kernel, on recorded hosts: pools, exports, and claims that have no name. What the
 * kernel would answer is the test's to say; test_live.c asks a real one.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>

#include "../../../../helper/core/know/holders/exclusive.h"
#include "../../../../helper/core/know/holders/node_list.h"
#include "../../../../helper/core/know/holders/nodes.h"
#include "holders_host.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/holders/list.h"
#include "lendpci/know/pci/function.h"

#define NVME "0000:01:00.0"
#define HBA "0000:02:00.0"
#define TARGET "sys/kernel/config/target/core/"
#define NVMET "sys/kernel/config/nvmet/subsystems/nqn.2014-08.org.example:one/"

static void put_drive(const struct host *host)
{
	host_function(host, NVME, "nvme");
	host_device(host, NVME, "nvme/nvme0", "240:0", "nvme0", NULL);
	host_device(host, NVME, "nvme/nvme0/nvme0n1", "259:0", "nvme0n1", "disk");
	host_device(host, NVME, "nvme/nvme0/nvme0n1/nvme0n1p1", "259:1", "nvme0n1p1", "partition");
	host_device(host, NVME, "nvme/nvme0/nvme0n1/nvme0n1p2", "259:2", "nvme0n1p2", "partition");
	for (int i = 1; i < 3; i++) {
		char path[128];

		(void)snprintf(path, sizeof(path),
			       "sys/devices/pci0000:00/0000:00:01.0/" NVME "/nvme/nvme0/nvme0n1/nvme0n1p%d/partition",
			       i);
		host_put(host, path, "%d\n", i);
	}
}

/* A disk behind a host adapter. */
static void put_disk(const struct host *host, const char *name, const char *number)
{
	char below[64];

	(void)snprintf(below, sizeof(below), "host0/target0:0:0/0:0:0:0/block/%s", name);
	host_device(host, HBA, below, number, name, "disk");
}

/* ZFS claims its disks inside the kernel: no mount has their number, nothing in sysfs points at them. */
static void a_member_of_an_imported_pool_is_in_use(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_function(host, HBA, "mpt3sas");
	put_disk(host, "sda", "8:0");
	host_put(host, "run/udev/data/b259:2", "S:disk/by-id/x\nE:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=rpool\n");
	host_put(host, "run/udev/data/b8:0", "E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=tank\n");
	host_put(host, "proc/spl/kstat/zfs/rpool/state", "ONLINE\n");
	host_put(host, "proc/spl/kstat/zfs/tank/state", "ONLINE\n");
	host_process(host, 1, "systemd", "/init.scope");
	host_mounts(host, 1, "mnt:[4026531841]", "28 1 0:26 / / rw shared:1 - zfs rpool/ROOT/pve-1 rw,xattr\n");
	assert_holders(host, NVME " " HBA,
		       "zfs pool rpool: /dev/nvme0n1p2\n"
		       "zfs pool tank: /dev/sda\n");
}

/* udev writes a blank as _ into the plain name. */
static void a_pool_with_a_blank_in_its_name_is_in_use(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_put(host, "run/udev/data/b259:1",
		 "E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=my_pool\nE:ID_FS_LABEL_ENC=my\\x20pool\n");
	host_put(host, "proc/spl/kstat/zfs/my pool/state", "ONLINE\n");
	assert_holders(host, NVME, "zfs pool my pool: /dev/nvme0n1p1\n");
}

/* As a file system is that is not mounted. On the host the kernel is asked beyond that: the name may be an old one. */
static void a_pool_that_is_not_imported_is_data_at_rest(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_put(host, "run/udev/data/b259:1", "E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=old\n");
	host_put(host, "run/udev/data/b259:2", "E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=..\n");
	host_put(host, "run/udev/data/b259:0", "E:ID_FS_TYPE=zfs_member\n");
	host_put(host, "proc/spl/kstat/zfs/rpool/state", "ONLINE\n");
	assert_holders(host, NVME, "");
}

/* targetcli's "block" backstore claims the disk; its "fileio" only opens it, and an open inside the kernel shows
 * nowhere else. */
static void a_disk_that_lio_exports_is_in_use(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_put(host, TARGET "iblock_0/fast/enable", "1\n");
	host_put(host, TARGET "iblock_0/fast/info",
		 "Status: ACTIVATED  Max Queue Depth: 128  SectorSize: 512  HwMaxSectors: 256\n"
		 "        iBlock device: nvme0n1p1  UDEV PATH: N/A  readonly: 0\n"
		 "        Major: 259 Minor: 1  CLAIMED: IBLOCK\n");
	host_put(host, TARGET "fileio_1/slow/enable", "1\n");
	host_put(host, TARGET "fileio_1/slow/info",
		 "Status: ACTIVATED  Max Queue Depth: 0  SectorSize: 512\n"
		 "        TCM FILEIO ID: 0        File: /dev/nvme0n1p2  Size: 1024  Mode: O_DSYNC Async: 0\n");
	host_put(host, TARGET "fileio_1/other/info",
		 "        TCM FILEIO ID: 1        File: /dev/nvme0n1p22  Size: 1\n");
	host_put(host, TARGET "alua/lu_gps/default_lu_gp/lu_gp_id", "0\n");
	assert_holders(host, NVME,
		       "LIO: backstore fileio_1/slow on /dev/nvme0n1p2\n"
		       "LIO: backstore iblock_0/fast on /dev/nvme0n1p1\n");
}

static void a_disk_that_lio_knows_by_one_of_udevs_links_is_in_use(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_put(host, "dev/nvme0n1", "\n");
	host_link(host, "dev/disk/by-id/nvme-Some_Drive_1", "../../nvme0n1");
	host_put(host, TARGET "iblock_0/fast/udev_path", "/dev/disk/by-id/nvme-Some_Drive_1\n");
	assert_holders(host, NVME, "LIO: backstore iblock_0/fast on /dev/nvme0n1\n");
}

static void a_backstore_that_is_not_enabled_uses_nothing(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_put(host, TARGET "iblock_0/fast/enable", "0\n");
	host_put(host, TARGET "iblock_0/fast/udev_path", "/dev/nvme0n1\n");
	host_put(host, NVMET "namespaces/1/enable", "0\n");
	host_put(host, NVMET "namespaces/1/device_path", "/dev/nvme0n1\n");
	assert_holders(host, NVME, "");
}

/* nvmet opens a disk without claiming it: its configuration is all there is. */
static void a_disk_that_nvmet_exports_is_in_use(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_put(host, NVMET "namespaces/1/enable", "1\n");
	host_put(host, NVMET "namespaces/1/device_path", "/dev/nvme0n1\n");
	host_put(host, NVMET "passthru/enable", "1\n");
	host_put(host, NVMET "passthru/device_path", "/dev/nvme0\n");
	assert_holders(host, NVME,
		       "nvmet: subsystem nqn.2014-08.org.example:one on /dev/nvme0\n"
		       "nvmet: subsystem nqn.2014-08.org.example:one on /dev/nvme0n1\n");
}

/* A cache set, which has no disk of its own above it. */
static void a_disk_that_is_registered_with_bcache_is_in_use(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_put(host, "sys/devices/pci0000:00/0000:00:01.0/" NVME "/nvme/nvme0/nvme0n1/nvme0n1p1/bcache/cache_mode",
		 "\n");
	assert_holders(host, NVME, "bcache: /dev/nvme0n1p1\n");
}

/* What the kernel would answer for /dev/NAME; what is not here is free. */
static struct answer {
	const char *path;
	int answer;
} * answers;
static size_t asked;

static int answer(const struct lend_fs *fs, const struct lend_disk *disks, size_t count, int *ret,
		  struct lend_error *error)
{
	(void)fs;
	(void)error;
	for (size_t i = 0; i < count; i++) {
		ret[i] = 0;
		for (const struct answer *known = answers; known->path; known++)
			if (strcmp(known->path, disks[i].path) == 0)
				ret[i] = known->answer;
		asked++;
	}
	return 0;
}

/* Asserts what is told of @function, if the kernel answers as @list says; @held already has holders. */
static void assert_claims(const struct host *host, const char *function, struct answer *list, bool is_held,
			  const char *lines)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses functions = { 0 };
	_cleanup_(lend_holders_clear) struct lend_holders holders = { 0 };
	_cleanup_(lend_nodes_clear) struct lend_nodes nodes = { 0 };
	struct lend_address address;
	char found[1024] = "";

	assert_int_equal(lend_address_parse(function, &address, NULL), 0);
	assert_int_equal(lend_addresses_add(&functions, address), 0);
	assert_done(lend_nodes_find(host->fs, &functions, &nodes, error));
	if (is_held)
		assert_int_equal(lend_holders_add(&holders, &(struct lend_holder){ .function = address,
										   .command = (char *)"swap",
										   .node = (char *)"/dev/nvme0n1p1" }),
				 0);
	answers = list;
	asked = 0;
	assert_done(lend_exclusive_find(host->fs, &nodes, answer, &holders, error));
	lend_holders_sort(&holders);
	for (size_t i = 0; i < holders.count; i++) {
		_cleanup_free_ char *line = lend_holder_describe(&holders.items[i]);

		assert_non_null(line);
		strcat(strcat(found, line), "\n");
	}
	assert_string_equal(found, lines);
}

static void a_disk_that_nothing_claims_is_free(void **state)
{
	struct host *host = *state;
	struct answer list[] = { { 0 } };

	put_drive(host);
	assert_claims(host, NVME, list, false, "");
	/* One question says it of the partitions too. */
	assert_int_equal(asked, 1);
}

static void a_partition_that_something_claims_is_named(void **state)
{
	struct host *host = *state;
	struct answer list[] = { { "/dev/nvme0n1", -EBUSY }, { "/dev/nvme0n1p2", -EBUSY }, { 0 } };

	put_drive(host);
	assert_claims(host, NVME, list, false,
		      "kernel: /dev/nvme0n1p2 is claimed by something that lendpci cannot name\n");
}

/* Then no partition of it can be claimed, and the kernel refuses all. */
static void a_whole_disk_that_something_claims_is_named_once(void **state)
{
	struct host *host = *state;
	struct answer list[] = {
		{ "/dev/nvme0n1", -EBUSY }, { "/dev/nvme0n1p1", -EBUSY }, { "/dev/nvme0n1p2", -EBUSY }, { 0 }
	};

	put_drive(host);
	assert_claims(host, NVME, list, false,
		      "kernel: /dev/nvme0n1 is claimed by something that lendpci cannot name\n");
}

static void one_claimed_disk_does_not_speak_for_its_neighbour(void **state)
{
	struct host *host = *state;
	struct answer list[] = { { "/dev/sdb", -EBUSY }, { 0 } };

	host_function(host, HBA, "mpt3sas");
	put_disk(host, "sda", "8:0");
	put_disk(host, "sdb", "8:16");
	assert_claims(host, HBA, list, false, "kernel: /dev/sdb is claimed by something that lendpci cannot name\n");
}

/* When in doubt about a disk, say so: whoever reads it refuses. */
static void a_disk_that_does_not_answer_or_cannot_be_asked_counts_as_used(void **state)
{
	struct host *host = *state;
	struct answer list[] = { { "/dev/sda", -ETIMEDOUT }, { "/dev/sdb", -ENOENT }, { "/dev/sdc", -EACCES }, { 0 } };

	if (geteuid() != 0)
		skip();
	host_function(host, HBA, "mpt3sas");
	put_disk(host, "sda", "8:0");
	put_disk(host, "sdb", "8:16");
	put_disk(host, "sdc", "8:32");
	assert_claims(host, HBA, list, false,
		      "kernel: /dev/sda does not answer whether anything claims it\n"
		      "kernel: /dev/sdb cannot be asked whether anything claims it: No such file or directory\n"
		      "kernel: /dev/sdc cannot be asked whether anything claims it: Permission denied\n");
}

/* Asking claims a disk for a moment. Where the answer changes nothing, the kernel is left alone. */
static void a_function_with_a_holder_is_not_asked_for(void **state)
{
	struct host *host = *state;
	struct answer list[] = { { "/dev/nvme0n1", -EBUSY }, { 0 } };

	put_drive(host);
	assert_claims(host, NVME, list, true, "swap: /dev/nvme0n1p1\n");
	assert_int_equal(asked, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_member_of_an_imported_pool_is_in_use),
		TEST(a_pool_with_a_blank_in_its_name_is_in_use),
		TEST(a_pool_that_is_not_imported_is_data_at_rest),
		TEST(a_disk_that_lio_exports_is_in_use),
		TEST(a_disk_that_lio_knows_by_one_of_udevs_links_is_in_use),
		TEST(a_backstore_that_is_not_enabled_uses_nothing),
		TEST(a_disk_that_nvmet_exports_is_in_use),
		TEST(a_disk_that_is_registered_with_bcache_is_in_use),
		TEST(a_disk_that_nothing_claims_is_free),
		TEST(a_partition_that_something_claims_is_named),
		TEST(a_whole_disk_that_something_claims_is_named_once),
		TEST(one_claimed_disk_does_not_speak_for_its_neighbour),
		TEST(a_disk_that_does_not_answer_or_cannot_be_asked_counts_as_used),
		TEST(a_function_with_a_holder_is_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
