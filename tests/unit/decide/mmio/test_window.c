/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about a guest's address space, rule by rule; where published cards fit is in test_room. */
#include "lendpci/decide/mmio/window.h"

#include <errno.h>

#include "lendpci/base/cleanup.h"
#include "test.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

/* 64-bit prefetchable BARs of published cards: what is low decides nothing here. */
static const struct {
	const char *name;
	uint64_t bars[3];
} cards[] = {
	{ "GTX 1080", { 256 * MIB, 32 * MIB } },
	{ "H100 SXM", { 16 * MIB, 128 * GIB, 32 * MIB } },
	{ "B200", { 64 * MIB, 256 * GIB, 32 * MIB } },
	{ "Arc A770", { 16 * GIB } },
	{ "MI 512", { 512 * GIB } },
};

enum { MANY = 8 };

static struct lend_mmio_need need_of(const char *name)
{
	struct lend_bars bars = { 0 };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(cards); i++) {
		if (strcmp(cards[i].name, name) != 0)
			continue;
		for (size_t k = 0; k < LEND_ARRAY_SIZE(cards[i].bars) && cards[i].bars[k]; k++)
			bars.items[bars.count++] =
				(struct lend_bar){ .bits = 64, .prefetchable = true, .size = cards[i].bars[k] };
	}
	return lend_mmio_of_device(&bars, 1);
}

/* A guest and a host to begin with, and what the devices of a test are. */
struct scene {
	struct lend_mmio_need needs[MANY];
	struct lend_guest guest;
	struct lend_address_width host;
	struct lend_window_facts facts;
};

static void scene_begin(struct scene *scene, const char *card, size_t count)
{
	*scene = (struct scene){
		.guest = { .x86 = true,
			   .q35 = true,
			   .kvm = true,
			   .uefi = true,
			   .has_cpu = true,
			   .host_cpu = true,
			   .memory = 8 * GIB,
			   .spare_ports = 8 },
		.host = { .cpu_bits = 46, .vendor = LEND_VENDOR_INTEL, .gib_pages = true },
	};
	for (size_t i = 0; i < count; i++)
		scene->needs[i] = need_of(card);
	scene->facts = (struct lend_window_facts){
		.devices = scene->needs,
		.count = count,
		.guest = &scene->guest,
		.host = &scene->host,
		.firmware = 202211,
		.libvirt = 9000000,
	};
}

static struct lend_window_plan decided(const struct scene *scene)
{
	struct lend_window_plan plan;

	assert_done(lend_window_decide(&scene->facts, &plan, error));
	return plan;
}

static void each_part_has_its_sentence(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "H100 SXM", 1);
	plan = decided(&scene);
	assert_int_equal(plan.why_count, 1);
	assert_string_equal(plan.why[0],
			    "maxphysaddr passed through, since OVMF makes its window the top eighth of the guest's 46 "
			    "address bits: 8 TiB for the 393264 MiB that are needed");
	/* 128 GiB and 48 MiB, and for each of eight ports 8 TiB / 256: 131072 + 48 + 8 * 32768. */

	scene.host.cpu_bits = 39;
	plan = decided(&scene);
	assert_int_equal(plan.why_count, 2);
	/* And eight times 256 GiB / 256. */
	assert_string_equal(plan.why[0],
			    "X-PciMmio64Mb 256 GiB, since the devices need 139312 MiB and OVMF's own window has less");
	assert_string_equal(plan.why[1],
			    "pcihole64 256 GiB, so that the guest's operating system can move the devices");
}

static void what_cannot_fit_is_refused_with_the_arithmetic(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "B200", 1);
	scene.host.cpu_bits = 39;
	/* 256 GiB and 96 MiB do not fit into 256 GiB, with or without the ports; 512 GiB end where 39 bits do. */
	assert_refused(
		lend_window_decide(&scene.facts, &plan, error), -ENOSPC,
		"its devices need 262240 MiB of 64-bit address space, so a window of 512 GiB; behind memory that ends at 10 GiB it would lie from 512 GiB to 1 TiB, but 39 address bits end at 512 GiB");
}

/* A version that is not known may be the old one, whose window is 32 GiB unless it is told. */
static void an_unknown_ovmf_is_told_the_window(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "H100 SXM", 1);
	scene.facts.firmware = 0;
	plan = decided(&scene);
	assert_int_equal(plan.set.mmio64, 256 * GIB);
	assert_int_equal(plan.set.width.mode, LEND_WIDTH_DEFAULT);
	assert_string_equal(plan.why[0],
			    "the version of OVMF is not known, so it is taken for one whose window has only 32 GiB");
}

/* VT-d of 39 bits under a CPU of 46, as on many workstations: a window at the top could not be mapped. */
static void a_narrow_iommu_narrows_the_guest(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "GTX 1080", 1);
	scene.host.iommu_bits = 39;
	scene.facts.libvirt = 9003000;
	plan = decided(&scene);
	assert_int_equal(plan.set.width.mode, LEND_WIDTH_PASSTHROUGH);
	assert_int_equal(plan.set.width.bits, 39);
	assert_string_equal(plan.why[0],
			    "maxphysaddr 39 bits, since the IOMMU of this host cannot follow the CPU's 46");

	/* Before libvirt could limit what it passes through, it could emulate a width. */
	scene.facts.libvirt = 9002000;
	plan = decided(&scene);
	assert_int_equal(plan.set.width.mode, LEND_WIDTH_EMULATE);
	assert_int_equal(plan.set.width.bits, 39);

	/* And before that nothing: it works, but for what devices send each other. */
	scene.facts.libvirt = 8006000;
	plan = decided(&scene);
	assert_int_equal(plan.set.width.mode, LEND_WIDTH_DEFAULT);
	assert_string_equal(plan.why[0], "the devices will lie beyond the 39 bits that the host's IOMMU can follow, so "
					 "none reaches another's memory");
}

/* A named CPU has 40 bits by itself; more are passed through only where the devices need them. */
static void a_named_cpu_is_widened_only_when_it_must_be(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "H100 SXM", 1);
	scene.guest.host_cpu = false;
	plan = decided(&scene);
	assert_int_equal(plan.set.width.mode, LEND_WIDTH_DEFAULT);
	assert_int_equal(plan.set.mmio64, 256 * GIB);

	scene_begin(&scene, "H100 SXM", 8);
	scene.guest.host_cpu = false;
	scene.facts.firmware = 202502;
	plan = decided(&scene);
	assert_int_equal(plan.set.width.mode, LEND_WIDTH_PASSTHROUGH);

	/* Without a libvirt that can say so, the hint is the CPU. */
	scene.facts.libvirt = 8006000;
	{
		struct lend_error error = { 0 };

		assert_int_equal(lend_window_decide(&scene.facts, &plan, &error), -ENOSPC);
		assert_string_equal(error.hint,
				    "with <cpu mode='host-passthrough'/> the guest has the host's 46 address bits");
	}
}

/* QEMU's check for AMD: nothing may reach 1012 GiB while there are only 40 bits. */
static void qemu_is_never_given_a_hole_that_it_refuses(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "B200", 1);
	scene.guest.kvm = false;
	scene.guest.host_cpu = false;
	scene.guest.vendor = LEND_VENDOR_AMD;
	plan = decided(&scene);
	assert_int_equal(plan.set.mmio64, 512 * GIB);
	assert_int_equal(plan.set.pcihole64, 512 * GIB);

	/* 501 GiB of memory: the hole would end at 1017 GiB, and the firmware's window at 1 TiB. */
	scene.guest.memory = 501 * GIB;
	plan = decided(&scene);
	assert_int_equal(plan.set.mmio64, 512 * GIB);
	assert_int_equal(plan.set.pcihole64, 0);
	assert_string_equal(plan.why[1], "pcihole64 stays as it is, since QEMU would not start with 512 GiB");
}

/* 128 GiB in a window of 128 GiB, but for one empty port: without hot-plug on that the smaller window is enough. */
static void empty_ports_give_way_where_there_is_no_other_room(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "Arc A770", 8);
	scene.host.cpu_bits = 38;
	scene.guest.spare_ports = 3;
	plan = decided(&scene);
	assert_true(plan.set.hotplug_off);
	assert_int_equal(plan.set.mmio64, 128 * GIB);
	assert_string_equal(plan.why[plan.why_count - 1],
			    "hot-plug off on 3 empty root ports, since the room that OVMF keeps for each is needed");

	/* A port with a device keeps its hot-plug, and so its room. */
	scene.guest.used_ports = 1;
	assert_int_equal(lend_window_decide(&scene.facts, &plan, NULL), -ENOSPC);
}

static void what_lies_below_4_gib_is_counted_too(void **state)
{
	struct lend_mmio_need large = { .low = 512 * MIB, .low_alignment = 512 * MIB };
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "H100 SXM", 2);
	scene.needs[0] = scene.needs[1] = large;
	/* Two of 512 MiB, eight ports of 2 MiB, and ten pages for the ports' own registers. */
	assert_refused(
		lend_window_decide(&scene.facts, &plan, error), -ENOSPC,
		"its devices and 8 hot-plug ports need 1041 MiB of address space below 4 GiB, and the guest has 960 MiB there");
	/* Whoever knows better says so, twice. */
	scene.facts.low = 900 * MIB;
	assert_refused(
		lend_window_decide(&scene.facts, &plan, error), -ENOSPC,
		"its devices and 8 hot-plug ports need 1041 MiB of address space below 4 GiB, and --mmio-low says 900 MiB");
	scene.facts.force = true;
	plan = decided(&scene);
	assert_int_equal(plan.why_count, 0);
}

/* Two cards of 257 MiB by 256: OVMF puts one behind the other, SeaBIOS gives 512 MiB to each, and has 1004 in all. */
static void seabios_needs_more_below_4_gib(void **state)
{
	struct lend_mmio_need large = { .low = 257 * MIB, .low_alignment = 256 * MIB };
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "H100 SXM", 2);
	scene.needs[0] = scene.needs[1] = large;
	plan = decided(&scene);
	assert_int_equal(plan.why_count, 0);
	scene.guest.uefi = false;
	assert_refused(
		lend_window_decide(&scene.facts, &plan, error), -ENOSPC,
		"its devices and 8 hot-plug ports need 1041 MiB of address space below 4 GiB, and the guest has 1004 MiB there");
}

static void a_window_of_the_users_own_is_taken_at_its_word(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "GTX 1080", 1);
	scene.facts.high = 128 * GIB;
	plan = decided(&scene);
	assert_int_equal(plan.set.mmio64, 128 * GIB);
	assert_int_equal(plan.set.pcihole64, 128 * GIB);

	scene_begin(&scene, "H100 SXM", 1);
	scene.guest.window = (struct lend_guest_window){ .count = 1, .bytes = 512 * GIB };
	plan = decided(&scene);
	assert_int_equal(plan.set.mmio64, 0);

	/* Before 202505 it is the least that OVMF takes, and the top eighth is more. */
	scene.guest.window = (struct lend_guest_window){ .count = 1,
							 .bytes = 64 * GIB,
							 .argument = "name=opt/ovmf/X-PciMmio64Mb,string=65536" };
	plan = decided(&scene);
	assert_int_equal(plan.set.mmio64, 0);
	assert_string_equal(plan.why[1],
			    "the domain's own X-PciMmio64Mb, 64 GiB, stays: OVMF takes 8 TiB, which is more");
	scene.facts.firmware = 202505;
	assert_refused(
		lend_window_decide(&scene.facts, &plan, error), -ENOSPC,
		"its devices need a 64-bit window of 256 GiB, and the domain's own X-PciMmio64Mb gives them 64 GiB");
}

static void ovmf_of_2026_takes_a_quarter(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	/* Eight of 512 GiB, as in edk2's pull request 12997: 8 TiB do not hold them and the ports' padding, 16 TiB do.
	 */
	scene_begin(&scene, "MI 512", MANY);
	scene.guest.spare_ports = 1;
	scene.facts.firmware = 202608;
	plan = decided(&scene);
	assert_int_equal(plan.set.mmio64, 0);
	assert_string_equal(plan.why[0],
			    "maxphysaddr passed through, since OVMF makes its window the top quarter of the guest's 46 "
			    "address bits: 16 TiB for the 4160 GiB that are needed");
	/* Memory that reaches into the quarter leaves the window behind it, and it has to be told. */
	scene.guest.memory = 50ULL << 40;
	plan = decided(&scene);
	assert_int_equal(plan.set.mmio64, 8ULL << 40);
}

static void a_window_that_ovmf_ignores_is_told(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "GTX 1080", 1);
	scene.guest.window = (struct lend_guest_window){ .count = 1,
							 .is_ignored = true,
							 .ignored_because = "'64G' is not a decimal number of MiB",
							 .argument = "opt/ovmf/X-PciMmio64Mb,string=64G" };
	plan = decided(&scene);
	assert_int_equal(plan.set.mmio64, 0);
	assert_string_equal(plan.why[plan.why_count - 1],
			    "OVMF ignores the domain's own X-PciMmio64Mb: '64G' is not a decimal number of MiB");

	/* Where one is needed ours cannot stand beside it: QEMU takes no two. */
	scene_begin(&scene, "H100 SXM", 1);
	scene.host.cpu_bits = 39;
	scene.guest.window = (struct lend_guest_window){ .count = 1,
							 .is_ignored = true,
							 .ignored_because = "'64G' is not a decimal number of MiB",
							 .argument = "opt/ovmf/X-PciMmio64Mb,string=64G" };
	assert_refused(
		lend_window_decide(&scene.facts, &plan, error), -ENOSPC,
		"its devices need a 64-bit window of 256 GiB, and OVMF ignores the domain's own X-PciMmio64Mb: '64G' is not a decimal number of MiB");
	/* SeaBIOS reads no such file, whatever it says. */
	scene.guest.uefi = false;
	plan = decided(&scene);
	assert_int_equal(plan.set.mmio64, 0);

	scene.guest.window.count = 2;
	assert_refused(
		lend_window_decide(&scene.facts, &plan, error), -EINVAL,
		"its <qemu:commandline> sets opt/ovmf/X-PciMmio64Mb 2 times, and QEMU stops with \"duplicate fw_cfg file name\"");
}

static void less_than_is_needed_takes_force(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "H100 SXM", 1);
	scene.facts.high = 64 * GIB;
	assert_refused(
		lend_window_decide(&scene.facts, &plan, error), -ENOSPC,
		"its devices and 8 hot-plug ports need 133168 MiB of 64-bit address space, and --mmio-high says 64 GiB");
	scene.facts.force = true;
	plan = decided(&scene);
	assert_int_equal(plan.set.mmio64, 64 * GIB);
	assert_string_equal(
		plan.why[plan.why_count - 1],
		"the window of 64 GiB that was asked for is less than the 133168 MiB that its devices need");
}

static void memory_that_can_be_plugged_counts_as_there(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "H100 SXM", 1);
	scene.host.cpu_bits = 39;
	scene.guest.pluggable = 300 * GIB;
	scene.guest.memory_slots = 16;
	assert_int_equal(lend_window_decide(&scene.facts, &plan, NULL), -ENOSPC);
}

static void i440fx_has_a_small_hole_of_its_own(void **state)
{
	struct lend_window_plan plan;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "Arc A770", 1);
	scene.guest.q35 = false;
	scene.guest.uefi = false;
	scene.guest.spare_ports = 0;
	plan = decided(&scene);
	assert_int_equal(plan.set.pcihole64, 32 * GIB);
	assert_int_equal(plan.set.mmio64, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_part_has_its_sentence),
		cmocka_unit_test(what_cannot_fit_is_refused_with_the_arithmetic),
		cmocka_unit_test(an_unknown_ovmf_is_told_the_window),
		cmocka_unit_test(a_narrow_iommu_narrows_the_guest),
		cmocka_unit_test(a_named_cpu_is_widened_only_when_it_must_be),
		cmocka_unit_test(qemu_is_never_given_a_hole_that_it_refuses),
		cmocka_unit_test(empty_ports_give_way_where_there_is_no_other_room),
		cmocka_unit_test(what_lies_below_4_gib_is_counted_too),
		cmocka_unit_test(seabios_needs_more_below_4_gib),
		cmocka_unit_test(a_window_of_the_users_own_is_taken_at_its_word),
		cmocka_unit_test(ovmf_of_2026_takes_a_quarter),
		cmocka_unit_test(a_window_that_ovmf_ignores_is_told),
		cmocka_unit_test(less_than_is_needed_takes_force),
		cmocka_unit_test(memory_that_can_be_plugged_counts_as_there),
		cmocka_unit_test(i440fx_has_a_small_hole_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
