/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a machine's description to its sysfs tree.
 *
 * The plan: what the kernel shows of each function is written here and nowhere else,
 *
 *	sys/devices/pciDDDD:BB/…/ADDRESS/{vendor,device,subsystem_vendor,subsystem_device,class,resource,config}
 *	sys/devices/…/ADDRESS/{driver,iommu_group,physfn,virtfnN}		relative links, as the kernel's
 *	sys/devices/…/ADDRESS/{driver_override,power/control,resourceN_resize}
 *	sys/bus/pci/{devices,drivers/DRIVER}/ADDRESS				links
 *	sys/kernel/iommu_groups/N/{type,reserved_regions,devices/ADDRESS}
 */
#include "machine.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "lendpci/base/cleanup.h"
#include "machine_internal.h"

enum { WORDS_MAX = 40 };

void machine_wrong(const struct machine *machine, const char *format, ...)
{
	va_list arguments;

	(void)fprintf(stderr, "%s:%d: ", machine->description, machine->line);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	exit(1);
}

static void make_parents(const struct machine *machine, const char *path)
{
	char partial[PATH_MAX];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		(void)snprintf(partial, sizeof(partial), "%.*s", (int)(slash - path), path);
		if (mkdirat(machine->root, partial, 0755) < 0 && errno != EEXIST)
			machine_wrong(machine, "mkdir %s: %s", partial, strerror(errno));
	}
}

FILE *machine_create(const struct machine *machine, const char *path)
{
	int fd;

	make_parents(machine, path);
	fd = openat(machine->root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		machine_wrong(machine, "%s: %s", path, strerror(errno));
	return fdopen(fd, "w");
}

void machine_put(const struct machine *machine, const char *path, const char *format, ...)
{
	_cleanup_fclose_ FILE *file = machine_create(machine, path);
	va_list arguments;

	va_start(arguments, format);
	(void)vfprintf(file, format, arguments);
	va_end(arguments);
}

void machine_link(const struct machine *machine, const char *path, const char *target)
{
	char relative[PATH_MAX] = "";

	make_parents(machine, path);
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
		(void)strncat(relative, "../", sizeof(relative) - strlen(relative) - 1);
	(void)strncat(relative, target, sizeof(relative) - strlen(relative) - 1);
	if (symlinkat(relative, machine->root, path) < 0)
		machine_wrong(machine, "link %s: %s", path, strerror(errno));
}

void machine_raw_link(const struct machine *machine, const char *path, const char *target)
{
	make_parents(machine, path);
	if (symlinkat(target, machine->root, path) < 0)
		machine_wrong(machine, "raw-link %s: %s", path, strerror(errno));
}

const char *machine_attribute(const struct machine *machine, const char *name)
{
	static char path[PATH_MAX + 64];

	(void)snprintf(path, sizeof(path), "%s/%s", machine->function->directory, name);
	return path;
}

void machine_directory(const struct machine *machine, const char *address, char *ret, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", address);
	n = readlinkat(machine->root, path, target, sizeof(target) - 1);
	if (n < 0)
		machine_wrong(machine, "%s has not been described yet", address);
	target[n] = '\0';
	(void)snprintf(ret, size, "%s", target + strlen("../../../../"));
}

/* A card that fell off the bus reads as all ones. */
static void finish_config(const struct machine *machine)
{
	struct function *function = machine->function;
	_cleanup_fclose_ FILE *file = NULL;

	if (!function->config.size)
		return;
	if (function->all_ones)
		memset(function->config.bytes, 0xff, sizeof(function->config.bytes));
	file = machine_create(machine, machine_attribute(machine, "config"));
	(void)fwrite(function->config.bytes, 1, function->config.size, file);
}

static void finish_function(struct machine *machine)
{
	struct function *function = machine->function;
	_cleanup_fclose_ FILE *file = NULL;

	if (!function)
		return;
	file = machine_create(machine, machine_attribute(machine, "resource"));
	/* 13 lines: BAR 0 to 5, the ROM, six BARs of virtual functions. */
	for (size_t i = 0; i < 13; i++) {
		const struct range range =
			i < LEND_ARRAY_SIZE(function->ranges) ? function->ranges[i] : (struct range){ 0 };

		(void)fprintf(file, "0x%016" PRIx64 " 0x%016" PRIx64 " 0x%016" PRIx64 "\n", range.start,
			      range.size ? range.start + range.size - 1 : 0, range.flags);
	}
	finish_config(machine);
	free(function);
	machine->function = NULL;
}

/* ADDRESS [[root] below ADDRESS] */
static void begin_function(struct machine *machine, char **words, int count)
{
	struct function *function = calloc(1, sizeof(*function));
	char parent[PATH_MAX], link[64];
	unsigned domain, bus;

	if (!function || sscanf(words[0], "%x:%x:", &domain, &bus) != 2)
		machine_wrong(machine, "'%s' is not an address", words[0]);
	(void)snprintf(parent, sizeof(parent), "sys/devices");
	if (count >= 3 && strcmp(words[count - 2], "below") == 0)
		machine_directory(machine, words[count - 1], parent, sizeof(parent));
	if (count == 1 || strcmp(words[1], "root") == 0)
		(void)snprintf(parent + strlen(parent), sizeof(parent) - strlen(parent), "/pci%04x:%02x", domain, bus);

	(void)snprintf(function->address, sizeof(function->address), "%s", words[0]);
	(void)snprintf(function->directory, sizeof(function->directory), "%.*s/%s", PATH_MAX - 32, parent, words[0]);
	config_space_begin(&function->config);
	machine->function = function;

	(void)snprintf(link, sizeof(link), "sys/bus/pci/devices/%s", words[0]);
	machine_link(machine, link, function->directory);
	machine_put(machine, machine_attribute(machine, "driver_override"), "(null)\n");
	machine_put(machine, machine_attribute(machine, "power/control"), "on\n");
	machine_put(machine, machine_attribute(machine, "subsystem_vendor"), "0x0000\n");
	machine_put(machine, machine_attribute(machine, "subsystem_device"), "0x0000\n");
}

static int split(char *line, char **ret)
{
	char *save = NULL;
	int count = 0;

	for (char *word = strtok_r(line, " \t\n", &save); word && count < WORDS_MAX;
	     word = strtok_r(NULL, " \t\n", &save))
		ret[count++] = word;
	return count;
}

static void read_inner_line(struct machine *machine, char *line)
{
	char *words[WORDS_MAX];
	int count;

	if (machine->file) {
		(void)fputs(line + 1, machine->file);
		return;
	}
	count = split(line, words);
	if (!machine->function || !count)
		machine_wrong(machine, "expected an address before this line, and a word on it");
	machine_say(machine, words[0], words + 1, count - 1);
}

static void read_outer_line(struct machine *machine, char *line);

static void read_line(struct machine *machine, char *line)
{
	if (*line == '\t')
		read_inner_line(machine, line);
	else if (*line != '#')
		read_outer_line(machine, line);
}

/* A whole description. */
static void read_text(struct machine *machine, FILE *text)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, text) >= 0) {
		machine->line++;
		if (*line != '\t' || !machine->file)
			(void)fputs(line, machine->told);
		read_line(machine, line);
	}
	read_outer_line(machine, strcpy(line, ""));
}

/* include NAME */
static void include(struct machine *machine, const char *name)
{
	const char *outer = machine->description, *slash = strrchr(outer, '/');
	const int line = machine->line;
	_cleanup_fclose_ FILE *text = NULL;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%.*s%s.machine", slash ? (int)(slash - outer) + 1 : 0, outer, name);
	text = fopen(path, "re");
	if (!text)
		machine_wrong(machine, "%s: %s", path, strerror(errno));
	machine->description = path;
	machine->line = 0;
	read_text(machine, text);
	machine->description = outer;
	machine->line = line;
}

/* again ADDRESS BUS… */
static void repeat(struct machine *machine, char **words, int count)
{
	for (int i = 2; i < count; i++) {
		_cleanup_free_ char *lines = machine_again(machine, words[1], words[i]);
		char *save = NULL;

		for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
			read_line(machine, line);
	}
}

static void read_outer_line(struct machine *machine, char *line)
{
	char *words[WORDS_MAX];
	int count = split(line, words);

	finish_function(machine);
	if (machine->file)
		(void)fclose(machine->file);
	machine->file = NULL;

	if (count == 2 && strcmp(words[0], "file") == 0)
		machine->file = machine_create(machine, words[1]);
	else if (count == 3 && strcmp(words[0], "link") == 0)
		machine_link(machine, words[1], words[2]);
	else if (count == 3 && strcmp(words[0], "raw-link") == 0)
		machine_raw_link(machine, words[1], words[2]);
	else if (count == 2 && strcmp(words[0], "include") == 0)
		include(machine, words[1]);
	else if (count >= 3 && strcmp(words[0], "again") == 0)
		repeat(machine, words, count);
	else if (count)
		begin_function(machine, words, count);
}

void machine_build(const char *description, const char *directory)
{
	struct machine machine = { .description = description };
	_cleanup_fclose_ FILE *text = fopen(description, "re");
	_cleanup_close_ int root = -1;

	if (!text)
		err(1, "%s", description);
	machine.root = root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		err(1, "%s", directory);
	machine.told = open_memstream(&machine.text, &machine.size);
	if (!machine.told)
		err(1, "open_memstream");
	make_parents(&machine, "sys/bus/pci/devices/");
	make_parents(&machine, "proc/");
	read_text(&machine, text);
	(void)fclose(machine.told);
	free(machine.text);
}

char *machine_new(const char *name)
{
	char description[PATH_MAX], *directory = strdup("/dev/shm/lendpci-machine-XXXXXX");

	if (!directory || !mkdtemp(directory))
		err(1, "mkdtemp");
	(void)snprintf(description, sizeof(description), TESTS_DATA "/machines/%s.machine", name);
	machine_build(description, directory);
	return directory;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *where)
{
	(void)stat;
	(void)type;
	(void)where;
	return remove(path);
}

void machine_free(char *directory)
{
	if (directory)
		(void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(directory);
}
