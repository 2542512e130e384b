/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host as a whole: every function once, and who shows its screen. */
#include "lendpci/know/host/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"

/* A large server's /proc/iomem has some thousand lines. */
enum { IOMEM_MAX = 4 * 1024 * 1024 };

void lend_machine_clear(struct lend_machine *machine)
{
	free(machine->functions);
	free(machine->by_group);
	lend_addresses_clear(&machine->screens);
	*machine = (struct lend_machine){ 0 };
}

static int compare_groups(const void *a, const void *b)
{
	const struct lend_function *left = *(const struct lend_function *const *)a;
	const struct lend_function *right = *(const struct lend_function *const *)b;

	if (left->iommu_group != right->iommu_group)
		return left->iommu_group < right->iommu_group ? -1 : 1;
	return lend_address_compare(left->address, right->address);
}

static int read_functions(const struct lend_fs *fs, struct lend_machine *machine, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	int r;

	r = lend_functions_list(fs, &addresses, error);
	if (r < 0)
		return r;
	machine->functions = calloc(addresses.count + 1, sizeof(*machine->functions));
	machine->by_group = calloc(addresses.count + 1, sizeof(*machine->by_group));
	if (!machine->functions || !machine->by_group)
		return lend_error_set(error, -ENOMEM, "out of memory for %zu PCI functions", addresses.count);

	for (size_t i = 0; i < addresses.count; i++) {
		r = lend_function_read(fs, addresses.items[i], &machine->functions[machine->count], error);
		if (r == -ENODEV)
			continue;
		if (r < 0)
			return r;
		machine->by_group[machine->count] = &machine->functions[machine->count];
		machine->count++;
	}
	qsort(machine->by_group, machine->count, sizeof(const struct lend_function *), compare_groups);
	return 0;
}

static int add_screen(struct lend_machine *machine, struct lend_address address, struct lend_error *error)
{
	if (lend_addresses_contain(&machine->screens, address))
		return 0;
	if (lend_addresses_add(&machine->screens, address) < 0)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", lend_address_text(address).text);
	return 0;
}

static int find_boot_vga(const struct lend_fs *fs, struct lend_machine *machine, struct lend_error *error)
{
	for (size_t i = 0; i < machine->count; i++) {
		const struct lend_address address = machine->functions[i].address;
		char text[8];
		int r;

		if (!lend_function_is_gpu(&machine->functions[i]))
			continue;
		if (lend_fs_read(fs, lend_function_path(address, "boot_vga").text, text, sizeof(text), NULL) < 0 ||
		    strcmp(text, "1") != 0)
			continue;
		r = add_screen(machine, address, error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What the kernel calls a framebuffer that firmware set up, in /proc/iomem. */
static bool is_firmware_framebuffer(const char *name)
{
	static const char *const names[] = {
		"efifb", "vesafb", "simplefb", "simple-framebuffer", "simpledrm", "BOOTFB"
	};

	for (size_t i = 0; i < LEND_ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/*
 * /proc/iomem is a tree by indentation, two blanks a level:
 *
 *	c0000000-cfffffff : 0000:01:00.0
 *	  c0000000-c07e8fff : efifb
 */
static int find_framebuffers(const struct lend_fs *fs, struct lend_machine *machine, struct lend_error *error)
{
	_cleanup_free_ char *text = NULL;
	struct lend_address owner = { 0 };
	size_t owner_depth = SIZE_MAX;
	char *save = NULL;

	if (lend_fs_read_all(fs, "proc/iomem", IOMEM_MAX, &text, NULL, NULL) < 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t depth = strspn(line, " ");
		const char *name = strstr(line, " : ");
		int r;

		if (!name)
			continue;
		name += strlen(" : ");
		if (depth <= owner_depth)
			owner_depth = SIZE_MAX;
		if (lend_address_parse(name, &owner, NULL) == 0)
			owner_depth = depth;
		if (owner_depth == SIZE_MAX || !is_firmware_framebuffer(name))
			continue;
		r = add_screen(machine, owner, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int lend_machine_read(const struct lend_fs *fs, struct lend_machine *ret, struct lend_error *error)
{
	_cleanup_(lend_machine_clear) struct lend_machine machine = { .has_iommu = lend_host_has_iommu(fs) };
	int r;

	r = read_functions(fs, &machine, error);
	if (r < 0)
		return r;
	r = find_boot_vga(fs, &machine, error);
	if (r < 0)
		return r;
	r = find_framebuffers(fs, &machine, error);
	if (r < 0)
		return r;
	*ret = machine;
	machine = (struct lend_machine){ 0 };
	return 0;
}

/* The index of the first function that is not before @address. */
static size_t lower_bound(const struct lend_machine *machine, struct lend_address address)
{
	size_t low = 0, high = machine->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (lend_address_compare(machine->functions[middle].address, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct lend_function *lend_machine_find(const struct lend_machine *machine, struct lend_address address)
{
	size_t i = lower_bound(machine, address);

	if (i == machine->count || !lend_address_equal(machine->functions[i].address, address))
		return NULL;
	return &machine->functions[i];
}

const struct lend_function *const *lend_machine_group(const struct lend_machine *machine, int group, size_t *ret_count)
{
	size_t low = 0, high = machine->count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (machine->by_group[middle]->iommu_group < group)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < machine->count && machine->by_group[end]->iommu_group == group; end++)
		;
	*ret_count = group == LEND_NO_GROUP ? 0 : end - low;
	return *ret_count ? machine->by_group + low : NULL;
}

const struct lend_function *lend_machine_bus(const struct lend_machine *machine, struct lend_address address,
					     size_t *ret_count)
{
	const struct lend_address first = { .domain = address.domain, .bus = address.bus };
	size_t begin = lower_bound(machine, first), end = begin;

	while (end < machine->count && machine->functions[end].address.domain == address.domain &&
	       machine->functions[end].address.bus == address.bus)
		end++;
	*ret_count = end - begin;
	return *ret_count ? &machine->functions[begin] : NULL;
}
