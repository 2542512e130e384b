/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the kernel, the hook and libvirt's surroundings are as lending needs them, from files alone. */
#include "lendpci/know/host/readiness.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/host/process.h"
#include "lendpci/know/pci/function.h"

/* modules.dep of a distribution's kernel has about a megabyte. */
enum { TEXT_MAX = 16 * 1024 * 1024 };

/* A whole file, NULL when it cannot be read. */
static char *read_text(const struct lend_fs *fs, const char *path)
{
	char *text = NULL;

	return lend_fs_read_all(fs, path, TEXT_MAX, &text, NULL, NULL) < 0 ? NULL : text;
}

static bool file_says(const struct lend_fs *fs, const char *path, const char *what)
{
	_cleanup_free_ char *text = read_text(fs, path);

	return text && strstr(text, what);
}

static void read_cpu(const struct lend_fs *fs, struct lend_readiness *ret)
{
	if (file_says(fs, "proc/cpuinfo", "GenuineIntel"))
		ret->cpu = LEND_CPU_INTEL;
	else if (file_says(fs, "proc/cpuinfo", "AuthenticAMD") || file_says(fs, "proc/cpuinfo", "HygonGenuine"))
		ret->cpu = LEND_CPU_AMD;
}

static void read_iommu(const struct lend_fs *fs, struct lend_readiness *ret)
{
	static const char *const words[] = { "intel_iommu=off", "amd_iommu=off", "iommu=off" };
	_cleanup_free_ char *cmdline = read_text(fs, "proc/cmdline");
	char *save = NULL;

	ret->has_iommu = lend_host_has_iommu(fs);
	ret->firmware_has_one = lend_fs_exists(fs, "sys/firmware/acpi/tables/DMAR") ||
				lend_fs_exists(fs, "sys/firmware/acpi/tables/IVRS");
	/* Remapped interrupts are named by their chip: "IR-PCI-MSI", "IR-IO-APIC". */
	ret->remaps_interrupts = file_says(fs, "proc/interrupts", " IR-");
	ret->unsafe_interrupts = file_says(fs, "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y");

	for (char *word = cmdline ? strtok_r(cmdline, " \n", &save) : NULL; word; word = strtok_r(NULL, " \n", &save))
		for (size_t i = 0; i < LEND_ARRAY_SIZE(words); i++)
			if (strcmp(word, words[i]) == 0)
				(void)snprintf(ret->switched_off, sizeof(ret->switched_off), "%s", word);
}

static bool has_module(const struct lend_fs *fs, const char *name)
{
	static const char *const lists[] = { "modules.dep", "modules.builtin" };
	char release[65], path[160], file[64];

	if (lend_fs_read(fs, "proc/sys/kernel/osrelease", release, sizeof(release), NULL) < 0)
		return false;
	(void)snprintf(file, sizeof(file), "/%s.ko", name);
	for (size_t i = 0; i < LEND_ARRAY_SIZE(lists); i++) {
		(void)snprintf(path, sizeof(path), "lib/modules/%s/%s", release, lists[i]);
		if (file_says(fs, path, file))
			return true;
	}
	return false;
}

static void read_hook(const struct lend_fs *fs, struct lend_readiness *ret)
{
	_cleanup_close_ int fd = lend_fs_open(fs, LEND_HOOK_PATH, O_PATH | O_NOFOLLOW, NULL);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return;
	if (!S_ISREG(status.st_mode))
		ret->hook = LEND_HOOK_NO_FILE;
	else if (!(status.st_mode & S_IXUSR))
		ret->hook = LEND_HOOK_NOT_EXECUTABLE;
	else
		ret->hook = LEND_HOOK_IN_PLACE;
	/* Not the modification: packages and archives bring that from where the file was built. */
	ret->hook_changed = status.st_ctime;
}

/* When @pid started; 0 when that cannot be told. */
static int64_t start_of(const struct lend_fs *fs, pid_t pid)
{
	_cleanup_free_ char *stat = read_text(fs, "proc/stat");
	const char *boot = stat ? strstr(stat, "btime ") : NULL;
	struct lend_process process;

	if (!boot || lend_process_read(fs, pid, &process, NULL) < 0)
		return 0;
	return (int64_t)strtoll(boot + strlen("btime "), NULL, 10) +
	       (int64_t)(process.starttime / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* Whether process @name is `lendpci watch`. */
static bool is_service(const struct lend_fs *fs, const char *name)
{
	_cleanup_free_ char *arguments = NULL;
	char path[288];
	size_t size;

	(void)snprintf(path, sizeof(path), "proc/%s/cmdline", name);
	if (lend_fs_read_all(fs, path, TEXT_MAX, &arguments, &size, NULL) < 0)
		return false;
	return strlen(arguments) + 1 < size && strcmp(arguments + strlen(arguments) + 1, "watch") == 0;
}

/* Anybody can give a program of their own one of these names; what cannot be read is a recorded host's. */
static bool may_be_roots(const struct lend_fs *fs, pid_t pid)
{
	uid_t uid;

	return lend_process_user(fs, pid, &uid) < 0 || uid == 0;
}

static void read_processes(const struct lend_fs *fs, struct lend_readiness *ret)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (lend_fs_list(fs, "proc", &names, NULL, NULL) < 0)
		return;
	for (char **name = names; *name; name++) {
		char path[288], command[32];

		if (!isdigit((unsigned char)**name))
			continue;
		(void)snprintf(path, sizeof(path), "proc/%s/comm", *name);
		if (lend_fs_read(fs, path, command, sizeof(command), NULL) < 0)
			continue;
		if (strcmp(command, "lendpci") == 0)
			ret->service_runs |= is_service(fs, *name) && may_be_roots(fs, (pid_t)atoi(*name));
		if ((strcmp(command, "libvirtd") != 0 && strcmp(command, "virtqemud") != 0) ||
		    !may_be_roots(fs, (pid_t)atoi(*name)))
			continue;
		(void)snprintf(ret->daemon, sizeof(ret->daemon), "%.15s", command);
		ret->daemon_started = start_of(fs, (pid_t)atoi(*name));
	}
}

/* The last `KEY=VALUE` or `KEY = "VALUE"` line of @path that is no comment; @ret stays when there is none. */
static void read_assignment(const struct lend_fs *fs, const char *path, const char *key, char ret[static 16])
{
	_cleanup_free_ char *text = read_text(fs, path);
	char *save = NULL;

	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		line += strlen(key);
		line += strspn(line, " \t");
		if (*line++ != '=')
			continue;
		line += strspn(line, " \t\"'");
		(void)snprintf(ret, 16, "%.*s", (int)strcspn(line, " \t\"'#"), line);
		lend_text_make_printable(ret);
	}
}

/* Whether systemd starts @unit with the others. One that is masked it does not, whatever else is set. */
static bool is_enabled(const struct lend_fs *fs, const char *unit)
{
	char path[160], target[16] = "";

	(void)snprintf(path, sizeof(path), "etc/systemd/system/%s", unit);
	(void)lend_fs_link_target(fs, path, target, sizeof(target), NULL);
	if (strcmp(target, "/dev/null") == 0)
		return false;
	(void)snprintf(path, sizeof(path), "etc/systemd/system/multi-user.target.wants/%s", unit);
	return lend_fs_exists(fs, path);
}

static void read_shutdown(const struct lend_fs *fs, struct lend_readiness *ret)
{
	/* The script holds the distribution's default, the files below /etc what the administrator chose. */
	static const char *const sources[] = {
		"usr/libexec/libvirt-guests.sh", "usr/lib/libvirt/libvirt-guests.sh", "etc/sysconfig/libvirt-guests",
		"etc/default/libvirt-guests",    "etc/conf.d/libvirt-guests",
	};

	ret->turns_off = is_enabled(fs, "lendpci-turn-off.service");
	ret->guests_enabled = is_enabled(fs, "libvirt-guests.service");
	for (size_t i = 0; i < LEND_ARRAY_SIZE(sources); i++)
		read_assignment(fs, sources[i], "ON_SHUTDOWN", ret->guests_action);
	if (!*ret->guests_action)
		(void)strcpy(ret->guests_action, "suspend");
	read_assignment(fs, "etc/libvirt/qemu.conf", "auto_shutdown_try_save", ret->daemon_save);
	read_assignment(fs, "etc/libvirt/qemu.conf", "auto_shutdown_try_shutdown", ret->daemon_shutdown);
	read_assignment(fs, "etc/libvirt/qemu.conf", "auto_shutdown_poweroff", ret->daemon_poweroff);
}

void lend_readiness_read(const struct lend_fs *fs, struct lend_readiness *ret)
{
	*ret = (struct lend_readiness){ 0 };
	read_cpu(fs, ret);
	read_iommu(fs, ret);
	ret->has_vfio = lend_fs_exists(fs, "sys/bus/pci/drivers/vfio-pci") || has_module(fs, "vfio-pci");
	read_hook(fs, ret);
	read_processes(fs, ret);
	read_shutdown(fs, ret);
}
