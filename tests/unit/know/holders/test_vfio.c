/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses IOMMU groups through VFIO, on recorded hosts. */
#include "test.h"

#include <limits.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "holders_host.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/holders/vfio.h"
#include "lendpci/know/pci/function.h"

#define GPU "0000:01:00.0"

static void put_group(const struct host *host, int group, const char *address)
{
	host_function(host, address, "vfio-pci");
	host_group(host, address, group);
}

static int find_one(struct host *host, int group, struct lend_holder *ret)
{
	return lend_vfio_holders_find(host->fs, &group, 1, ret, NULL);
}

static void who_holds_the_vfio_group_is_found(void **state)
{
	struct host *host = *state;
	_cleanup_(lend_holder_clear) struct lend_holder holder = { 0 };
	_cleanup_free_ char *text = NULL;

	put_group(host, 7, GPU);
	host_process(host, 900, "qemu-system-x86",
		     "/machine.slice/machine-qemu\\x2d1\\x2dwin11.scope/libvirt/emulator");
	host_open(host, 900, 30, "/dev/vfio/17");
	assert_int_equal(find_one(host, 7, &holder), 0);
	assert_int_equal(find_one(host, LEND_NO_GROUP, &holder), 0);
	host_open(host, 900, 31, "/dev/vfio/7");
	assert_int_equal(find_one(host, 7, &holder), 1);
	text = lend_holder_describe(&holder);
	assert_string_equal(text, "qemu-system-x86 (pid 900, machine-qemu\\x2d1\\x2dwin11.scope): /dev/vfio/7");
	assert_string_equal(lend_address_text(holder.function).text, GPU);
}

static void a_vm_that_uses_iommufd_is_found_by_its_device(void **state)
{
	struct host *host = *state;
	_cleanup_(lend_holder_clear) struct lend_holder holder = { 0 };

	put_group(host, 7, GPU);
	host_device(host, GPU, "vfio-dev/vfio0", "240:0", "vfio/devices/vfio0", NULL);
	host_process(host, 900, "qemu-system-x86", "/");
	host_open(host, 900, 30, "/dev/vfio/devices/vfio0");
	assert_int_equal(find_one(host, 7, &holder), 1);
	assert_string_equal(holder.node, "/dev/vfio/devices/vfio0");
}

static void assert_holder(const struct lend_holder *holder, const char *text)
{
	_cleanup_free_ char *found = holder->pid ? lend_holder_describe(holder) : NULL;

	if (!text) {
		assert_int_equal(holder->pid, 0);
		assert_null(holder->command);
		return;
	}
	assert_non_null(found);
	assert_string_equal(found, text);
}

/* A loan of several cards is over when nobody holds any of their groups: one question, one look at /proc. */
static void each_of_several_groups_gets_its_own_holder(void **state)
{
	struct host *host = *state;
	const int groups[] = { 7, LEND_NO_GROUP, 8, 9, 7 };
	struct lend_holder holders[LEND_ARRAY_SIZE(groups)] = { 0 };

	put_group(host, 7, GPU);
	put_group(host, 8, "0000:02:00.0");
	put_group(host, 9, "0000:03:00.0");
	host_process(host, 900, "qemu-system-x86", "/");
	host_open(host, 900, 30, "/dev/vfio/7");
	host_process(host, 901, "spdk_tgt", "/system.slice/spdk.service");
	host_open(host, 901, 30, "/dev/vfio/9");
	assert_int_equal(lend_vfio_holders_find(host->fs, groups, LEND_ARRAY_SIZE(groups), holders, NULL), 3);
	assert_holder(&holders[0], "qemu-system-x86 (pid 900): /dev/vfio/7");
	assert_holder(&holders[1], NULL);
	assert_holder(&holders[2], NULL);
	assert_holder(&holders[3], "spdk_tgt (pid 901, spdk.service): /dev/vfio/9");
	assert_holder(&holders[4], "qemu-system-x86 (pid 900): /dev/vfio/7");
	assert_string_equal(lend_address_text(holders[3].function).text, "0000:03:00.0");
	for (size_t i = 0; i < LEND_ARRAY_SIZE(groups); i++)
		lend_holder_clear(&holders[i]);
}

static void no_group_at_all_is_held_by_nobody(void **state)
{
	struct host *host = *state;
	const int groups[] = { LEND_NO_GROUP, LEND_NO_GROUP };
	struct lend_holder holders[2] = { 0 };

	host_process(host, 900, "qemu-system-x86", "/");
	host_open(host, 900, 30, "/dev/vfio/-1");
	assert_int_equal(lend_vfio_holders_find(host->fs, groups, 0, NULL, NULL), 0);
	assert_int_equal(lend_vfio_holders_find(host->fs, groups, 2, holders, NULL), 0);
	assert_holder(&holders[0], NULL);
	assert_holder(&holders[1], NULL);
}

/* Whether somebody has looked into a directory that is watched since the last time that this was asked. */
static bool was_looked_into(int watch)
{
	char events[4096];

	return read(watch, events, sizeof(events)) > 0;
}

static void the_scan_ends_with_the_last_group_that_is_asked_for(void **state)
{
	struct host *host = *state;
	_cleanup_close_ int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	const int groups[] = { 7, 8, 9 };
	struct lend_holder holders[3] = { 0 };
	char path[PATH_MAX];

	put_group(host, 7, GPU);
	put_group(host, 8, "0000:02:00.0");
	put_group(host, 9, "0000:03:00.0");
	host_process(host, 100, "qemu-system-x86", "/");
	host_open(host, 100, 30, "/dev/vfio/7");
	host_process(host, 200, "qemu-system-x86", "/");
	host_open(host, 200, 30, "/dev/vfio/8");
	host_process(host, 300, "last", "/");
	host_open(host, 300, 0, "/dev/null");
	(void)snprintf(path, sizeof(path), "%s/proc/300/fd", host->root);
	assert_true(inotify_add_watch(watch, path, IN_OPEN) >= 0);
	assert_int_equal(lend_vfio_holders_find(host->fs, groups, 2, holders, NULL), 2);
	assert_holder(&holders[0], "qemu-system-x86 (pid 100): /dev/vfio/7");
	assert_holder(&holders[1], "qemu-system-x86 (pid 200): /dev/vfio/8");
	assert_false(was_looked_into(watch));
	lend_holder_clear(&holders[0]);
	lend_holder_clear(&holders[1]);
	/* For the third, which nobody holds, everybody has to be asked. */
	assert_int_equal(lend_vfio_holders_find(host->fs, groups, 3, holders, NULL), 2);
	assert_true(was_looked_into(watch));
	lend_holder_clear(&holders[0]);
	lend_holder_clear(&holders[1]);
}

/* What waits for one QEMU to go looks at that QEMU alone, however many processes there are. */
static void one_process_is_asked_again_whether_it_still_holds_the_group(void **state)
{
	struct host *host = *state;
	char path[PATH_MAX];

	put_group(host, 7, GPU);
	host_process(host, 900, "qemu-system-x86", "/");
	host_open(host, 900, 30, "/dev/vfio/7");
	host_process(host, 901, "qemu-system-x86", "/");
	host_open(host, 901, 30, "/dev/vfio/17");
	assert_int_equal(lend_vfio_holder_recheck(host->fs, 7, 900, NULL), 1);
	assert_int_equal(lend_vfio_holder_recheck(host->fs, 7, 901, NULL), 0);
	assert_int_equal(lend_vfio_holder_recheck(host->fs, 7, 902, NULL), 0);
	assert_int_equal(lend_vfio_holder_recheck(host->fs, 7, 0, NULL), 0);
	assert_int_equal(lend_vfio_holder_recheck(host->fs, LEND_NO_GROUP, 900, NULL), 0);
	(void)snprintf(path, sizeof(path), "%s/proc/900/fd/30", host->root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(lend_vfio_holder_recheck(host->fs, 7, 900, NULL), 0);
}

/* Without an IOMMU (enable_unsafe_noiommu_mode) the node has another name. */
static void a_group_without_an_iommu_is_held_by_its_own_name(void **state)
{
	struct host *host = *state;
	_cleanup_(lend_holder_clear) struct lend_holder holder = { 0 };

	put_group(host, 7, GPU);
	host_put(host, "sys/class/vfio/noiommu-7/dev", "511:0\n");
	host_process(host, 900, "dpdk-testpmd", "/");
	host_open(host, 900, 30, "/dev/vfio/noiommu-7");
	assert_int_equal(find_one(host, 7, &holder), 1);
	assert_holder(&holder, "dpdk-testpmd (pid 900): /dev/vfio/noiommu-7");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(who_holds_the_vfio_group_is_found),
		TEST(a_vm_that_uses_iommufd_is_found_by_its_device),
		TEST(each_of_several_groups_gets_its_own_holder),
		TEST(no_group_at_all_is_held_by_nobody),
		TEST(the_scan_ends_with_the_last_group_that_is_asked_for),
		TEST(one_process_is_asked_again_whether_it_still_holds_the_group),
		TEST(a_group_without_an_iommu_is_held_by_its_own_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
