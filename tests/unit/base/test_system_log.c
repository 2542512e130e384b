/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What journald and syslogd receive, on a /run and /dev of the test's own. */
#include "lendpci/base/system_log.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "test.h"

static void write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* Root of a user namespace; false where there is none to be had. */
static bool enter_namespace(void)
{
	const uid_t uid = getuid();
	const gid_t gid = getgid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return false;
	write_file("/proc/self/setgroups", "deny");
	(void)snprintf(map, sizeof(map), "0 %u 1", uid);
	write_file("/proc/self/uid_map", map);
	(void)snprintf(map, sizeof(map), "0 %u 1", gid);
	write_file("/proc/self/gid_map", map);
	return mount("tmpfs", "/run", "tmpfs", 0, NULL) == 0 && mount("tmpfs", "/dev", "tmpfs", 0, NULL) == 0;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void an_entry_reaches_whoever_keeps_the_log(void **state)
{
	static const char *const plain[] = { "MESSAGE=t1: it came home", "PRIORITY=6", "LENDPCI_DOMAIN=t1" };
	static const char *const lines[] = { "MESSAGE=two\nlines", "PRIORITY=6" };
	_cleanup_close_ int journal = -1, syslog = -1;
	char got[512] = "";
	ssize_t size;

	(void)state;
	if (!enter_namespace())
		skip();
	syslog = listen_at("/dev/log");
	lend_system_log(plain, LEND_ARRAY_SIZE(plain));
	assert_true(recv(syslog, got, sizeof(got) - 1, 0) > 0);
	assert_non_null(strstr(got, "<30>"));
	assert_non_null(strstr(got, "t1: it came home"));

	assert_int_equal(mkdir("/run/systemd", 0755), 0);
	assert_int_equal(mkdir("/run/systemd/journal", 0755), 0);
	journal = listen_at("/run/systemd/journal/socket");
	lend_system_log(plain, LEND_ARRAY_SIZE(plain));
	size = recv(journal, got, sizeof(got), 0);
	assert_int_equal(size, strlen("MESSAGE=t1: it came home\nPRIORITY=6\nLENDPCI_DOMAIN=t1\n"));
	assert_memory_equal(got, "MESSAGE=t1: it came home\nPRIORITY=6\nLENDPCI_DOMAIN=t1\n", size);

	/* A value of several lines goes with its length before it, as the library writes it. */
	lend_system_log(lines, LEND_ARRAY_SIZE(lines));
	assert_true(recv(journal, got, sizeof(got), 0) > 26);
	assert_memory_equal(got, "MESSAGE\n\11\0\0\0\0\0\0\0two\nlines\n", 26);
	assert_true(recv(syslog, got, sizeof(got), 0) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_reaches_whoever_keeps_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
