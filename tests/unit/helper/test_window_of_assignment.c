/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Worked examples from end to end: published cards in recorded machines, and what a domain that gets all of them has to
 * be told. The expectations are not this code's: what has to be set was worked out from the published rules by a
 * program in another language that packs by brute force, the sizes by hand.
 */
#include "assignment/inject.h"
#include "assignment/make.h"

#include <errno.h>
#include <stdio.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/decide/mmio/need.h"
#include "lendpci/know/pci/bars.h"
#include "machine_fs.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define TIB (1ULL << 40)

enum { MANY = 8, SPARE_PORTS = 8, FUNCTIONS_OF_CARD = 8, LIBVIRT = 9000000 };

#define PORT(index) "<controller type='pci' index='" index "' model='pcie-root-port'/>"
#define PORTS PORT("1") PORT("2") PORT("3") PORT("4") PORT("5") PORT("6") PORT("7") PORT("8")
#define OVMF "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>"

/* 8 GiB, the host's CPU and eight empty ports; the place is the loader's. */
static const char domain_format[] = "<domain type='kvm'><memory unit='GiB'>8</memory>"
				    "<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type>%s</os>"
				    "<cpu mode='host-passthrough'/><devices>" PORTS "</devices></domain>";

enum { SEABIOS, OVMF_2022, OVMF_2025 };

static const struct firmware {
	const char *name, *loader, *package;
} firmwares[] = {
	[SEABIOS] = { "SeaBIOS", "", "" },
	[OVMF_2022] = { "OVMF 2022.11", OVMF, "2022.11-6" },
	[OVMF_2025] = { "OVMF 2025.02", OVMF, "2025.02-8" },
};

/*
 * What each card needs below 4 GiB, and which window all of them need; and what all of them and the empty ports take
 * below 4 GiB under OVMF and SeaBIOS, in whole MiB.
 */
static const struct {
	const char *machine;
	size_t count;
	uint64_t low, window;
	unsigned ovmf, seabios;
} sizes[] = {
	{ "gtx-1080", 1, 17 * MIB, 32 * GIB, 34, 49 }, { "sums/gtx-1080-x8", 8, 17 * MIB, 32 * GIB, 258, 273 },
	{ "rtx-4090", 1, 17 * MIB, 64 * GIB, 34, 49 }, { "sums/rtx-4090-x8", 8, 17 * MIB, 512 * GIB, 258, 273 },
	{ "a100", 1, 16 * MIB, 256 * GIB, 33, 33 },    { "sums/a100-x8", 8, 16 * MIB, 2 * TIB, 145, 145 },
	{ "h100", 1, 2 * MIB, 256 * GIB, 19, 19 },     { "h100-x8", 8, 2 * MIB, 2 * TIB, 33, 33 },
	{ "b200", 1, 2 * MIB, 512 * GIB, 19, 19 },     { "b200-x8", 8, 2 * MIB, 4 * TIB, 33, 33 },
	{ "arc-a770", 1, 18 * MIB, 32 * GIB, 35, 49 }, { "sums/arc-a770-x8", 8, 18 * MIB, 256 * GIB, 259, 273 },
};

static const unsigned widths[] = { 36, 39, 40, 46, 48 };

/*
 * What has to be set, by the width of an Intel host:
 *
 *	-	nothing
 *	width	maxphysaddr passed through
 *	X N	X-PciMmio64Mb and pcihole64
 *	hole N	pcihole64 alone, for SeaBIOS
 *	no	refused
 */
static const struct {
	const char *machine;
	unsigned firmware;
	const char *expected[LEND_ARRAY_SIZE(widths)];
} rows[] = {
	{ "gtx-1080", SEABIOS, { "-", "-", "-", "-", "-" } },
	{ "gtx-1080", OVMF_2022, { "-", "-", "-", "-", "-" } },
	{ "gtx-1080", OVMF_2025, { "-", "-", "-", "-", "-" } },
	{ "sums/gtx-1080-x8", SEABIOS, { "-", "-", "-", "-", "-" } },
	{ "sums/gtx-1080-x8", OVMF_2022, { "-", "-", "-", "-", "-" } },
	{ "sums/gtx-1080-x8", OVMF_2025, { "-", "-", "-", "-", "-" } },
	{ "rtx-4090", SEABIOS, { "no", "hole 64G", "hole 64G", "hole 64G", "hole 64G" } },
	{ "rtx-4090", OVMF_2022, { "no", "width", "X 64G", "width", "width" } },
	{ "rtx-4090", OVMF_2025, { "no", "width", "X 64G", "width", "width" } },
	{ "sums/rtx-4090-x8", SEABIOS, { "no", "no", "hole 512G", "hole 512G", "hole 512G" } },
	{ "sums/rtx-4090-x8", OVMF_2022, { "no", "no", "X 512G", "width", "width" } },
	{ "sums/rtx-4090-x8", OVMF_2025, { "no", "no", "X 512G", "width", "width" } },
	{ "a100", SEABIOS, { "no", "hole 256G", "hole 256G", "hole 256G", "hole 256G" } },
	{ "a100", OVMF_2022, { "no", "X 256G", "X 256G", "width", "width" } },
	{ "a100", OVMF_2025, { "no", "X 256G", "X 256G", "width", "width" } },
	{ "sums/a100-x8", SEABIOS, { "no", "no", "no", "hole 2T", "hole 2T" } },
	{ "sums/a100-x8", OVMF_2022, { "no", "no", "no", "width", "width" } },
	{ "sums/a100-x8", OVMF_2025, { "no", "no", "no", "width", "width" } },
	{ "h100", SEABIOS, { "no", "hole 256G", "hole 256G", "hole 256G", "hole 256G" } },
	{ "h100", OVMF_2022, { "no", "X 256G", "X 256G", "width", "width" } },
	{ "h100", OVMF_2025, { "no", "X 256G", "X 256G", "width", "width" } },
	{ "h100-x8", SEABIOS, { "no", "no", "no", "hole 2T", "hole 2T" } },
	{ "h100-x8", OVMF_2022, { "no", "no", "no", "width", "width" } },
	{ "h100-x8", OVMF_2025, { "no", "no", "no", "width", "width" } },
	{ "b200", SEABIOS, { "no", "no", "hole 512G", "hole 512G", "hole 512G" } },
	{ "b200", OVMF_2022, { "no", "no", "X 512G", "width", "width" } },
	{ "b200", OVMF_2025, { "no", "no", "X 512G", "width", "width" } },
	{ "b200-x8", SEABIOS, { "no", "no", "no", "hole 4T", "hole 4T" } },
	{ "b200-x8", OVMF_2022, { "no", "no", "no", "width", "width" } },
	{ "b200-x8", OVMF_2025, { "no", "no", "no", "width", "width" } },
	{ "arc-a770", SEABIOS, { "-", "-", "-", "-", "-" } },
	{ "arc-a770", OVMF_2022, { "-", "-", "-", "-", "-" } },
	{ "arc-a770", OVMF_2025, { "-", "-", "-", "-", "-" } },
	{ "sums/arc-a770-x8", SEABIOS, { "no", "hole 128G", "hole 128G", "hole 128G", "hole 128G" } },
	{ "sums/arc-a770-x8", OVMF_2022, { "no", "X 256G", "X 256G", "width", "width" } },
	{ "sums/arc-a770-x8", OVMF_2025, { "no", "X 256G", "X 256G", "width", "width" } },
};

/* A machine and what assigning its cards means. */
struct scene {
	struct machine_fs machine;
	struct lend_assignment assignment;
};

/* The machine's cards are its first GPU and all with the same ids. */
static void list_cards(const struct lend_fs *fs, struct lend_addresses *ret)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses all = { 0 };
	struct lend_function function, card = { 0 };

	assert_done(lend_functions_list(fs, &all, error));
	for (size_t i = 0; i < all.count; i++) {
		assert_done(lend_function_read(fs, all.items[i], &function, error));
		if (!card.vendor && lend_function_is_gpu(&function))
			card = function;
		if (card.vendor && function.vendor == card.vendor && function.device == card.device)
			assert_int_equal(lend_addresses_add(ret, all.items[i]), 0);
	}
}

static struct scene scene_new(const char *name)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses cards = { 0 };
	struct scene scene = { .machine = machine_fs_new(name) };

	list_cards(scene.machine.fs, &cards);
	assert_done(lend_assignment_make(scene.machine.fs, &cards, false, &scene.assignment, error));
	return scene;
}

static void scene_free(struct scene *scene)
{
	lend_assignment_clear(&scene->assignment);
	machine_fs_free(&scene->machine);
}

/* What each card needs with the functions of its slot, as the tables count it. Returns how many cards there are. */
static size_t needs_of(const struct scene *scene, struct lend_mmio_need ret[static MANY])
{
	const struct lend_assigned *functions = scene->assignment.functions;
	size_t cards = 0;

	for (size_t i = 0; i < scene->assignment.count;) {
		const struct lend_address slot = functions[i].facts.address;
		struct lend_bars bars[FUNCTIONS_OF_CARD];
		size_t count = 0;

		/* An Arc's audio function has a slot of its own. */
		if (functions[i].companion && !lend_address_same_slot(functions[i].gpu, slot)) {
			i++;
			continue;
		}
		for (; i < scene->assignment.count && lend_address_same_slot(functions[i].facts.address, slot); i++)
			assert_done(
				lend_bars_read(scene->machine.fs, functions[i].facts.address, &bars[count++], error));
		assert_true(cards < MANY);
		ret[cards++] = lend_mmio_of_device(bars, count);
	}
	return cards;
}

static void assert_low(const struct lend_mmio_need *needs, size_t count, bool uefi, unsigned mib)
{
	assert_int_equal((lend_mmio_low(needs, count, SPARE_PORTS, uefi) + MIB - 1) / MIB, mib);
}

static void the_published_cards_need_the_published_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(sizes); i++) {
		_cleanup_(scene_free) struct scene scene = scene_new(sizes[i].machine);
		struct lend_mmio_need needs[MANY];

		print_message("%s\n", sizes[i].machine);
		assert_int_equal(needs_of(&scene, needs), sizes[i].count);
		for (size_t k = 0; k < sizes[i].count; k++)
			assert_int_equal(needs[k].low, sizes[i].low);
		/* With fewer ports eight cards may do with less. */
		for (unsigned ports = sizes[i].count == 1 ? 0 : SPARE_PORTS; ports <= SPARE_PORTS; ports++)
			assert_int_equal(lend_mmio_window(needs, sizes[i].count, ports, true), sizes[i].window);
		assert_low(needs, sizes[i].count, true, sizes[i].ovmf);
		assert_low(needs, sizes[i].count, false, sizes[i].seabios);
	}
}

static void put(const struct lend_fs *fs, const char *directory, const char *name, const char *text)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_done(lend_fs_make_dir(fs, directory, error));
	assert_done(lend_fs_replace(fs, path, text, error));
}

/* An Intel CPU, and an IOMMU that follows it as far as it goes (MGAW: bits 21 to 16, less one). */
static void set_host_bits(const struct lend_fs *fs, unsigned bits)
{
	char text[160];

	(void)snprintf(text, sizeof(text),
		       "vendor_id\t: GenuineIntel\nflags\t\t: fpu pdpe1gb lm vmx\n"
		       "address sizes\t: %u bits physical, 48 bits virtual\n",
		       bits);
	put(fs, "proc", "cpuinfo", text);
	(void)snprintf(text, sizeof(text), "%x\n", (bits - 1) << 16);
	put(fs, "sys/class/iommu/dmar0/intel-iommu", "cap", text);
	put(fs, "sys/class/iommu/dmar1/intel-iommu", "cap", text);
}

static void set_package(const struct lend_fs *fs, const char *version)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "Package: ovmf\nStatus: install ok installed\nVersion: %s\n", version);
	put(fs, "var/lib/dpkg", "status", text);
}

/* @low: what somebody wants below 4 GiB in place of what is computed. */
static int room(const struct scene *scene, const struct firmware *firmware, uint64_t low, struct lend_window_plan *ret,
		struct lend_error *error)
{
	const struct lend_assign_options options = { .mmio_low = low, .libvirt = LIBVIRT };
	struct lend_address addresses[MANY * FUNCTIONS_OF_CARD];
	struct lend_addresses functions = { addresses, scene->assignment.count };
	char xml[2048];

	assert_true(functions.count <= LEND_ARRAY_SIZE(addresses));
	for (size_t i = 0; i < functions.count; i++)
		addresses[i] = scene->assignment.functions[i].facts.address;
	(void)snprintf(xml, sizeof(xml), domain_format, firmware->loader);
	return lend_assignment_window(scene->machine.fs, &functions, NULL, 0, &options, xml, strlen(xml), ret, error);
}

/* In the words of the table. The hole that QEMU has anyway is always written down. */
static void describe(const struct lend_window *set, char *ret, size_t size)
{
	const bool is_whole = set->pcihole64 % TIB == 0;

	assert_false(set->hotplug_off);
	if (set->pcihole64 == 32 * GIB && !set->mmio64) {
		(void)snprintf(ret, size, "%s", set->width.mode == LEND_WIDTH_PASSTHROUGH ? "width" : "-");
		return;
	}
	assert_true(!set->mmio64 || set->mmio64 == set->pcihole64);
	(void)snprintf(ret, size, "%s %u%c", set->mmio64 ? "X" : "hole",
		       (unsigned)(set->pcihole64 / (is_whole ? TIB : GIB)), is_whole ? 'T' : 'G');
}

static void the_published_cards_fit_where_they_should(void **state)
{
	_cleanup_(scene_free) struct scene scene = { 0 };

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(rows); i++) {
		const struct firmware *firmware = &firmwares[rows[i].firmware];

		if (i == 0 || strcmp(rows[i].machine, rows[i - 1].machine) != 0) {
			scene_free(&scene);
			scene = scene_new(rows[i].machine);
		}
		set_package(scene.machine.fs, firmware->package);
		for (size_t k = 0; k < LEND_ARRAY_SIZE(widths); k++) {
			struct lend_window_plan plan;
			char found[32] = "no";
			int r;

			set_host_bits(scene.machine.fs, widths[k]);
			r = room(&scene, firmware, 0, &plan, NULL);
			if (r == 0)
				describe(&plan.set, found, sizeof(found));
			else
				assert_int_equal(r, -ENOSPC);
			if (strcmp(found, rows[i].expected[k]) != 0)
				fail_msg("%s, %s, %u bits: %s instead of %s", rows[i].machine, firmware->name,
					 widths[k], found, rows[i].expected[k]);
		}
	}
}

/* Both set the same, for different reasons: the package's version is what decides. */
static void each_ovmf_makes_use_of_as_many_bits_as_it_does(void **state)
{
	_cleanup_(scene_free) struct scene scene = scene_new("h100");
	struct lend_window_plan plan;

	(void)state;
	set_host_bits(scene.machine.fs, 48);
	set_package(scene.machine.fs, firmwares[OVMF_2022].package);
	assert_done(room(&scene, &firmwares[OVMF_2022], 0, &plan, error));
	/* 128 GiB and 48 MiB, and for each of eight ports 16 TiB / 256. */
	assert_string_equal(plan.why[0],
			    "maxphysaddr passed through, since OVMF makes its window the top eighth of the guest's 47 "
			    "address bits: 16 TiB for the 655408 MiB that are needed");
	set_package(scene.machine.fs, firmwares[OVMF_2025].package);
	assert_done(room(&scene, &firmwares[OVMF_2025], 0, &plan, error));
	assert_string_equal(plan.why[0],
			    "maxphysaddr passed through, since OVMF makes its window the top eighth of the guest's 46 "
			    "address bits: 8 TiB for the 393264 MiB that are needed");
}

/* OVMF leaves 960 MiB below 4 GiB and SeaBIOS 1004; what the cards need there is far less. */
static void who_wants_more_below_4_gib_than_there_is_is_refused(void **state)
{
	_cleanup_(scene_free) struct scene scene = scene_new("sums/arc-a770-x8");
	struct lend_window_plan plan;

	(void)state;
	assert_done(room(&scene, &firmwares[OVMF_2022], 960 * MIB, &plan, error));
	assert_refused(
		room(&scene, &firmwares[OVMF_2022], 961 * MIB, &plan, error), -ENOSPC,
		"its devices and 8 hot-plug ports need 961 MiB of address space below 4 GiB, and the guest has 960 MiB there");
	assert_done(room(&scene, &firmwares[SEABIOS], 1004 * MIB, &plan, error));
	assert_refused(
		room(&scene, &firmwares[SEABIOS], 1005 * MIB, &plan, error), -ENOSPC,
		"its devices and 8 hot-plug ports need 1005 MiB of address space below 4 GiB, and the guest has 1004 MiB there");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_cards_need_the_published_sizes),
		cmocka_unit_test(the_published_cards_fit_where_they_should),
		cmocka_unit_test(each_ovmf_makes_use_of_as_many_bits_as_it_does),
		cmocka_unit_test(who_wants_more_below_4_gib_than_there_is_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
