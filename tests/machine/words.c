/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a machine's description that say what one function is. */
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "machine_internal.h"

static uint64_t parse_number(const struct machine *machine, const char *word, int base)
{
	char *end;
	uint64_t value = strtoull(word, &end, base);

	if (end == word || *end)
		machine_wrong(machine, "'%s' is not a number", word);
	return value;
}

/* "16M", "4K", "128G". */
static uint64_t parse_size(const struct machine *machine, const char *word)
{
	static const char units[] = "KMGT";
	char *end;
	uint64_t value = strtoull(word, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (end == word || (*end && (!unit || end[1])))
		machine_wrong(machine, "'%s' is not a size", word);
	return unit ? value << (10 * (unit - units + 1)) : value;
}

static void say_ids(struct machine *machine, char **words, int count)
{
	static const char *const names[] = { "vendor", "device", "subsystem_vendor", "subsystem_device" };

	for (int i = 0; i < count && i < 2; i++) {
		unsigned vendor, device;

		if (sscanf(words[i], "%x:%x", &vendor, &device) != 2)
			machine_wrong(machine, "'%s' are no ids", words[i]);
		machine_put(machine, machine_attribute(machine, names[2 * i]), "0x%04x\n", vendor);
		machine_put(machine, machine_attribute(machine, names[2 * i + 1]), "0x%04x\n", device);
		config_space_put(&machine->function->config, i ? PCI_SUBSYSTEM_VENDOR_ID : PCI_VENDOR_ID, 4,
				 device << 16 | vendor);
	}
}

static void say_class(struct machine *machine, char **words, int count)
{
	uint64_t code = parse_number(machine, words[0], 16);

	(void)count;
	machine_put(machine, machine_attribute(machine, "class"), "0x%06" PRIx64 "\n", code);
	config_space_put(&machine->function->config, PCI_CLASS_REVISION, 4, (uint32_t)code << 8);
}

static void say_driver(struct machine *machine, char **words, int count)
{
	char driver[64], back[128];

	(void)count;
	(void)snprintf(driver, sizeof(driver), "sys/bus/pci/drivers/%s", words[0]);
	(void)snprintf(back, sizeof(back), "%s/%s", driver, machine->function->address);
	machine_link(machine, machine_attribute(machine, "driver"), driver);
	machine_link(machine, back, machine->function->directory);
}

static void say_group(struct machine *machine, char **words, int count)
{
	char group[64], path[128];

	(void)count;
	(void)snprintf(group, sizeof(group), "sys/kernel/iommu_groups/%s", words[0]);
	machine_link(machine, machine_attribute(machine, "iommu_group"), group);
	(void)snprintf(path, sizeof(path), "%s/devices/%s", group, machine->function->address);
	machine_link(machine, path, machine->function->directory);
	(void)snprintf(path, sizeof(path), "%s/type", group);
	machine_put(machine, path, "DMA-FQ\n");
	(void)snprintf(path, sizeof(path), "%s/reserved_regions", group);
	if (faccessat(machine->root, path, F_OK, 0) < 0)
		machine_put(machine, path, "0x00000000fee00000 0x00000000feefffff msi\n");
}

/* INDEX WORDS… SIZE [@START], with the words 64, prefetchable and io; without @START it has no address. */
static void say_bar(struct machine *machine, char **words, int count)
{
	uint64_t index = parse_number(machine, words[0], 10);
	struct range range = { .flags = 0x00040200 };
	bool placed = false;

	if (index >= LEND_ARRAY_SIZE(machine->function->ranges))
		machine_wrong(machine, "BAR %" PRIu64 " does not exist", index);
	for (int i = 1; i < count; i++) {
		if (strcmp(words[i], "io") == 0)
			range.flags = 0x00040101;
		else if (strcmp(words[i], "64") == 0)
			range.flags |= 0x00100000 | PCI_BASE_ADDRESS_MEM_TYPE_64;
		else if (strcmp(words[i], "prefetchable") == 0)
			range.flags |= 0x00002000 | PCI_BASE_ADDRESS_MEM_PREFETCH;
		else if (*words[i] == '@') {
			range.start = parse_number(machine, words[i] + 1, 16);
			placed = true;
		} else
			range.size = parse_size(machine, words[i]);
	}
	if (!placed)
		range.flags |= 0x20000000; /* IORESOURCE_UNSET */
	machine->function->ranges[index] = range;
}

/* The kernel shows ROMs as prefetchable and read-only. */
static void say_rom(struct machine *machine, char **words, int count)
{
	struct range *rom = &machine->function->ranges[6];
	char index[] = "6", *bar[] = { index, words[0], count > 1 ? words[1] : NULL };

	say_bar(machine, bar, count + 1);
	rom->flags |= 0x00006000;
}

/* KIND [flr] */
static void say_pcie(struct machine *machine, char **words, int count)
{
	static const struct {
		const char *name;
		uint32_t type;
	} kinds[] = {
		{ "endpoint", PCI_EXP_TYPE_ENDPOINT },     { "legacy", PCI_EXP_TYPE_LEG_END },
		{ "integrated", PCI_EXP_TYPE_RC_END },     { "root-port", PCI_EXP_TYPE_ROOT_PORT },
		{ "upstream", PCI_EXP_TYPE_UPSTREAM },     { "downstream", PCI_EXP_TYPE_DOWNSTREAM },
		{ "pci-bridge", PCI_EXP_TYPE_PCI_BRIDGE },
	};
	struct config_space *config = &machine->function->config;
	size_t at = config_space_add(config, PCI_CAP_ID_EXP, 0x3c);

	config->size = PCI_CFG_SPACE_EXP_SIZE;
	if (count > 1 && strcmp(words[1], "flr") == 0)
		config_space_put(config, at + PCI_EXP_DEVCAP, 4, PCI_EXP_DEVCAP_FLR);
	for (size_t i = 0; i < LEND_ARRAY_SIZE(kinds); i++)
		if (strcmp(words[0], kinds[i].name) == 0) {
			config_space_put(config, at + PCI_EXP_FLAGS, 2, kinds[i].type << 4 | 2);
			return;
		}
	machine_wrong(machine, "'%s' is no PCI Express kind", words[0]);
}

/* intx msi msix af-flr multifunction */
static void say_can(struct machine *machine, char **words, int count)
{
	struct config_space *config = &machine->function->config;

	for (int i = 0; i < count; i++) {
		if (strcmp(words[i], "intx") == 0)
			config_space_put(config, PCI_INTERRUPT_PIN, 1, 1);
		else if (strcmp(words[i], "msi") == 0)
			(void)config_space_add(config, PCI_CAP_ID_MSI, 14);
		else if (strcmp(words[i], "msix") == 0)
			(void)config_space_add(config, PCI_CAP_ID_MSIX, 12);
		else if (strcmp(words[i], "af-flr") == 0)
			config_space_put(config, config_space_add(config, PCI_CAP_ID_AF, 6) + PCI_AF_CAP, 1,
					 PCI_AF_CAP_TP | PCI_AF_CAP_FLR);
		else if (strcmp(words[i], "multifunction") == 0)
			config_space_put(config, PCI_HEADER_TYPE, 1, 0x80);
		else
			machine_wrong(machine, "'%s' is nothing that a function can", words[i]);
	}
}

/* [sv] [rr] [cr] [uf]: the ACS capability and what is switched on of it. */
static void say_acs(struct machine *machine, char **words, int count)
{
	struct config_space *config = &machine->function->config;
	size_t at = config_space_add_extended(config, PCI_EXT_CAP_ID_ACS, 8);
	uint32_t on = 0;

	for (int i = 0; i < count; i++)
		on |= strcmp(words[i], "sv") == 0   ? PCI_ACS_SV
		      : strcmp(words[i], "rr") == 0 ? PCI_ACS_RR
		      : strcmp(words[i], "cr") == 0 ? PCI_ACS_CR
		      : strcmp(words[i], "uf") == 0 ? PCI_ACS_UF
						    : 0;
	config_space_put(config, at + PCI_ACS_CAP, 4, on << 16 | on);
}

/* 00-11-22-33-44-55-66-77, as lspci writes it: the Device Serial Number capability. */
static void say_serial(struct machine *machine, char **words, int count)
{
	struct config_space *config = &machine->function->config;
	size_t at = config_space_add_extended(config, PCI_EXT_CAP_ID_DSN, 12);
	unsigned byte[8];

	(void)count;
	if (sscanf(words[0], "%2x-%2x-%2x-%2x-%2x-%2x-%2x-%2x", &byte[0], &byte[1], &byte[2], &byte[3], &byte[4],
		   &byte[5], &byte[6], &byte[7]) != 8)
		machine_wrong(machine, "'%s' is no serial number", words[0]);
	/* The last byte of the text is the first one in memory. */
	for (size_t i = 0; i < LEND_ARRAY_SIZE(byte); i++)
		config_space_put(config, at + 4 + i, 1, byte[LEND_ARRAY_SIZE(byte) - 1 - i]);
}

/* An extended capability without an id, with which some cards begin their list. */
static void say_null_capability(struct machine *machine, char **words, int count)
{
	(void)words;
	(void)count;
	(void)config_space_add_extended(&machine->function->config, 0, 44);
}

/* BAR CURRENT SIZE…: one resizable BAR. */
static void say_resizable(struct machine *machine, char **words, int count)
{
	struct config_space *config = &machine->function->config;
	size_t at = config_space_add_extended(config, PCI_EXT_CAP_ID_REBAR, 12);
	uint64_t bar = parse_number(machine, words[0], 10), sizes = 0;
	char name[32];

	for (int i = 2; i < count; i++)
		sizes |= parse_size(machine, words[i]) >> 20;
	config_space_put(config, at + PCI_REBAR_CAP, 4, (uint32_t)sizes << 4);
	config_space_put(config, at + PCI_REBAR_CTRL, 4,
			 (uint32_t)bar | 1U << PCI_REBAR_CTRL_NBAR_SHIFT |
				 (uint32_t)__builtin_ctzll(parse_size(machine, words[1]) >> 20)
					 << PCI_REBAR_CTRL_BAR_SHIFT);
	(void)snprintf(name, sizeof(name), "resource%" PRIu64 "_resize", bar);
	machine_put(machine, machine_attribute(machine, name), "%016" PRIx64 "\n", sizes);
}

/* none, all-ones, or how many bytes can be read */
static void say_config(struct machine *machine, char **words, int count)
{
	(void)count;
	machine->function->all_ones = strcmp(words[0], "all-ones") == 0;
	if (strcmp(words[0], "none") == 0)
		machine->function->config.size = 0;
	else if (!machine->function->all_ones)
		machine->function->config.size = parse_number(machine, words[0], 10);
}

/* ADDRESS NUMBER: a virtual function. Its configuration space has no ids of its own. */
static void say_virtual(struct machine *machine, char **words, int count)
{
	char physical[PATH_MAX], link[PATH_MAX + 64];

	(void)count;
	machine_directory(machine, words[0], physical, sizeof(physical));
	machine_link(machine, machine_attribute(machine, "physfn"), physical);
	(void)snprintf(link, sizeof(link), "%s/virtfn%s", physical, words[1]);
	machine_link(machine, link, machine->function->directory);
	config_space_put(&machine->function->config, PCI_VENDOR_ID, 4, 0xffffffff);
}

/* NAME VALUE…: any other attribute, or one below a directory of the function. */
static void say_attribute(struct machine *machine, char **words, int count)
{
	_cleanup_fclose_ FILE *file = machine_create(machine, machine_attribute(machine, words[0]));

	for (int i = 1; i < count; i++)
		(void)fprintf(file, "%s%s", i > 1 ? " " : "", words[i]);
	(void)fputc('\n', file);
}

/* DIRECTORY MAJOR:MINOR [PARTITION]: a block device below the function, as the kernel shows one. */
static void say_disk(struct machine *machine, char **words, int count)
{
	const char *slash = strrchr(words[0], '/'), *name = slash ? slash + 1 : words[0];
	char path[PATH_MAX + 64], directory[PATH_MAX + 64], link[PATH_MAX];
	unsigned major, minor;

	if (sscanf(words[1], "%u:%u", &major, &minor) != 2)
		machine_wrong(machine, "'%s' is no device number", words[1]);
	(void)snprintf(directory, sizeof(directory), "%s", machine_attribute(machine, words[0]));
	(void)snprintf(path, sizeof(path), "%.*s/dev", PATH_MAX, directory);
	machine_put(machine, path, "%u:%u\n", major, minor);
	(void)snprintf(path, sizeof(path), "%.*s/uevent", PATH_MAX, directory);
	machine_put(machine, path, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\nDEVTYPE=%s\n", major, minor, name,
		    count > 2 ? "partition" : "disk");
	if (count > 2) {
		(void)snprintf(path, sizeof(path), "%.*s/partition", PATH_MAX, directory);
		machine_put(machine, path, "%s\n", words[2]);
	}
	(void)snprintf(path, sizeof(path), "%.*s/subsystem", PATH_MAX, directory);
	machine_link(machine, path, "sys/class/block");
	(void)snprintf(link, sizeof(link), "sys/class/block/%s", name);
	machine_link(machine, link, directory);
}

static const struct {
	const char *word;
	void (*say)(struct machine *machine, char **words, int count);
	int least; /* so many values */
} sayings[] = {
	{ "ids", say_ids, 1 },
	{ "class", say_class, 1 },
	{ "driver", say_driver, 1 },
	{ "group", say_group, 1 },
	{ "bar", say_bar, 2 },
	{ "rom", say_rom, 1 },
	{ "pcie", say_pcie, 1 },
	{ "can", say_can, 1 },
	{ "acs", say_acs, 0 },
	{ "serial", say_serial, 1 },
	{ "resizable", say_resizable, 3 },
	{ "null-capability", say_null_capability, 0 },
	{ "config", say_config, 1 },
	{ "virtual", say_virtual, 2 },
	{ "set", say_attribute, 2 },
	{ "disk", say_disk, 2 },
};

void machine_say(struct machine *machine, const char *word, char **values, int count)
{
	for (size_t i = 0; i < LEND_ARRAY_SIZE(sayings); i++)
		if (strcmp(word, sayings[i].word) == 0) {
			if (count < sayings[i].least)
				machine_wrong(machine, "'%s' needs %d values", word, sayings[i].least);
			sayings[i].say(machine, values, count);
			return;
		}
	machine_wrong(machine, "'%s' is no word of a description", word);
}
