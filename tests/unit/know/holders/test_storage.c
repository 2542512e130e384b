/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which disks and network interfaces of a function are in use, on recorded hosts. */
#include "test.h"

#include <stdio.h>

#include "holders_host.h"
#include "lendpci/base/cleanup.h"

#define NVME "0000:01:00.0"
#define NIC "0000:02:00.0"

#define HOST_SPACE "mnt:[4026531841]"
#define ROOT_MOUNT "22 1 252:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"

/* An NVMe drive with two partitions. */
static void put_drive(const struct host *host)
{
	host_function(host, NVME, "nvme");
	host_device(host, NVME, "nvme/nvme0", "240:0", "nvme0", NULL);
	host_device(host, NVME, "nvme/nvme0/ng0n1", "241:0", "ng0n1", NULL);
	host_device(host, NVME, "nvme/nvme0/nvme0n1", "259:0", "nvme0n1", "disk");
	host_device(host, NVME, "nvme/nvme0/nvme0n1/nvme0n1p1", "259:1", "nvme0n1p1", "partition");
	host_device(host, NVME, "nvme/nvme0/nvme0n1/nvme0n1p2", "259:2", "nvme0n1p2", "partition");
}

/* @upper claims disk or partition @lower, whose directory is nvme0n1 or below. */
static void claim(const struct host *host, const char *lower, const char *upper)
{
	char path[256], target[128];

	(void)snprintf(path, sizeof(path), "sys/class/block/%s/holders/%s", lower, upper);
	(void)snprintf(target, sizeof(target), "/sys/devices/virtual/block/%s", upper);
	host_link(host, path, target);
}

static void put_mapping(const struct host *host, const char *disk, const char *number, const char *name,
			const char *uuid)
{
	char path[128];

	host_disk(host, disk, number);
	(void)snprintf(path, sizeof(path), "sys/devices/virtual/block/%s/dm/name", disk);
	host_put(host, path, "%s\n", name);
	(void)snprintf(path, sizeof(path), "sys/devices/virtual/block/%s/dm/uuid", disk);
	host_put(host, path, "%s\n", uuid);
}

static void an_idle_drive_has_no_holders(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_process(host, 1, "systemd", "/init.scope");
	host_mounts(host, 1, HOST_SPACE, ROOT_MOUNT);
	host_put(host, "proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/vda2 partition 1 0 -2\n");
	assert_holders(host, NVME, "");
}

/* Unbinding nvme under a mounted file system returns at once, and every later write fails with EIO. */
static void a_mounted_partition_is_named_with_its_mount_point(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_process(host, 1, "systemd", "/init.scope");
	host_mounts(host, 1, HOST_SPACE,
		    ROOT_MOUNT "40 22 259:1 / /srv rw shared:9 master:2 - ext4 /dev/nvme0n1p1 rw\n"
			       "41 22 259:2 /sub /my\\040data\\134\\0337 rw - xfs /dev/disk/by-uuid/77 rw\n");
	host_process(host, 500, "bash", "/");
	host_open(host, 500, 3, "/srv/file");
	assert_holders(host, NVME,
		       "mount: /dev/nvme0n1p1 on /srv\n"
		       "mount: /dev/nvme0n1p2 on /my data\\?7\n");
}

static void a_mount_in_a_containers_namespace_alone_counts(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_process(host, 1, "systemd", "/init.scope");
	host_mounts(host, 1, HOST_SPACE, ROOT_MOUNT);
	host_process(host, 700, "postgres", "/");
	host_mounts(host, 700, "mnt:[4026532999]", "90 80 259:1 / /var/lib/data rw - ext4 /dev/nvme0n1p1 rw\n");
	host_process(host, 701, "postgres", "/");
	host_mounts(host, 701, "mnt:[4026532999]", "a second look at the same namespace would be a waste\n");
	assert_holders(host, NVME, "mount: /dev/nvme0n1p1 on /var/lib/data\n");
}

/* Any user can have a mount namespace, and in it as many mounts as the kernel allows, with paths of any length. */
static void a_namespace_full_of_mounts_does_not_end_the_search(void **state)
{
	struct host *host = *state;
	_cleanup_fclose_ FILE *table = NULL;
	char path[256], long_name[4001];

	put_drive(host);
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	host_process(host, 600, "unshare", "/user.slice/user-1000.slice/session-1.scope");
	host_mounts(host, 600, "mnt:[4026532666]", "");
	(void)snprintf(path, sizeof(path), "%s/proc/600/mountinfo", host->root);
	table = fopen(path, "we");
	assert_non_null(table);
	for (int i = 0; i < 17500; i++)
		assert_true(fprintf(table, "%d 1 252:1 / /%s/%d rw - ext4 /dev/vda1 rw\n", i, long_name, i) > 0);
	assert_int_equal(fflush(table), 0);
	host_process(host, 700, "postgres", "/");
	host_mounts(host, 700, "mnt:[4026532999]", "90 80 259:1 / /var/lib/data rw - ext4 /dev/nvme0n1p1 rw\n");
	assert_holders(host, NVME, "mount: /dev/nvme0n1p1 on /var/lib/data\n");
}

/* Each sandboxed service mounts the root again over its own /etc, /tmp and so on. */
static void the_copies_that_services_see_are_not_told_again(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_process(host, 1, "systemd", "/init.scope");
	host_mounts(host, 1, HOST_SPACE,
		    "40 22 259:1 / / rw - ext4 /dev/nvme0n1p1 rw\n41 22 259:1 /srv /mnt rw - ext4 /dev/nvme0n1p1 rw\n");
	host_process(host, 300, "systemd-logind", "/system.slice/systemd-logind.service");
	host_mounts(host, 300, "mnt:[4026532200]",
		    "90 22 259:1 / / rw - ext4 /dev/nvme0n1p1 rw\n91 90 259:1 /etc /etc ro - ext4 /dev/nvme0n1p1 rw\n");
	assert_holders(host, NVME,
		       "mount: /dev/nvme0n1p1 on /\n"
		       "mount: /dev/nvme0n1p1 on /mnt\n");
}

/* The mount is gone from every table; the file system lives on in an open file, and dies with the drive. */
static void a_file_system_that_was_unmounted_lazily_still_counts(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_process(host, 1, "systemd", "/init.scope");
	host_mounts(host, 1, HOST_SPACE, ROOT_MOUNT "40 22 259:2 / /srv rw - ext4 /dev/nvme0n1p2 rw\n");
	host_put(host, "sys/fs/ext4/nvme0n1p1/session_write_kbytes", "1\n");
	host_put(host, "sys/fs/ext4/nvme0n1p2/session_write_kbytes", "1\n");
	assert_holders(host, NVME,
		       "mount: /dev/nvme0n1p1 still in use after it was unmounted: ext4\n"
		       "mount: /dev/nvme0n1p2 on /srv\n");
}

static void swap_is_found_on_the_disk_and_on_a_volume(void **state)
{
	struct host *host = *state;

	put_drive(host);
	put_mapping(host, "dm-0", "253:0", "vg0-swap", "LVM-abc");
	claim(host, "nvme0n1p2", "dm-0");
	host_put(host, "proc/swaps",
		 "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
		 "/dev/nvme0n1p1                          partition\t1048572\t\t0\t\t-2\n"
		 "/dev/dm-0                               partition\t1048572\t\t0\t\t-3\n");
	assert_holders(host, NVME,
		       "lvm: vg0-swap on /dev/nvme0n1p2\n"
		       "swap: /dev/mapper/vg0-swap\n"
		       "swap: /dev/nvme0n1p1\n");
}

/* LUKS on LVM on a partition: each claim is told, and so is who uses the topmost disk. */
static void what_stands_on_a_partition_is_followed_to_the_top(void **state)
{
	struct host *host = *state;

	put_drive(host);
	put_mapping(host, "dm-0", "253:0", "vg0-data", "LVM-abc");
	put_mapping(host, "dm-1", "253:1", "secret", "CRYPT-LUKS2-abc-secret");
	claim(host, "nvme0n1p2", "dm-0");
	claim(host, "dm-0", "dm-1");
	host_process(host, 1, "systemd", "/init.scope");
	host_mounts(host, 1, HOST_SPACE, ROOT_MOUNT "40 22 253:1 / /safe rw - ext4 /dev/mapper/secret rw\n");
	host_process(host, 800, "qemu-system-x86", "/");
	host_open(host, 800, 9, "/dev/dm-0");
	assert_holders(host, NVME,
		       "crypt: secret on /dev/mapper/vg0-data\n"
		       "lvm: vg0-data on /dev/nvme0n1p2\n"
		       "mount: /dev/mapper/secret on /safe\n"
		       "qemu-system-x86 (pid 800): /dev/mapper/vg0-data\n");
}

static void an_array_a_cache_and_a_loop_device_are_told_apart(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_disk(host, "md127", "9:127");
	host_disk(host, "bcache0", "251:0");
	host_disk(host, "loop0", "7:0");
	host_disk(host, "loop1", "7:1");
	host_put(host, "sys/devices/virtual/block/loop0/loop/backing_file", "/dev/nvme0n1\n");
	host_put(host, "sys/devices/virtual/block/loop1/loop/backing_file", "/var/lib/image\n");
	claim(host, "nvme0n1p1", "md127");
	claim(host, "nvme0n1p2", "bcache0");
	assert_holders(host, NVME,
		       "bcache: bcache0 on /dev/nvme0n1p2\n"
		       "loop: loop0 on /dev/nvme0n1\n"
		       "md: md127 on /dev/nvme0n1p1\n");
}

/* A btrfs has a device number of its own and names one of its disks in the mount table. */
static void every_disk_of_a_btrfs_counts(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_process(host, 1, "systemd", "/init.scope");
	host_mounts(host, 1, HOST_SPACE, ROOT_MOUNT "40 22 0:45 /@ /home rw - btrfs /dev/nvme0n1p1 rw\n");
	host_link(host, "sys/fs/btrfs/11-22/devices/nvme0n1p1", "../../../../class/block/nvme0n1p1");
	host_link(host, "sys/fs/btrfs/11-22/devices/nvme0n1p2", "../../../../class/block/nvme0n1p2");
	assert_holders(host, NVME,
		       "btrfs: 11-22 on /dev/nvme0n1p2\n"
		       "mount: /dev/nvme0n1p1 on /home\n");
}

static void a_bcachefs_names_all_its_disks(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_process(host, 1, "systemd", "/init.scope");
	host_mounts(host, 1, HOST_SPACE, "40 22 0:46 / /pool rw - bcachefs /dev/vdc:/dev/nvme0n1p2 rw\n");
	assert_holders(host, NVME, "mount: /dev/nvme0n1p2 on /pool\n");
}

/* Any user may mount a FUSE file system that claims to be on any disk; that must not keep a VM from starting. */
static void a_source_that_a_user_claims_is_not_believed(void **state)
{
	struct host *host = *state;

	put_drive(host);
	host_process(host, 1000, "evil", "/");
	host_mounts(host, 1000, "mnt:[4026533000]",
		    "40 22 0:47 / /home/evil/m rw - fuse.evil /dev/nvme0n1p1 rw\n"
		    "41 22 0:48 / /tmp rw - tmpfs /dev/nvme0n1p1 rw\n"
		    "broken line\n42 22 259:1 - \n");
	assert_holders(host, NVME, "");
}

/* With native multipath the disk is the subsystem's, and only its path lies below the controller. */
static void a_namespace_with_multipath_belongs_to_its_controllers(void **state)
{
	struct host *host = *state;

	host_function(host, NVME, "nvme");
	host_device(host, NVME, "nvme/nvme1", "240:1", "nvme1", NULL);
	host_put(host, "sys/devices/pci0000:00/0000:00:01.0/" NVME "/nvme/nvme1/nvme0c1n1/stat", "0\n");
	host_put(host, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/dev", "259:7\n");
	host_put(host, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/uevent",
		 "DEVNAME=nvme0n1\nDEVTYPE=disk\n");
	host_link(host, "sys/class/block/nvme0n1", "../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
	host_process(host, 1, "systemd", "/init.scope");
	host_mounts(host, 1, HOST_SPACE, ROOT_MOUNT "40 22 259:7 / /srv rw - ext4 /dev/nvme0n1 rw\n");
	assert_holders(host, NVME, "mount: /dev/nvme0n1 on /srv\n");
}

static void put_nic(const struct host *host, const char *flags)
{
	host_function(host, NIC, "e1000e");
	host_put(host, "sys/devices/pci0000:00/0000:00:01.0/" NIC "/net/eth1/flags", "%s\n", flags);
	host_link(host, "sys/class/net/eth1", "../../devices/pci0000:00/0000:00:01.0/" NIC "/net/eth1");
	host_put(host, "proc/net/if_inet6",
		 "fe80000000000000505400fffe000001 02 40 20 80     eth1\n"
		 "00000000000000000000000000000001 01 80 10 80       lo\n");
}

#define ROUTES "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
#define OTHER_DEFAULT "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"

/* The kernel itself gives every interface that is up a link-local address. */
static void an_interface_that_is_only_up_has_no_holders(void **state)
{
	struct host *host = *state;

	put_nic(host, "0x1003");
	host_put(host, "proc/net/route", ROUTES OTHER_DEFAULT);
	assert_holders(host, NIC, "");
}

static void an_interface_with_an_address_is_in_use(void **state)
{
	struct host *host = *state;

	put_nic(host, "0x1003");
	host_put(host, "proc/net/route",
		 ROUTES OTHER_DEFAULT "eth1\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n");
	host_put(host, "proc/net/if_inet6", "20010db8000000000000000000000007 02 40 00 80     eth1\n");
	assert_holders(host, NIC,
		       "network: eth1 192.0.2.0/24\n"
		       "network: eth1 2001:db8::7/64\n");
}

static void an_interface_that_is_down_is_not_in_use(void **state)
{
	struct host *host = *state;

	put_nic(host, "0x1002");
	host_put(host, "proc/net/if_inet6", "20010db8000000000000000000000007 02 40 00 80     eth1\n");
	assert_holders(host, NIC, "");
}

static void an_interface_under_a_bridge_is_in_use(void **state)
{
	struct host *host = *state;

	put_nic(host, "0x1103");
	host_link(host, "sys/devices/pci0000:00/0000:00:01.0/" NIC "/net/eth1/upper_br0",
		  "../../../../../virtual/net/br0");
	assert_holders(host, NIC, "network: eth1 carries br0\n");
}

/* Whoever reads that the card is in use sees what taking it would mean. */
static void the_default_route_is_told_beside_an_address_and_of_a_bridge(void **state)
{
	struct host *host = *state;

	put_nic(host, "0x1103");
	host_put(host, "proc/net/if_inet6", "20010db8000000000000000000000007 02 40 00 80     eth1\n");
	host_put(host, "proc/net/route", ROUTES "eth1\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n");
	assert_holders(host, NIC,
		       "network: eth1 2001:db8::7/64\n"
		       "network: eth1 carries the default route\n");
	host_put(host, "proc/net/route", ROUTES "br0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n");
	host_put(host, "proc/net/if_inet6", "\n");
	host_link(host, "sys/devices/pci0000:00/0000:00:01.0/" NIC "/net/eth1/upper_br0",
		  "../../../../../virtual/net/br0");
	assert_holders(host, NIC, "network: eth1 carries br0 with the default route\n");
}

static void the_default_route_alone_is_use_enough(void **state)
{
	struct host *host = *state;

	put_nic(host, "0x1003");
	host_put(host, "proc/net/route", ROUTES "eth1\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n");
	assert_holders(host, NIC, "network: eth1 carries the default route\n");
}

static void the_default_route_of_ipv6_counts_too(void **state)
{
	struct host *host = *state;

	put_nic(host, "0x1003");
	host_put(host, "proc/net/ipv6_route",
		 "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		 "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"
		 "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		 "fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth1\n");
	assert_holders(host, NIC, "network: eth1 carries the default route\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_idle_drive_has_no_holders),
		TEST(a_mounted_partition_is_named_with_its_mount_point),
		TEST(a_mount_in_a_containers_namespace_alone_counts),
		TEST(a_namespace_full_of_mounts_does_not_end_the_search),
		TEST(the_copies_that_services_see_are_not_told_again),
		TEST(a_file_system_that_was_unmounted_lazily_still_counts),
		TEST(swap_is_found_on_the_disk_and_on_a_volume),
		TEST(what_stands_on_a_partition_is_followed_to_the_top),
		TEST(an_array_a_cache_and_a_loop_device_are_told_apart),
		TEST(every_disk_of_a_btrfs_counts),
		TEST(a_bcachefs_names_all_its_disks),
		TEST(a_source_that_a_user_claims_is_not_believed),
		TEST(a_namespace_with_multipath_belongs_to_its_controllers),
		TEST(an_interface_that_is_only_up_has_no_holders),
		TEST(an_interface_with_an_address_is_in_use),
		TEST(an_interface_that_is_down_is_not_in_use),
		TEST(an_interface_under_a_bridge_is_in_use),
		TEST(the_default_route_is_told_beside_an_address_and_of_a_bridge),
		TEST(the_default_route_alone_is_use_enough),
		TEST(the_default_route_of_ipv6_counts_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
