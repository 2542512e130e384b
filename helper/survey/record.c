/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey --record: a machine as files, for bug reports and for tests.
 *
 * Files are copied by what they say, links by where they lead, each to the place that it has on the host. What is not
 * there, or may not be read, is left out: a replay then says so as the host itself would.
 */
#include "survey/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/host/inventory.h"
#include "lendpci/know/pci/function.h"

/* /proc/iomem and /proc/cpuinfo of a large server. */
enum { FILE_MAX = 16 * 1024 * 1024 };

struct recorder {
	const struct lend_fs *fs;
	const char *directory;
	int root;
	struct lend_error *error;
};

static int fail(const struct recorder *recorder, const char *path)
{
	const int code = -errno;

	return lend_error_set(recorder->error, code, "%s/%s: cannot record it: %s", recorder->directory, path,
			      strerror(-code));
}

static int make_parents(const struct recorder *recorder, const char *path)
{
	char partial[PATH_MAX];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		(void)snprintf(partial, sizeof(partial), "%.*s", (int)(slash - path), path);
		if (mkdirat(recorder->root, partial, 0755) < 0 && errno != EEXIST)
			return fail(recorder, partial);
	}
	return 0;
}

static int put(const struct recorder *recorder, const char *path, const char *text, size_t size)
{
	_cleanup_close_ int fd = -1;
	int r = make_parents(recorder, path);

	if (r < 0)
		return r;
	fd = openat(recorder->root, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail(recorder, path);
	while (size) {
		const ssize_t n = write(fd, text, size);

		if (n < 0)
			return fail(recorder, path);
		text += n;
		size -= (size_t)n;
	}
	return 0;
}

static int copy_file(const struct recorder *recorder, const char *path)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (lend_fs_read_all(recorder->fs, path, FILE_MAX, &text, &size, NULL) < 0)
		return 0;
	return put(recorder, path, text, size);
}

static int copy_link(const struct recorder *recorder, const char *path)
{
	char target[PATH_MAX];
	int r;

	if (lend_fs_link_target(recorder->fs, path, target, sizeof(target), NULL) < 0)
		return 0;
	r = make_parents(recorder, path);
	if (r < 0)
		return r;
	return symlinkat(target, recorder->root, path) < 0 && errno != EEXIST ? fail(recorder, path) : 0;
}

/* Copies @directory/@name for each of a NULL-terminated list of names. */
static int copy_each(const struct recorder *recorder, const char *directory, const char *const *names,
		     int (*copy)(const struct recorder *, const char *))
{
	int r = 0;

	for (; r == 0 && *names; names++) {
		char path[PATH_MAX];

		if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, *names) < sizeof(path))
			r = copy(recorder, path);
	}
	return r;
}

/* virtfn0, virtfn1, …: the virtual functions of a physical one. */
static int copy_virtual_links(const struct recorder *recorder, const char *directory)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	char path[PATH_MAX];
	int r = 0;

	(void)snprintf(path, sizeof(path), "%s/virtfn0", directory);
	if (!lend_fs_exists(recorder->fs, path) || lend_fs_list(recorder->fs, directory, &names, NULL, NULL) < 0)
		return 0;
	for (char **name = names; r == 0 && *name; name++) {
		if (strncmp(*name, "virtfn", strlen("virtfn")) != 0 ||
		    (size_t)snprintf(path, sizeof(path), "%s/%s", directory, *name) >= sizeof(path))
			continue;
		r = copy_link(recorder, path);
	}
	return r;
}

static int record_function(const struct recorder *recorder, const struct lend_function *function)
{
	static const char *const attributes[] = {
		"vendor",           "device",           "subsystem_vendor", "subsystem_device", "class",
		"resource",         "config",           "boot_vga",         "reset_method",     "d3cold_allowed",
		"power/control",    "sriov_numvfs",     "sriov_totalvfs",   "resource0_resize", "resource1_resize",
		"resource2_resize", "resource3_resize", "resource4_resize", "resource5_resize", NULL,
	};
	static const char *const links[] = { "driver", "iommu_group", "physfn", NULL };
	const struct lend_function_path link = lend_function_path(function->address, "");
	char directory[PATH_MAX], path[PATH_MAX];
	int r;

	(void)snprintf(path, sizeof(path), "%.*s", (int)strlen(link.text) - 1, link.text);
	/* Unplugged meanwhile. */
	if (lend_fs_resolve(recorder->fs, path, directory, sizeof(directory), NULL) < 0)
		return 0;
	r = copy_link(recorder, path);
	if (r == 0)
		r = copy_each(recorder, directory, attributes, copy_file);
	if (r == 0)
		r = copy_each(recorder, directory, links, copy_link);
	if (r == 0)
		r = copy_virtual_links(recorder, directory);
	if (r < 0 || !*function->driver)
		return r;
	(void)snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s/%s", function->driver,
		       lend_address_text(function->address).text);
	return copy_link(recorder, path);
}

static int record_groups(const struct recorder *recorder, const struct lend_inventory *inventory)
{
	static const char *const attributes[] = { "type", "reserved_regions", NULL };
	int r = 0;

	for (size_t i = 0; r == 0 && i < inventory->count; i++) {
		const struct lend_function *function = inventory->by_group[i];
		char directory[64], path[128];

		if (function->iommu_group == LEND_NO_GROUP)
			continue;
		(void)snprintf(directory, sizeof(directory), "sys/kernel/iommu_groups/%d", function->iommu_group);
		(void)snprintf(path, sizeof(path), "%s/devices/%s", directory,
			       lend_address_text(function->address).text);
		r = copy_link(recorder, path);
		if (r == 0 && (i == 0 || inventory->by_group[i - 1]->iommu_group != function->iommu_group))
			r = copy_each(recorder, directory, attributes, copy_file);
	}
	return r;
}

/* sys/class/iommu has links; the replay needs only what is behind them. */
static int record_iommus(const struct recorder *recorder)
{
	static const char *const registers[] = { "intel-iommu/cap", "intel-iommu/ecap", NULL };
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r = 0;

	if (lend_fs_list(recorder->fs, "sys/class/iommu", &names, NULL, NULL) < 0)
		return 0;
	for (char **name = names; r == 0 && *name; name++) {
		char directory[PATH_MAX];

		(void)snprintf(directory, sizeof(directory), "sys/class/iommu/%.255s", *name);
		r = copy_each(recorder, directory, registers, copy_file);
	}
	return r;
}

static bool is_empty(int fd)
{
	_cleanup_closedir_ DIR *dir = fdopendir(fd);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return false;
	return dir;
}

static int open_directory(const char *directory, struct lend_error *error)
{
	int fd;

	if (mkdir(directory, 0755) < 0 && errno != EEXIST)
		return lend_error_set(error, -errno, "%s: cannot make it: %s", directory, strerror(errno));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return lend_error_set(error, -errno, "%s: cannot open it: %s", directory, strerror(errno));
	if (is_empty(dup(fd)))
		return fd;
	(void)close(fd);
	return lend_error_set(error, -EEXIST, "%s: it is not empty", directory);
}

int lend_record(const struct lend_fs *fs, const struct lend_inventory *inventory, const char *directory,
		struct lend_error *error)
{
	static const char *const files[] = { "cpuinfo", "iomem", NULL };
	struct recorder recorder = { .fs = fs, .directory = directory, .error = error };
	_cleanup_close_ int root = open_directory(directory, error);
	int r = 0;

	if (root < 0)
		return root;
	recorder.root = root;
	for (size_t i = 0; r == 0 && i < inventory->count; i++)
		r = record_function(&recorder, &inventory->functions[i]);
	if (r == 0)
		r = record_groups(&recorder, inventory);
	if (r == 0)
		r = record_iommus(&recorder);
	return r < 0 ? r : copy_each(&recorder, "proc", files, copy_file);
}
