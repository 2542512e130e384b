/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which process is the QEMU of a domain, and which only says so. */
#include "lendpci/know/host/process.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "holders_host.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/trace.h"
#include "lendpci/know/host/readiness.h"
#include "test.h"

#define UUID "c7a5fdbd-edaf-9455-926a-d65c16db1809"

/* A process with QEMU's arguments for @UUID, of user @uid, in control group @group. */
static void put_qemu(const struct host *host, int pid, unsigned uid, const char *group)
{
	char path[64];

	host_process(host, pid, "qemu-system-x86", group);
	(void)snprintf(path, sizeof(path), "proc/%d/cmdline", pid);
	host_put(host, path, "/usr/bin/qemu-system-x86_64%c-uuid%c" UUID "%c", 0, 0, 0);
	(void)snprintf(path, sizeof(path), "proc/%d/status", pid);
	host_put(host, path, "Name:\tqemu-system-x86\nUmask:\t0022\nUid:\t%u\t%u\t%u\t%u\n", uid, uid, uid, uid);
}

/* The directory of libvirt's QEMUs; the tests' host is of the user that runs them. */
static unsigned put_libvirts_directory(const struct host *host)
{
	char path[128];
	struct stat status;

	host_put(host, "var/lib/libvirt/qemu/dump/x", "\n");
	(void)snprintf(path, sizeof(path), "%s/var/lib/libvirt/qemu", host->root);
	assert_int_equal(stat(path, &status), 0);
	if (status.st_uid == 0) {
		assert_int_equal(chown(path, 64055, 64055), 0);
		return 64055;
	}
	return status.st_uid;
}

static void a_users_process_with_the_uuid_is_not_the_domains_qemu(void **state)
{
	struct host *host = *state;
	unsigned qemu = put_libvirts_directory(host);

	put_qemu(host, 700, qemu + 1, "/user.slice/user-1001.slice/session-4.scope");
	assert_int_equal(lend_process_find_qemu(host->fs, UUID), 0);
	/* A path that has the words of a VM's group, below what a user may fill. */
	put_qemu(host, 701, qemu + 1,
		 "/user.slice/user-1001.slice/user@1001.service/machine.slice/machine-qemu-1.scope");
	assert_int_equal(lend_process_find_qemu(host->fs, UUID), 0);
}

static void note_arguments(void *userdata, const char *line)
{
	*(bool *)userdata |= strstr(line, "proc/700/cmdline") != NULL;
}

/* His arguments may be memory that the kernel has to read from a file system of his, which never answers. */
static void a_users_process_is_not_asked_for_its_arguments(void **state)
{
	struct host *host = *state;
	unsigned qemu = put_libvirts_directory(host);
	bool was_asked = false;

	lend_trace_to(note_arguments, &was_asked);
	put_qemu(host, 700, qemu + 1, "/user.slice/user-1001.slice/session-4.scope");
	(void)lend_process_find_qemu(host->fs, UUID);
	assert_false(was_asked);
	put_qemu(host, 700, qemu, "/machine.slice/machine-qemu.scope");
	(void)lend_process_find_qemu(host->fs, UUID);
	assert_true(was_asked);
	lend_trace_to(NULL, NULL);
}

static void libvirts_qemu_is_found_whoever_it_runs_as(void **state)
{
	static const struct {
		int is_qemus;
		unsigned uid;
		const char *group;
	} cases[] = {
		{ 0, 0, "/system.slice/libvirtd.service" },
		{ 1, 0, "/system.slice/libvirtd.service" },
		{ 0, 1234, "/machine.slice/machine-qemu\\x2d1\\x2dwin11.scope/libvirt/emulator" },
		{ 0, 1234, "/machine/qemu-1-win11.libvirt-qemu/emulator" },
	};
	struct host *host = *state;
	unsigned qemu = put_libvirts_directory(host);

	for (size_t i = 0; i < LEND_ARRAY_SIZE(cases); i++) {
		put_qemu(host, 700, cases[i].is_qemus ? qemu : cases[i].uid, cases[i].group);
		assert_int_equal(lend_process_find_qemu(host->fs, UUID), 700);
	}
}

/* A loan is ended on facts only: what cannot be read may be the VM. */
static void a_process_whose_user_is_unknown_may_be_the_qemu(void **state)
{
	struct host *host = *state;
	char path[128];

	put_qemu(host, 700, 1000, "/user.slice");
	(void)snprintf(path, sizeof(path), "%s/proc/700/status", host->root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(lend_process_find_qemu(host->fs, UUID), 700);
}

/* doctor would tell that somebody repairs definitions, when nobody does. */
static void a_users_process_by_the_name_of_the_service_is_not_the_service(void **state)
{
	struct host *host = *state;
	struct lend_readiness readiness;

	host_process(host, 700, "lendpci", "/user.slice");
	host_put(host, "proc/700/cmdline", "lendpci%cwatch%c", 0, 0);
	host_put(host, "proc/700/status", "Name:\tlendpci\nUid:\t1000\t1000\t1000\t1000\n");
	host_process(host, 701, "libvirtd", "/user.slice");
	host_put(host, "proc/701/status", "Name:\tlibvirtd\nUid:\t1000\t1000\t1000\t1000\n");
	lend_readiness_read(host->fs, &readiness);
	assert_false(readiness.service_runs);
	assert_string_equal(readiness.daemon, "");
	host_put(host, "proc/700/status", "Name:\tlendpci\nUid:\t0\t0\t0\t0\n");
	host_put(host, "proc/701/status", "Name:\tlibvirtd\nUid:\t0\t0\t0\t0\n");
	lend_readiness_read(host->fs, &readiness);
	assert_true(readiness.service_runs);
	assert_string_equal(readiness.daemon, "libvirtd");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_users_process_with_the_uuid_is_not_the_domains_qemu),
		TEST(a_users_process_is_not_asked_for_its_arguments),
		TEST(libvirts_qemu_is_found_whoever_it_runs_as),
		TEST(a_process_whose_user_is_unknown_may_be_the_qemu),
		TEST(a_users_process_by_the_name_of_the_service_is_not_the_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
