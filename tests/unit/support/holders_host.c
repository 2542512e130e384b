/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "holders_host.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/holders/find.h"
#include "test.h"

#define DEVICES "sys/devices/pci0000:00/0000:00:01.0"

int host_set_up(void **state)
{
	struct host *host = calloc(1, sizeof(*host));

	assert_non_null(host);
	(void)snprintf(host->root, sizeof(host->root), "/dev/shm/lendpci-holders-XXXXXX");
	assert_non_null(mkdtemp(host->root));
	assert_int_equal(lend_fs_new(host->root, &host->fs, NULL), 0);
	host_put(host, "proc/version", "Linux\n");
	*state = host;
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

int host_tear_down(void **state)
{
	struct host *host = *state;

	lend_fs_free(host->fs);
	(void)nftw(host->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(host);
	return 0;
}

/* The full path of @path, after its parents were made. */
static void make_place(const struct host *host, const char *path, char ret[PATH_MAX])
{
	const size_t root = strlen(host->root);

	assert_true(snprintf(ret, PATH_MAX, "%s/%s", host->root, path) < PATH_MAX);
	for (char *slash = strchr(ret + root + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(ret, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

void host_put(const struct host *host, const char *path, const char *format, ...)
{
	_cleanup_fclose_ FILE *file = NULL;
	char place[PATH_MAX];
	va_list arguments;

	make_place(host, path, place);
	file = fopen(place, "we");
	assert_non_null(file);
	va_start(arguments, format);
	assert_true(vfprintf(file, format, arguments) >= 0);
	va_end(arguments);
}

void host_link(const struct host *host, const char *path, const char *target)
{
	char place[PATH_MAX];

	make_place(host, path, place);
	assert_int_equal(symlink(target, place), 0);
}

void host_function(const struct host *host, const char *address, const char *driver)
{
	char path[PATH_MAX], target[PATH_MAX];

	(void)snprintf(path, sizeof(path), DEVICES "/%s/class", address);
	host_put(host, path, "0x030000\n");
	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", address);
	(void)snprintf(target, sizeof(target), "../../../devices/pci0000:00/0000:00:01.0/%s", address);
	host_link(host, path, target);
	if (!driver)
		return;
	(void)snprintf(path, sizeof(path), DEVICES "/%s/driver", address);
	(void)snprintf(target, sizeof(target), "../../../../bus/pci/drivers/%s", driver);
	host_link(host, path, target);
	(void)snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s/%s", driver, address);
	(void)snprintf(target, sizeof(target), "../../../../devices/pci0000:00/0000:00:01.0/%s", address);
	host_link(host, path, target);
}

void host_group(const struct host *host, const char *address, int group)
{
	char path[PATH_MAX], target[PATH_MAX];

	(void)snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/devices/%s", group, address);
	(void)snprintf(target, sizeof(target), "../../../../devices/pci0000:00/0000:00:01.0/%s", address);
	host_link(host, path, target);
	(void)snprintf(path, sizeof(path), DEVICES "/%s/iommu_group", address);
	(void)snprintf(target, sizeof(target), "../../../../kernel/iommu_groups/%d", group);
	host_link(host, path, target);
}

static void put_device(const struct host *host, const char *directory, const char *number, const char *devname,
		       const char *type)
{
	const char *name = strrchr(directory, '/') + 1;
	char path[PATH_MAX], target[PATH_MAX];
	unsigned major, minor;

	assert_int_equal(sscanf(number, "%u:%u", &major, &minor), 2);
	(void)snprintf(path, sizeof(path), "%s/dev", directory);
	host_put(host, path, "%s\n", number);
	(void)snprintf(path, sizeof(path), "%s/uevent", directory);
	host_put(host, path, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\n%s%s%s", major, minor, devname, type ? "DEVTYPE=" : "",
		 type ? type : "", type ? "\n" : "");
	(void)snprintf(path, sizeof(path), "%s/power/control", directory);
	host_put(host, path, "auto\n");
	(void)snprintf(path, sizeof(path), "%s/subsystem", directory);
	host_link(host, path, "../..");
	if (!type)
		return;
	(void)snprintf(path, sizeof(path), "sys/class/block/%s", name);
	(void)snprintf(target, sizeof(target), "../../../%s", directory);
	host_link(host, path, target);
}

void host_device(const struct host *host, const char *function, const char *below, const char *number,
		 const char *devname, const char *type)
{
	char directory[PATH_MAX];

	(void)snprintf(directory, sizeof(directory), DEVICES "/%s/%s", function, below);
	put_device(host, directory, number, devname, type);
}

void host_disk(const struct host *host, const char *name, const char *number)
{
	char directory[PATH_MAX];

	(void)snprintf(directory, sizeof(directory), "sys/devices/virtual/block/%s", name);
	put_device(host, directory, number, name, "disk");
}

void host_process(const struct host *host, int pid, const char *command, const char *unit)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "proc/%d/comm", pid);
	host_put(host, path, "%s\n", command);
	(void)snprintf(path, sizeof(path), "proc/%d/cgroup", pid);
	host_put(host, path, "0::%s\n", unit);
	(void)snprintf(path, sizeof(path), "proc/%d/maps", pid);
	host_put(host, path, "55d0c8a00000-55d0c8a02000 r--p 00000000 fd:01 1234       /usr/bin/%d\n", pid);
}

void host_open(const struct host *host, int pid, int fd, const char *target)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "proc/%d/fd/%d", pid, fd);
	host_link(host, path, target);
}

void host_mounts(const struct host *host, int pid, const char *space, const char *mountinfo)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "proc/%d/ns/mnt", pid);
	host_link(host, path, space);
	(void)snprintf(path, sizeof(path), "proc/%d/mountinfo", pid);
	host_put(host, path, "%s", mountinfo);
}

void assert_holders(const struct host *host, const char *functions, const char *lines)
{
	_cleanup_(lend_holders_clear) struct lend_holders holders = { 0 };
	struct lend_address addresses[8];
	char copy[256], found[8192] = "", *save = NULL;
	size_t count = 0;

	(void)snprintf(copy, sizeof(copy), "%s", functions);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		assert_done(lend_address_parse(word, &addresses[count++], error));
	assert_done(lend_holders_find(host->fs, addresses, count, &holders, error));
	for (size_t i = 0; i < holders.count; i++) {
		_cleanup_free_ char *line = lend_holder_describe(&holders.items[i]);

		assert_non_null(line);
		assert_true(strlen(found) + strlen(line) + 2 < sizeof(found));
		strcat(strcat(found, line), "\n");
	}
	assert_string_equal(found, lines);
}
