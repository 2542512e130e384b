/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fake kernel. Its rules are those of Documentation/ABI/testing/sysfs-bus-pci and of what Linux 6.1 was seen to do.
 */
#include "fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_console.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "test.h"

/* Counters that a child of the code under test moves too. */
struct faults {
	unsigned changes, nth;
	enum fake_fault fault;
	int victim;
};

struct fake_kernel {
	char root[64];
	char text[4096]; /* what fake_read() and fake_driver() lend */
	struct lend_fs *fs;
	struct faults *faults; /* shared memory */
};

struct path {
	char text[PATH_MAX];
};

__attribute__((format(printf, 2, 3))) static struct path at(const struct fake_kernel *kernel, const char *format, ...)
{
	struct path ret;
	va_list arguments;
	int length = snprintf(ret.text, sizeof(ret.text), "%s/", kernel->root);

	va_start(arguments, format);
	(void)vsnprintf(ret.text + length, sizeof(ret.text) - (size_t)length, format, arguments);
	va_end(arguments);
	return ret;
}

static void make_parents(const char *path)
{
	char partial[PATH_MAX];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		(void)snprintf(partial, sizeof(partial), "%.*s", (int)(slash - path), path);
		if (mkdir(partial, 0755) < 0)
			assert_int_equal(errno, EEXIST);
	}
}

static void put(const char *path, const char *text)
{
	FILE *file;

	make_parents(path);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void put_link(const char *path, const char *target)
{
	make_parents(path);
	(void)unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

static bool get(const char *path, char *ret, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file)
		return false;
	n = fread(ret, 1, size - 1, file);
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	(void)fclose(file);
	return true;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Which driver a probe of @address finds: the override's, or what the bus would match. */
static bool match_driver(const struct fake_kernel *kernel, const char *address, char *ret, size_t size)
{
	if (get(at(kernel, "sys/bus/pci/devices/%s/driver_override", address).text, ret, size) &&
	    strcmp(ret, "(null)") != 0)
		return true;
	return get(at(kernel, "fake/default/%s", address).text, ret, size);
}

static void bind(struct fake_kernel *kernel, const char *address, const char *driver)
{
	char target[PATH_MAX];

	(void)snprintf(target, sizeof(target), "../../drivers/%s", driver);
	put_link(at(kernel, "sys/bus/pci/devices/%s/driver", address).text, target);
	fake_console_bound(kernel, address, driver);
}

/* As long as fake_slow() says. */
static void take_time(struct fake_kernel *kernel, const char *driver)
{
	char ms[16];

	if (get(at(kernel, "fake/slow/%s", driver).text, ms, sizeof(ms)))
		(void)usleep((useconds_t)atoi(ms) * 1000);
}

/* The kernel says nothing when no driver takes the function: store_drivers_probe() returns the count all the same. */
static int write_probe(struct fake_kernel *kernel, const char *address)
{
	char driver[128];

	if (!exists(at(kernel, "sys/bus/pci/devices/%s", address).text))
		return -ENODEV;
	if (exists(at(kernel, "sys/bus/pci/devices/%s/driver", address).text) ||
	    !match_driver(kernel, address, driver, sizeof(driver)) ||
	    !exists(at(kernel, "sys/bus/pci/drivers/%s", driver).text) ||
	    exists(at(kernel, "fake/probe-fails/%s", driver).text))
		return 1;
	take_time(kernel, driver);
	bind(kernel, address, driver);
	return 1;
}

static int write_unbind(struct fake_kernel *kernel, const char *path, const char *text)
{
	const struct path link = at(kernel, "sys/bus/pci/devices/%s/driver", text);
	char expected[256], driver[256];
	ssize_t n;

	/* The program always goes through the function's own link, …/devices/ADDRESS/driver/unbind. */
	(void)snprintf(expected, sizeof(expected), "sys/bus/pci/devices/%s/driver/unbind", text);
	if (strcmp(path, expected) != 0)
		return -ENODEV;
	n = readlink(link.text, driver, sizeof(driver) - 1);
	if (n < 0)
		return -ENOENT;
	driver[n] = '\0';
	if (exists(at(kernel, "fake/unbind-fails/%s", text).text))
		return -EIO;
	/* The link goes before remove() is called, so a hanging driver shows none. */
	assert_int_equal(unlink(link.text), 0);
	fake_console_bound(kernel, text, "");
	take_time(kernel, strrchr(driver, '/') + 1);
	while (exists(at(kernel, "fake/unbind-hangs/%s", strrchr(driver, '/') + 1).text))
		(void)usleep(1000);
	return 1;
}

/* The lines of a function's BARs, of which one is there. */
static void put_bar(struct fake_kernel *kernel, const char *address, unsigned bar, uint64_t size)
{
	char table[13 * 64] = "";

	for (unsigned i = 0; i < 13; i++)
		(void)snprintf(table + strlen(table), 64, "0x%016" PRIx64 " 0x%016" PRIx64 " 0x%016x\n",
			       i == bar ? UINT64_C(0x4000000000) : 0, i == bar ? UINT64_C(0x4000000000) + size - 1 : 0,
			       i == bar ? 0x14220c : 0);
	put(at(kernel, "sys/bus/pci/devices/%s/resource", address).text, table);
}

/* "14": 16 GiB. The attribute shows what is possible before and after. */
static int write_resize(struct fake_kernel *kernel, const char *path, const char *text)
{
	char address[32], sizes[32], room[32];
	const uint64_t mib = 1ULL << strtoul(text, NULL, 10);
	unsigned bar;

	assert_int_equal(sscanf(path, "sys/bus/pci/devices/%31[^/]/resource%u_resize", address, &bar), 2);
	if (exists(at(kernel, "sys/bus/pci/devices/%s/driver", address).text))
		return -EBUSY;
	assert_true(get(at(kernel, "%s", path).text, sizes, sizeof(sizes)));
	assert_true(get(at(kernel, "fake/bar-room/%s", address).text, room, sizeof(room)));
	if (!(strtoull(sizes, NULL, 16) & mib))
		return -EINVAL;
	if (mib > strtoull(room, NULL, 10))
		return -ENOSPC;
	if (!exists(at(kernel, "fake/stuck/%s", path).text))
		put_bar(kernel, address, bar, mib << 20);
	return 1;
}

/* "0000:03:00.0", 2 -> "0000:03:00.2" */
static void name_virtual(const char *address, unsigned function, char ret[static 32])
{
	(void)snprintf(ret, 32, "%.*s%u", (int)strlen(address) - 1, address, function);
}

/* sriov_numvfs_store(): from one number to another the way leads over none. */
static int write_numvfs(struct fake_kernel *kernel, const char *path, const char *text)
{
	char address[32], now[16], total[16], virtual[32], link[128];
	unsigned had, wanted = (unsigned)atoi(text);

	assert_int_equal(sscanf(path, "sys/bus/pci/devices/%31[^/]", address), 1);
	assert_true(get(at(kernel, "%s", path).text, now, sizeof(now)));
	assert_true(get(at(kernel, "sys/bus/pci/devices/%s/sriov_totalvfs", address).text, total, sizeof(total)));
	had = (unsigned)atoi(now);
	if (!exists(at(kernel, "sys/bus/pci/devices/%s/driver", address).text))
		return -ENOENT;
	if (wanted > (unsigned)atoi(total))
		return -ERANGE;
	if (had && wanted)
		return -EBUSY;
	for (unsigned i = 0; i < had + wanted; i++) {
		name_virtual(address, i + 1, virtual);
		(void)snprintf(link, sizeof(link), "sys/bus/pci/devices/%s/virtfn%u", address, i);
		if (had) {
			(void)snprintf(link, sizeof(link), "sys/bus/pci/devices/%s", virtual);
			fake_remove(kernel, link);
			(void)unlink(at(kernel, "sys/bus/pci/devices/%s/virtfn%u", address, i).text);
			continue;
		}
		fake_function(kernel, virtual, 0x020000, 40 + (int)i, NULL);
		put_link(at(kernel, "%s", link).text, at(kernel, "sys/bus/pci/devices/%s", virtual).text);
		put_link(at(kernel, "sys/bus/pci/devices/%s/physfn", virtual).text, address);
	}
	put(at(kernel, "%s", path).text, text);
	return 1;
}

/* The content is there as long as it is switched on. */
static int write_rom(struct fake_kernel *kernel, const char *path, const char *text)
{
	const struct path content = at(kernel, "fake/roms/%s", path), attribute = at(kernel, "%s", path);

	if (strcmp(text, "1") == 0)
		assert_int_equal(rename(content.text, attribute.text), 0);
	else
		assert_int_equal(rename(attribute.text, content.text), 0);
	if (strcmp(text, "1") != 0)
		put(attribute.text, "");
	return 1;
}

/* The event goes to who listens; the file still tells what the node is called. */
static int write_uevent(struct fake_kernel *kernel, const char *path, const char *text)
{
	FILE *file = fopen(at(kernel, "fake/uevents").text, "ae");
	char pid[16], directory[64];

	assert_non_null(file);
	fprintf(file, "%s %.*s; ", text, (int)(strrchr(path, '/') - path), path);
	assert_int_equal(fclose(file), 0);
	if (strcmp(text, "remove") == 0 && get(at(kernel, "fake/lets-go").text, pid, sizeof(pid))) {
		(void)snprintf(directory, sizeof(directory), "proc/%s/fd/12", pid);
		fake_remove(kernel, directory);
	}
	return 1;
}

static int write_attribute(struct fake_kernel *kernel, const char *path, const char *text)
{
	const struct path file = at(kernel, "%s", path);
	const char *name = strrchr(path, '/') + 1;

	if (strcmp(path, "sys/bus/pci/drivers_probe") == 0)
		return write_probe(kernel, text);
	if (!exists(at(kernel, "fake/stuck/%s", path).text) && fake_console_write(kernel, path))
		return 1;
	if (strcmp(name, "unbind") == 0 && strncmp(path, "sys/bus/pci/", strlen("sys/bus/pci/")) == 0)
		return write_unbind(kernel, path, text);
	if (!exists(file.text))
		return 0;
	if (strcmp(name, "sriov_numvfs") == 0)
		return write_numvfs(kernel, path, text);
	if (lend_text_ends_with(name, "_resize"))
		return write_resize(kernel, path, text);
	if (strcmp(name, "uevent") == 0)
		return write_uevent(kernel, path, text);
	if (strcmp(name, "rom") == 0)
		return write_rom(kernel, path, text);
	if (exists(at(kernel, "fake/stuck/%s", path).text))
		return 1;
	if (strcmp(name, "driver_override") == 0)
		put(file.text, strcmp(text, "\n") == 0 ? "(null)\n" : text);
	else if (strcmp(path, FAKE_CONSOLE "/bind") == 0)
		fake_console_bind(kernel, strcmp(text, "1") == 0);
	else
		put(file.text, text);
	return 1;
}

/* Returns -errno when the fault is a failure; does not return from the others. */
static int maybe_fault(struct faults *faults, enum lend_change_kind kind)
{
	/* Several children may be at it at once. */
	if (__atomic_add_fetch(&faults->changes, 1, __ATOMIC_SEQ_CST) != faults->nth)
		return 0;
	/* The journal lies in memory and does not hang, and systemd has deadlines: only the kernel hangs. */
	if (faults->fault == FAKE_FAULT_HANG && kind != LEND_CHANGE_WRITE && kind != LEND_CHANGE_MODULE)
		return 0;
	switch (faults->fault) {
	case FAKE_FAULT_FAIL:
		return -EIO;
	case FAKE_FAULT_HANG:
		for (;;)
			(void)pause();
	case FAKE_FAULT_KILL:
		(void)kill(faults->victim, SIGKILL);
		(void)kill(getpid(), SIGKILL);
		for (;;)
			(void)pause();
	case FAKE_FAULT_NONE:
		break;
	}
	return 0;
}

/* A unit that stops takes its process along. */
static int write_unit(struct fake_kernel *kernel, const char *unit, const char *verb)
{
	char pid[16], directory[64];

	if (!exists(at(kernel, "fake/units/%s", unit).text))
		return -ENOENT;
	if (strcmp(verb, "stop") == 0 && get(at(kernel, "fake/units/%s", unit).text, pid, sizeof(pid))) {
		(void)snprintf(directory, sizeof(directory), "proc/%s", pid);
		fake_remove(kernel, directory);
	}
	put(at(kernel, "fake/unit-states/%s", unit).text, strcmp(verb, "stop") == 0 ? "stopped" : "started");
	return 1;
}

static int change(void *userdata, enum lend_change_kind kind, const char *path, const char *text)
{
	struct fake_kernel *kernel = userdata;
	int r = maybe_fault(kernel->faults, kind);

	if (r < 0)
		return r;
	if (kind == LEND_CHANGE_REPLACE && exists(at(kernel, "fake/journal-is-full").text))
		return -ENOSPC;
	while (exists(at(kernel, "fake/hangs/%s%s", kind == LEND_CHANGE_MODULE ? "module/" : "", path).text))
		(void)usleep(1000);
	if (kind == LEND_CHANGE_UNIT)
		return write_unit(kernel, path, text);
	/* A session's scope ends with it. */
	if (kind == LEND_CHANGE_SESSION)
		return write_unit(kernel, path, "stop");
	if (kind == LEND_CHANGE_MODULE) {
		char driver[128];

		if (!get(at(kernel, "fake/modules/%s", path).text, driver, sizeof(driver)))
			return -ENOENT;
		make_parents(at(kernel, "sys/bus/pci/drivers/%s/x", driver).text);
		return 1;
	}
	if (kind == LEND_CHANGE_WRITE)
		return write_attribute(kernel, path, text);
	return 0;
}

struct fake_kernel *fake_kernel_new(void)
{
	struct fake_kernel *kernel = calloc(1, sizeof(*kernel));

	assert_non_null(kernel);
	(void)snprintf(kernel->root, sizeof(kernel->root), "/dev/shm/lendpci-test-XXXXXX");
	assert_non_null(mkdtemp(kernel->root));
	kernel->faults = mmap(NULL, sizeof(*kernel->faults), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(kernel->faults, MAP_FAILED);
	make_parents(at(kernel, "run/x").text);
	make_parents(at(kernel, "proc/x").text);
	make_parents(at(kernel, "fake/x").text);
	make_parents(at(kernel, "sys/kernel/iommu_groups/x").text);
	put(at(kernel, "sys/bus/pci/drivers_probe").text, "");
	fake_console_begin(kernel);
	assert_done(lend_fs_new(kernel->root, &kernel->fs, error));
	lend_fs_intercept(kernel->fs, change, kernel);
	return kernel;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *where)
{
	(void)stat;
	(void)type;
	(void)where;
	return remove(path);
}

void fake_kernel_free(struct fake_kernel *kernel)
{
	(void)nftw(kernel->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	(void)munmap(kernel->faults, sizeof(*kernel->faults));
	lend_fs_free(kernel->fs);
	free(kernel);
}

const struct lend_fs *fake_kernel_fs(const struct fake_kernel *kernel)
{
	return kernel->fs;
}

void fake_function(struct fake_kernel *kernel, const char *address, unsigned class, int group, const char *driver)
{
	const struct {
		const char *name, *text;
	} attributes[] = {
		{ "vendor", "0x1234\n" },           { "device", "0x1111\n" },        { "subsystem_vendor", "0x1af4\n" },
		{ "subsystem_device", "0x1100\n" }, { "power/control", "auto\n" },   { "d3cold_allowed", "1\n" },
		{ "driver_override", "(null)\n" },  { "reset_method", "flr bus\n" },
	};
	char text[128];

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		put(at(kernel, "sys/bus/pci/devices/%s/%s", address, attributes[i].name).text, attributes[i].text);
	(void)snprintf(text, sizeof(text), "0x%06x\n", class);
	put(at(kernel, "sys/bus/pci/devices/%s/class", address).text, text);
	if (group >= 0) {
		(void)snprintf(text, sizeof(text), "../../../../kernel/iommu_groups/%d", group);
		put_link(at(kernel, "sys/bus/pci/devices/%s/iommu_group", address).text, text);
		put_link(at(kernel, "sys/kernel/iommu_groups/%d/devices/%s", group, address).text, "x");
	}
	if (driver) {
		put(at(kernel, "fake/default/%s", address).text, driver);
		make_parents(at(kernel, "sys/bus/pci/drivers/%s/x", driver).text);
		bind(kernel, address, driver);
	}
}

void fake_module(struct fake_kernel *kernel, const char *module, const char *driver)
{
	char target[PATH_MAX];

	(void)snprintf(target, sizeof(target), "../../../../module/%s", module);
	put(at(kernel, "fake/modules/%s", module).text, driver);
	put_link(at(kernel, "sys/bus/pci/drivers/%s/module", driver).text, target);
}

struct fake_kernel *fake_kernel_with_gpu(void)
{
	struct fake_kernel *kernel = fake_kernel_new();

	make_parents(at(kernel, "sys/bus/pci/drivers/vfio-pci/x").text);
	fake_function(kernel, "0000:01:00.0", 0x030000, 7, "bochs-drm");
	fake_function(kernel, "0000:01:00.1", 0x040300, 7, "snd_hda_intel");
	fake_framebuffer(kernel, "0000:01:00.0", "bochs-drm");
	return kernel;
}

void fake_attribute(struct fake_kernel *kernel, const char *path, const char *text)
{
	put(at(kernel, "%s", path).text, text);
}

void fake_resizable_bar(struct fake_kernel *kernel, const char *address, unsigned bar, unsigned mib, unsigned sizes,
			unsigned room)
{
	char text[32];

	put_bar(kernel, address, bar, (uint64_t)mib << 20);
	(void)snprintf(text, sizeof(text), "%016x\n", sizes);
	put(at(kernel, "sys/bus/pci/devices/%s/resource%u_resize", address, bar).text, text);
	(void)snprintf(text, sizeof(text), "%u", room);
	put(at(kernel, "fake/bar-room/%s", address).text, text);
}

void fake_virtual_functions(struct fake_kernel *kernel, const char *address, unsigned total)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u\n", total);
	put(at(kernel, "sys/bus/pci/devices/%s/sriov_totalvfs", address).text, text);
	put(at(kernel, "sys/bus/pci/devices/%s/sriov_numvfs", address).text, "0\n");
}

void fake_rom(struct fake_kernel *kernel, const char *address, uint64_t start, const void *bytes, size_t size)
{
	struct path path = at(kernel, "fake/roms/sys/bus/pci/devices/%s/rom", address);
	char table[7 * 64] = "";
	FILE *file;

	for (int i = 0; i < 6; i++)
		strcat(table, "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
	(void)snprintf(table + strlen(table), 64, "0x%016" PRIx64 " 0x%016" PRIx64 " 0x0000000000046200\n", start,
		       start + 0xffff);
	put(at(kernel, "sys/bus/pci/devices/%s/resource", address).text, table);
	put(at(kernel, "sys/bus/pci/devices/%s/rom", address).text, "");
	make_parents(path.text);
	file = fopen(path.text, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

void fake_link(struct fake_kernel *kernel, const char *path, const char *target)
{
	put_link(at(kernel, "%s", path).text, target);
}

void fake_remove(struct fake_kernel *kernel, const char *path)
{
	(void)nftw(at(kernel, "%s", path).text, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *fake_driver(struct fake_kernel *kernel, const char *address)
{
	char target[PATH_MAX];
	ssize_t n = readlink(at(kernel, "sys/bus/pci/devices/%s/driver", address).text, target, sizeof(target) - 1);

	if (n < 0)
		return "";
	target[n] = '\0';
	(void)snprintf(kernel->text, sizeof(kernel->text), "%.255s", strrchr(target, '/') + 1);
	return kernel->text;
}

const char *fake_read(struct fake_kernel *kernel, const char *path)
{
	if (!get(at(kernel, "%s", path).text, kernel->text, sizeof(kernel->text)))
		return "(absent)";
	return kernel->text;
}

static void set_flag(struct fake_kernel *kernel, const char *kind, const char *name, bool on)
{
	if (on)
		put(at(kernel, "fake/%s/%s", kind, name).text, "");
	else
		(void)unlink(at(kernel, "fake/%s/%s", kind, name).text);
}

void fake_probe_fails(struct fake_kernel *kernel, const char *driver, bool fails)
{
	set_flag(kernel, "probe-fails", driver, fails);
}

void fake_unbind_hangs(struct fake_kernel *kernel, const char *driver, bool hangs)
{
	set_flag(kernel, "unbind-hangs", driver, hangs);
}

void fake_unbind_fails(struct fake_kernel *kernel, const char *address, bool fails)
{
	set_flag(kernel, "unbind-fails", address, fails);
}

void fake_attribute_hangs(struct fake_kernel *kernel, const char *path, bool hangs)
{
	set_flag(kernel, "hangs", path, hangs);
}

void fake_journal_is_full(struct fake_kernel *kernel, bool full)
{
	set_flag(kernel, ".", "journal-is-full", full);
}

void fake_slow(struct fake_kernel *kernel, const char *driver, unsigned ms)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", ms);
	put(at(kernel, "fake/slow/%s", driver).text, text);
}

void fake_stuck_attribute(struct fake_kernel *kernel, const char *path)
{
	set_flag(kernel, "stuck", path, true);
}

void fake_process(struct fake_kernel *kernel, int pid, const char *command, const char *uuid, const char *node)
{
	char text[512];
	FILE *file;

	(void)snprintf(text, sizeof(text), "%d (%s) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0\n", pid, command,
		       pid * 10);
	put(at(kernel, "proc/%d/stat", pid).text, text);
	put(at(kernel, "proc/%d/comm", pid).text, command);
	put(at(kernel, "proc/%d/cgroup", pid).text, "0::/machine.slice/machine-test.scope\n");
	put(at(kernel, "proc/%d/maps", pid).text, "");
	make_parents(at(kernel, "proc/%d/fd/x", pid).text);
	if (node)
		put_link(at(kernel, "proc/%d/fd/12", pid).text, node);

	file = fopen(at(kernel, "proc/%d/cmdline", pid).text, "we");
	assert_non_null(file);
	fprintf(file, "%s%c-name%cguest%c-uuid%c%s%c", command, 0, 0, 0, 0, uuid ? uuid : "none", 0);
	assert_int_equal(fclose(file), 0);
}

void fake_process_ends(struct fake_kernel *kernel, int pid)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "proc/%d", pid);
	fake_remove(kernel, path);
}

void fake_lets_go(struct fake_kernel *kernel, int pid)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", pid);
	put(at(kernel, "fake/lets-go").text, text);
}

void fake_unit(struct fake_kernel *kernel, const char *unit, int pid)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "0::/system.slice/%s\n", unit);
	put(at(kernel, "proc/%d/cgroup", pid).text, text);
	(void)snprintf(text, sizeof(text), "%d", pid);
	put(at(kernel, "fake/units/%s", unit).text, text);
}

void fake_fault_at(struct fake_kernel *kernel, unsigned nth, enum fake_fault fault, int victim)
{
	*kernel->faults = (struct faults){ .nth = nth, .fault = fault, .victim = victim };
}

unsigned fake_changes(struct fake_kernel *kernel)
{
	return kernel->faults->changes;
}

/* Every attribute in and below a function's directory, so that no step's change goes unseen. */
static void dump_below(struct fake_kernel *kernel, const char *path, FILE *out)
{
	char **names = NULL;

	assert_done(lend_fs_list(kernel->fs, path, &names, NULL, error));
	for (char **name = names; *name; name++) {
		char below[512];
		struct stat stat;

		(void)snprintf(below, sizeof(below), "%s/%s", path, *name);
		assert_int_equal(lstat(at(kernel, "%s", below).text, &stat), 0);
		if (S_ISDIR(stat.st_mode))
			dump_below(kernel, below, out);
		else if (S_ISREG(stat.st_mode))
			fprintf(out, " %s=%s", *name, fake_read(kernel, below));
	}
	lend_fs_names_free(names);
}

char *fake_dump(struct fake_kernel *kernel)
{
	char **names = NULL, *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_done(lend_fs_list(kernel->fs, "sys/bus/pci/devices", &names, NULL, error));
	for (char **name = names; *name; name++) {
		char path[256];

		fprintf(out, "%s: driver=%s", *name, fake_driver(kernel, *name));
		(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", *name);
		dump_below(kernel, path, out);
		fputc('\n', out);
	}
	lend_fs_names_free(names);
	fake_console_dump(kernel, out);
	assert_int_equal(fclose(out), 0);
	return text;
}
