/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey --record: a host as files, for bug reports and for tests.
 *
 * Files are copied by their content, links by their target, each to the path that it has on the host. What is missing
 * or may not be read is left out: a replay then says so as the host itself would.
 *
 * Root records what only root may read, and perhaps into a directory that a user named. So the directory is ours alone,
 * nothing is written through a symbolic link, and files are for their owner only.
 */
#include "survey/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/inventory.h"
#include "lendpci/know/pci/usb_devices.h"

/* /proc/iomem and /proc/cpuinfo of a large server. */
enum { FILE_MAX = 16 * 1024 * 1024 };

enum { USB_DEPTH_MAX = 9 };

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

/*
 * Opens the directory that @path is in, made where it is missing, and points @ret_name at its last component. No link
 * is followed: those that are recorded lead where a stranger's recording says, when that is what is recorded.
 */
static int open_parent(const struct recorder *recorder, const char *path, const char **ret_name)
{
	_cleanup_close_ int directory = fcntl(recorder->root, F_DUPFD_CLOEXEC, 0);

	*ret_name = path;
	while (directory >= 0) {
		const size_t length = strcspn(*ret_name, "/");
		char name[NAME_MAX + 1];
		int next;

		if (!(*ret_name)[length])
			return TAKE_FD(directory);
		if (length >= sizeof(name) || length == 0) {
			errno = EINVAL;
			break;
		}
		(void)snprintf(name, sizeof(name), "%.*s", (int)length, *ret_name);
		if (strcmp(name, "..") == 0) {
			errno = EINVAL;
			break;
		}
		if (mkdirat(directory, name, 0700) < 0 && errno != EEXIST)
			break;
		next = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		(void)close(directory);
		directory = next;
		*ret_name += length + 1;
	}
	return fail(recorder, path);
}

static int put(const struct recorder *recorder, const char *path, const char *text, size_t size)
{
	_cleanup_close_ int directory = -1, fd = -1;
	const char *name;

	directory = open_parent(recorder, path, &name);
	if (directory < 0)
		return directory;
	fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
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
	_cleanup_close_ int directory = -1;
	char target[PATH_MAX];
	const char *name;

	if (lend_fs_link_target(recorder->fs, path, target, sizeof(target), NULL) < 0)
		return 0;
	directory = open_parent(recorder, path, &name);
	if (directory < 0)
		return directory;
	return symlinkat(target, directory, name) < 0 && errno != EEXIST ? fail(recorder, path) : 0;
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

/* What is plugged into a USB controller, as lend_usb_devices_read() looks at it: "usb3", "3-1.4", "3-1.4:1.0". */
static int copy_usb(const struct recorder *recorder, const char *directory, unsigned depth)
{
	static const char *const attributes[] = {
		"bDeviceClass",    "manufacturer",       "product", "idVendor", "idProduct",
		"bInterfaceClass", "bInterfaceProtocol", NULL
	};
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r = 0;

	if (depth > USB_DEPTH_MAX || lend_fs_list(recorder->fs, directory, &names, NULL, NULL) < 0)
		return 0;
	for (char **name = names; r == 0 && *name; name++) {
		char path[PATH_MAX];

		if ((!lend_usb_is_device(*name) && (!depth || !lend_usb_is_interface(*name))) ||
		    (size_t)snprintf(path, sizeof(path), "%s/%s", directory, *name) >= sizeof(path))
			continue;
		r = copy_each(recorder, path, attributes, copy_file);
		if (r == 0)
			r = copy_usb(recorder, path, depth + 1);
	}
	return r;
}

static int record_function(const struct recorder *recorder, const struct lend_function *function)
{
	static const char *const attributes[] = {
		"vendor",
		"device",
		"subsystem_vendor",
		"subsystem_device",
		"class",
		"resource",
		"config",
		"boot_vga",
		"reset_method",
		"d3cold_allowed",
		"power/control",
		"sriov_numvfs",
		"sriov_totalvfs",
		"resource0_resize",
		"resource1_resize",
		"resource2_resize",
		"resource3_resize",
		"resource4_resize",
		"resource5_resize",
		"removable",
		NULL,
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
	if (r == 0 && function->class >> 8 == LEND_CLASS_USB)
		r = copy_usb(recorder, directory, 0);
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

/* Opens @path without following any link on the way to it: where one leads is for its owner to change. */
static int open_without_links(const char *path)
{
	const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* Makes the last component of @directory. */
static int make_directory(const char *directory)
{
	_cleanup_free_ char *parent = strdup(directory), *name = strdup(directory);
	_cleanup_close_ int fd = -1;

	if (!parent || !name)
		return -1;
	fd = open_without_links(dirname(parent));
	return fd < 0 ? -1 : mkdirat(fd, basename(name), 0700);
}

static int refuse_directory(const char *directory, int code, struct lend_error *error)
{
	if (code != -ELOOP)
		return lend_error_set(error, code, "%s: cannot record there: %s", directory, strerror(-code));
	lend_error_set(error, code, "%s: a symbolic link is on the way there", directory);
	return lend_error_hint(error, code, "name the directory without links, as 'realpath %s' prints it",
			       lend_text_shell_quote(directory).text);
}

/* Only what belongs to us and what nobody else can write to: others could put links there while we write. */
static int check_directory(int fd, const char *directory, struct lend_error *error)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return refuse_directory(directory, -errno, error);
	if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH))) {
		lend_error_set(error, -EPERM, "%s: others than user %u can write to it", directory,
			       (unsigned)geteuid());
		return lend_error_hint(error, -EPERM, "name a directory that does not exist yet");
	}
	if (!is_empty(dup(fd)))
		return lend_error_set(error, -EEXIST, "%s: it is not empty", directory);
	return 0;
}

static int open_directory(const char *directory, struct lend_error *error)
{
	_cleanup_close_ int fd = -1;
	int r;

	fd = open_without_links(directory);
	if (fd < 0 && errno == ENOENT) {
		if (make_directory(directory) < 0)
			return refuse_directory(directory, -errno, error);
		fd = open_without_links(directory);
	}
	if (fd < 0)
		return refuse_directory(directory, -errno, error);
	r = check_directory(fd, directory, error);
	return r < 0 ? r : TAKE_FD(fd);
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
	if (r == 0)
		r = copy_file(&recorder, LEND_RESERVED_PATH);
	return r < 0 ? r : copy_each(&recorder, "proc", files, copy_file);
}
