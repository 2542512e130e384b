/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check says of a definition before libvirt, QEMU or the guest's firmware do. */
#include "lendpci/decide/definition_problems.h"

#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/definition_facts.h"
#include "lendpci/know/domain/domain.h"
#include "test.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

/* A domain with one card on q35 under OVMF 2022.11, on a host of 46 bits. */
struct scene {
	struct lend_domain domain;
	struct lend_hostdev hostdev;
	struct lend_hostdev_facts hostdev_facts, argument_facts;
	struct lend_vfio_argument argument;
	struct lend_card_bars card;
	struct lend_definition_facts facts;
};

static void scene_begin(struct scene *scene, uint64_t bar)
{
	*scene = (struct scene){
		.hostdev = { .source = { .bus = 1 }, .managed = true, .cell = -1 },
		.hostdev_facts = { .node = -1, .vendor = 0x10de, .class = 0x030000 },
		.argument_facts = { .node = -1 },
		.argument = { .address = { .bus = 2 }, .text = "vfio-pci,host=02:00.0" },
		.card = { .count = 1,
			  .functions[0] = { .count = 1,
					    .items[0] = { .bits = 64, .prefetchable = true, .size = bar } } },
	};
	scene->domain = (struct lend_domain){ .name = (char *)"t1", .hostdevs = &scene->hostdev, .hostdev_count = 1 };
	scene->facts = (struct lend_definition_facts){
		.domain = &scene->domain,
		.hostdevs = &scene->hostdev_facts,
		.arguments = &scene->argument_facts,
		.mmio = { .guest = { .x86 = true,
				     .q35 = true,
				     .is_known = true,
				     .kvm = true,
				     .uefi = true,
				     .has_cpu = true,
				     .memory = 8 * GIB },
			  .host = { .cpu_bits = 46, .vendor = LEND_VENDOR_INTEL, .gib_pages = true },
			  .firmware = 202211,
			  .cards = &scene->card,
			  .count = 1 },
	};
}

/* The only problem of @scene, or "" and "" for none. */
static void assert_problem(const struct scene *scene, const char *code, enum lend_severity severity, const char *text)
{
	_cleanup_(lend_problems_clear) struct lend_problems problems = { 0 };

	assert_done(lend_definition_problems_find(&scene->facts, &problems, error));
	for (size_t i = *code ? 1 : 0; i < problems.count; i++)
		fail_msg("another problem: %s", problems.items[i].text);
	if (!*code)
		return;
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.items[0].code, code);
	assert_int_equal(problems.items[0].severity, severity);
	assert_string_equal(problems.items[0].text, text);
	assert_int_equal(problems.has_error, severity == LEND_SEVERITY_ERROR);
}

static void an_unmanaged_hostdev_is_told_before_libvirt_does(void **state)
{
	static const char sentence[] =
		"0000:01:00.0: its hostdev has no managed='yes' and it is not on vfio-pci, so libvirt refuses the start: \"Unmanaged PCI device 0000:01:00.0 must be manually detached from the host\"";
	struct lend_policy_device device = { .address = { .bus = 1 } };
	struct scene scene;

	(void)state;
	scene_begin(&scene, 256 * MIB);
	assert_problem(&scene, "", 0, "");
	scene.hostdev.managed = false;
	assert_problem(&scene, "unmanaged", LEND_SEVERITY_ERROR, sentence);
	/* Detached by hand it starts, and so it does when the policy has it lent. */
	scene.hostdev_facts.is_on_vfio = true;
	assert_problem(&scene, "", 0, "");
	scene.hostdev_facts.is_on_vfio = false;
	scene.domain.policy = (struct lend_policy){ .devices = &device, .count = 1 };
	assert_problem(&scene, "", 0, "");
}

static void a_device_past_libvirt_is_told(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, 256 * MIB);
	scene.domain.arguments = (struct lend_qemu_arguments){ .vfio = &scene.argument, .vfio_count = 1 };
	assert_problem(
		&scene, "past-libvirt", LEND_SEVERITY_ERROR,
		"0000:02:00.0: <qemu:commandline> gives it to QEMU past libvirt, so it is neither lent nor brought home; it is not on vfio-pci, so QEMU does not start");
	scene.argument_facts.is_on_vfio = true;
	assert_problem(
		&scene, "past-libvirt", LEND_SEVERITY_WARNING,
		"0000:02:00.0: <qemu:commandline> gives it to QEMU past libvirt, so it is neither lent nor brought home");
}

static void a_rom_that_qemu_cannot_take_is_told(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, 256 * MIB);
	scene.hostdev.rom = (char *)"/roms/gpu.rom";
	scene.hostdev_facts.rom = LEND_ROM_FINE;
	assert_problem(&scene, "", 0, "");
	scene.hostdev_facts.rom = LEND_ROM_MISSING;
	assert_problem(&scene, "rom-missing", LEND_SEVERITY_ERROR,
		       "0000:01:00.0: its <rom file='/roms/gpu.rom'> is not there, so QEMU does not start");
	scene.hostdev_facts.rom = LEND_ROM_EMPTY;
	assert_problem(&scene, "rom-missing", LEND_SEVERITY_ERROR,
		       "0000:01:00.0: its <rom file='/roms/gpu.rom'> is empty, so QEMU does not start");
	scene.hostdev_facts.rom = LEND_ROM_UNREADABLE;
	assert_problem(
		&scene, "rom-unreadable", LEND_SEVERITY_WARNING,
		"0000:01:00.0: its <rom file='/roms/gpu.rom'> cannot be read here, and QEMU reads it as a user of its own");
}

static void a_device_that_the_guest_does_not_see_is_told(void **state)
{
	static const char sentence[] =
		"0000:01:00.0: it is lent, and the guest does not see it: <address type='unassigned'/>";
	struct scene scene;

	(void)state;
	scene_begin(&scene, 256 * MIB);
	scene.hostdev.is_unassigned = true;
	assert_problem(&scene, "unassigned", LEND_SEVERITY_WARNING, sentence);
	/* Which is what it is for, with a sibling that only its group forces along. */
	scene.hostdev_facts.class = 0x0c0330;
	assert_problem(&scene, "unassigned", LEND_SEVERITY_INFO, sentence);
}

static void what_makes_a_start_slow_is_told(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, 256 * MIB);
	scene.facts.mmio.guest.memory = 23 * GIB;
	assert_problem(&scene, "", 0, "");
	scene.facts.mmio.guest.memory = 120 * GIB;
	assert_problem(&scene, "pinning", LEND_SEVERITY_INFO,
		       "its memory of 120 GiB is pinned at each start, which takes some 32 s in pages of 4 KiB");
	scene.facts.mmio.guest.has_hugepages = true;
	assert_problem(&scene, "", 0, "");
	/* A large BAR needs a host's CPU: what it has room for is another test. */
	scene_begin(&scene, 16 * GIB);
	scene.facts.mmio.kernel = 6001;
	assert_problem(
		&scene, "slow-bars", LEND_SEVERITY_INFO,
		"its devices' BARs of 16 GiB may take minutes of each start: this host's kernel 6.1 maps them in pages of 4 KiB");
	scene.facts.mmio.kernel = 6012;
	assert_problem(&scene, "", 0, "");
	scene.facts.mmio.kernel = 0;
	assert_problem(&scene, "", 0, "");
}

static void memory_that_does_not_fit_is_told_with_the_arithmetic(void **state)
{
	struct scene scene;

	(void)state;
	/* A named CPU has 40 bits, of which OVMF makes nothing: its window has 32 GiB. */
	scene_begin(&scene, 256 * GIB);
	assert_problem(
		&scene, "memory", LEND_SEVERITY_WARNING,
		"its devices and 0 hot-plug ports need 256 GiB of 64-bit address space, and its firmware has a window of 32 GiB: the largest gets no address in the guest");
	scene.facts.mmio.guest.host_cpu = true;
	assert_problem(&scene, "", 0, "");
	/* Whether the unknown OVMF is a new one cannot be told. */
	scene.facts.mmio.firmware = 0;
	assert_problem(
		&scene, "memory", LEND_SEVERITY_INFO,
		"its devices and 0 hot-plug ports need 256 GiB of 64-bit address space, and an OVMF from before 2022.11 has a window of 32 GiB: the largest gets no address in the guest");
	/* SeaBIOS takes what it needs behind the memory, as far as there are addresses. */
	scene.facts.mmio.guest.uefi = false;
	assert_problem(&scene, "", 0, "");
	scene.facts.mmio.host.cpu_bits = 36;
	assert_problem(
		&scene, "memory", LEND_SEVERITY_WARNING,
		"its devices need 256 GiB of 64-bit address space; behind memory that ends at 10 GiB they would lie from 256 GiB on, but 36 address bits end at 64 GiB");
}

static void only_what_cannot_start_is_for_the_hook(void **state)
{
	_cleanup_(lend_problems_clear) struct lend_problems problems = { 0 };
	struct scene scene;

	(void)state;
	/* 1 TiB at 40 bits did not boot. */
	scene_begin(&scene, 256 * MIB);
	scene.facts.mmio.guest.window = (struct lend_guest_window){ .count = 1, .bytes = 1024 * GIB };
	assert_problem(
		&scene, "memory", LEND_SEVERITY_ERROR,
		"its X-PciMmio64Mb puts a window of 1 TiB behind memory that ends at 10 GiB, from 1 TiB to 2 TiB, but 40 address bits end at 1 TiB, and OVMF does not start with it");
	assert_done(lend_definition_problems_find(&scene.facts, &problems, error));
	assert_true(problems.items[0].is_for_hook);
	lend_problems_clear(&problems);

	scene.facts.mmio.guest.window = (struct lend_guest_window){ .count = 2, .bytes = 64 * GIB };
	assert_problem(
		&scene, "memory", LEND_SEVERITY_ERROR,
		"its <qemu:commandline> sets opt/ovmf/X-PciMmio64Mb 2 times, and QEMU stops with \"duplicate fw_cfg file name\"");
	/* What the host does not tell is no reason to refuse. */
	scene.facts.mmio.guest.window = (struct lend_guest_window){ .count = 1, .bytes = 1024 * GIB };
	scene.facts.mmio.host.cpu_bits = 0;
	assert_done(lend_definition_problems_find(&scene.facts, &problems, error));
	assert_false(problems.has_error);
}

static void a_machine_that_is_not_known_is_told(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, 256 * GIB);
	scene.facts.mmio.guest.x86 = scene.facts.mmio.guest.q35 = scene.facts.mmio.guest.is_known = false;
	(void)snprintf(scene.facts.mmio.guest.machine, sizeof(scene.facts.mmio.guest.machine), "pseries-9.2");
	assert_problem(
		&scene, "machine", LEND_SEVERITY_WARNING,
		"its machine type is 'pseries-9.2', and lendpci knows x86-64's q35 and pc: whether its devices find room there is not looked at");
}

static void a_device_on_another_node_than_its_guest_is_told(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, 256 * MIB);
	scene.hostdev_facts.node = 1;
	assert_problem(&scene, "", 0, "");
	scene.domain.memory_nodes = 1;
	assert_problem(&scene, "numa", LEND_SEVERITY_WARNING,
		       "0000:01:00.0: it is on NUMA node 1 of the host, and the guest's memory is elsewhere");
	scene.domain.cells = 2;
	assert_problem(
		&scene, "numa", LEND_SEVERITY_INFO,
		"0000:01:00.0: it is on NUMA node 1 of the host, and the guest, which has 2 cells, is not told of which it is near");
	scene.hostdev.cell = 0;
	scene.domain.cell_nodes[0] = 1 << 0;
	scene.domain.cell_nodes[1] = 1 << 1;
	assert_problem(
		&scene, "numa", LEND_SEVERITY_WARNING,
		"0000:01:00.0: it is on NUMA node 1 of the host, and its place in the guest belongs to cell 0, whose memory is elsewhere");
	scene.hostdev.cell = 1;
	assert_problem(&scene, "", 0, "");
}

static void intel_graphics_elsewhere_are_told(void **state)
{
	_cleanup_(lend_problems_clear) struct lend_problems problems = { 0 };
	struct scene scene;

	(void)state;
	scene_begin(&scene, 256 * MIB);
	scene.hostdev.source = (struct lend_address){ .device = 2 };
	scene.hostdev_facts.vendor = 0x8086;
	scene.hostdev.has_guest_address = true;
	scene.hostdev.guest = (struct lend_address){ .bus = 1 };
	assert_problem(
		&scene, "igd-address", LEND_SEVERITY_WARNING,
		"0000:00:02.0: the guest has these Intel graphics at 0000:01:00.0, and their ROM looks for them at 0000:00:02.0");
	scene.hostdev.guest = scene.hostdev.source;
	assert_done(lend_definition_problems_find(&scene.facts, &problems, error));
	assert_int_equal(problems.count, 2);
	assert_string_equal(problems.items[1].code, "igd-needs");
	assert_non_null(strstr(problems.items[1].text, "x-igd-opregion"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unmanaged_hostdev_is_told_before_libvirt_does),
		cmocka_unit_test(a_device_past_libvirt_is_told),
		cmocka_unit_test(a_rom_that_qemu_cannot_take_is_told),
		cmocka_unit_test(a_device_that_the_guest_does_not_see_is_told),
		cmocka_unit_test(what_makes_a_start_slow_is_told),
		cmocka_unit_test(memory_that_does_not_fit_is_told_with_the_arithmetic),
		cmocka_unit_test(only_what_cannot_start_is_for_the_hook),
		cmocka_unit_test(a_machine_that_is_not_known_is_told),
		cmocka_unit_test(a_device_on_another_node_than_its_guest_is_told),
		cmocka_unit_test(intel_graphics_elsewhere_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
