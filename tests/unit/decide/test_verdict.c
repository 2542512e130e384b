/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts over the machines of tests/data: each has what real users met. */
#include <stdio.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/decide/verdict.h"
#include "lendpci/know/holders/list.h"
#include "lendpci/know/pci/device.h"
#include "lendpci/know/pci/inventory.h"
#include "machine_fs.h"

static struct lend_verdict judge(const char *name, const char *address, const struct lend_holders *holders)
{
	_cleanup_(machine_fs_free) struct machine_fs fs = machine_fs_new(name);
	_cleanup_(lend_inventory_clear) struct lend_inventory inventory = { 0 };
	_cleanup_(lend_device_clear) struct lend_device device = { 0 };
	const struct lend_holders none = { 0 };
	struct lend_verdict verdict;

	assert_done(lend_inventory_read(fs.fs, &inventory, error));
	assert_done(lend_device_read(fs.fs, &inventory, at(address), &device, error));
	lend_verdict_evaluate(&device, &inventory, holders ? holders : &none, &verdict);
	return verdict;
}

/* Asserts the codes of all reasons, in their order. */
static struct lend_verdict assert_codes(const char *name, const char *address, const char *codes)
{
	struct lend_verdict verdict = judge(name, address, NULL);
	char text[512] = "";

	for (size_t i = 0; i < verdict.count; i++) {
		(void)strcat(text, i ? " " : "");
		(void)strcat(text, verdict.reasons[i].code);
	}
	assert_string_equal(text, codes);
	return verdict;
}

static void assert_text(const struct lend_verdict *verdict, const char *code, enum lend_severity severity,
			const char *text)
{
	const struct lend_reason *reason = lend_verdict_find(verdict, code);

	assert_non_null(reason);
	assert_string_equal(reason->text, text);
	assert_int_equal(reason->severity, severity);
}

static void an_nvme_disk_behind_its_own_port_has_nothing_against_it(void **state)
{
	struct lend_verdict verdict = assert_codes("lab", "0000:03:00.0", "");

	(void)state;
	assert_true(verdict.assignable);
}

static void a_two_function_card_is_reset_as_one(void **state)
{
	struct lend_verdict verdict = assert_codes("lab", "0000:01:00.0", "conventional companions reset-together");

	(void)state;
	assert_true(verdict.assignable);
	assert_text(&verdict, "companions", LEND_SEVERITY_INFO, "0000:01:00.1 (audio) goes along with it");
	assert_text(&verdict, "reset-together", LEND_SEVERITY_INFO,
		    "it can be reset only together with the other functions of 0000:01:00, which VFIO does for a VM "
		    "that has them all");
}

static void a_display_on_the_root_bus_cannot_be_reset(void **state)
{
	struct lend_verdict verdict = assert_codes("lab", "0000:00:04.0", "no-reset integrated");

	(void)state;
	assert_true(verdict.assignable);
	assert_text(&verdict, "no-reset", LEND_SEVERITY_WARNING,
		    "it cannot be reset: data and state left by one VM stay in it for the next");
}

static void a_bridge_is_no_device_to_lend(void **state)
{
	struct lend_verdict verdict = judge("lab", "0000:00:01.0", NULL);

	(void)state;
	assert_false(verdict.assignable);
	assert_false(verdict.passing);
	assert_text(&verdict, "bridge", LEND_SEVERITY_ERROR,
		    "a bridge (class 060400) cannot be lent, only what is behind it");
}

static void the_only_display_is_pointed_out(void **state)
{
	struct lend_verdict verdict =
		assert_codes("gtx-1080", "0000:01:00.0", "host-display companions reset-together d3cold");

	(void)state;
	assert_true(verdict.assignable);
	assert_text(&verdict, "host-display", LEND_SEVERITY_WARNING,
		    "it is the host's only display: the host has no screen while it is lent");
}

static void a_second_card_beside_the_hosts_screen_is_simply_fine(void **state)
{
	(void)state;
	assert_codes("rtx-4090", "0000:01:00.0", "companions d3cold");
}

static void the_card_that_shows_the_screen_knows_of_the_other(void **state)
{
	struct lend_verdict verdict = judge("rtx-4090", "0000:10:00.0", NULL);

	(void)state;
	assert_text(&verdict, "host-display", LEND_SEVERITY_WARNING,
		    "it shows the host's screen, which stays dark while it is lent");
}

static void an_h100_behind_a_switch_is_fine(void **state)
{
	(void)state;
	assert_codes("h100", "0000:4b:00.0", "");
}

/* A Radeon's functions are in groups of their own, but belong together; nothing can reset them together. */
static void a_radeons_own_functions_go_along_from_other_groups(void **state)
{
	struct lend_verdict verdict =
		assert_codes("radeon", "0000:2d:00.0", "host-display suspect-reset companions reset-together");

	(void)state;
	assert_text(&verdict, "companions", LEND_SEVERITY_INFO,
		    "0000:2d:00.1 (audio), 0000:2d:00.2 (USB-C), 0000:2d:00.3 (USB-C) go along with it");
	/* VFIO resets a set of groups at once. */
	assert_text(&verdict, "reset-together", LEND_SEVERITY_INFO,
		    "it can be reset only together with the other functions of 0000:2d:00, which VFIO does for a VM "
		    "that has them all");
}

static void an_apus_usb_controllers_stay_with_the_host(void **state)
{
	struct lend_verdict verdict = judge("apu", "0000:04:00.0", NULL);

	(void)state;
	assert_text(&verdict, "companions", LEND_SEVERITY_INFO, "0000:04:00.1 (audio) goes along with it");
}

static void a_physical_function_with_virtual_ones_is_refused_for_now(void **state)
{
	struct lend_verdict verdict = assert_codes("sriov", "0000:03:00.0", "vfs-enabled");

	(void)state;
	assert_false(verdict.assignable);
	assert_true(verdict.passing);
	assert_text(&verdict, "vfs-enabled", LEND_SEVERITY_ERROR,
		    "2 of its virtual functions are switched on, and VFIO takes it only without them");
}

static void a_virtual_function_is_fine_alone(void **state)
{
	(void)state;
	assert_codes("sriov", "0000:03:00.1", "");
	assert_codes("sriov", "0000:03:00.2", "on-vfio");
}

static void a_disk_behind_vmd_shares_vmds_group(void **state)
{
	struct lend_verdict verdict = assert_codes("vmd", "10000:e1:00.0", "group-shared");

	(void)state;
	assert_false(verdict.assignable);
	assert_text(&verdict, "group-shared", LEND_SEVERITY_ERROR,
		    "its IOMMU group 7 also holds 0000:00:0e.0, which the host uses through vmd");
}

static void without_an_iommu_that_is_the_reason(void **state)
{
	struct lend_verdict verdict = assert_codes("no-iommu", "0000:02:00.0", "no-iommu");

	(void)state;
	assert_text(&verdict, "no-iommu", LEND_SEVERITY_ERROR,
		    "this host's IOMMU is off: a VM with the device could write to all of the host's memory");
}

static void memory_reserved_by_firmware_is_shown(void **state)
{
	struct lend_verdict verdict = assert_codes("old-server", "0000:05:00.0", "rmrr");

	(void)state;
	assert_text(&verdict, "rmrr", LEND_SEVERITY_ERROR,
		    "firmware has reserved memory for its IOMMU group 21 (RMRR, 0x7b800000-0x8f7fffff), so the kernel "
		    "does not give it to a VM");
}

static void the_bridge_without_acs_is_named_and_who_shares_the_group(void **state)
{
	struct lend_verdict verdict = assert_codes("old-server", "0000:06:00.0", "group-shared acs-missing");

	(void)state;
	assert_text(&verdict, "group-shared", LEND_SEVERITY_ERROR,
		    "its IOMMU group 22 also holds 0000:07:00.0, which the host uses through igb");
	assert_text(&verdict, "acs-missing", LEND_SEVERITY_WARNING,
		    "the bridge 0000:00:1c.4 above it does not keep devices apart (no ACS), so IOMMU group 22 also has "
		    "0000:07:00.0");
	/* Seen from the other side, the group's other card has no driver of the host: nothing forbids it. */
	verdict = assert_codes("old-server", "0000:07:00.0", "acs-missing");
	assert_true(verdict.assignable);
}

static void a_sound_card_of_another_age_is_judged_by_its_own_measure(void **state)
{
	struct lend_verdict verdict = assert_codes("old-server", "0000:08:04.0", "interrupts conventional");

	(void)state;
	assert_true(verdict.assignable);
}

static void a_card_that_fell_off_the_bus_is_refused(void **state)
{
	struct lend_verdict verdict = judge("old-server", "0000:09:00.0", NULL);

	(void)state;
	assert_false(verdict.assignable);
	assert_text(&verdict, "not-responding", LEND_SEVERITY_ERROR,
		    "it does not answer any more: its configuration space reads as all ones");
}

/* A holder of literal strings, which nobody frees. */
static struct lend_holder holder(const char *function, pid_t pid, const char *command, const char *unit,
				 const char *node)
{
	return (struct lend_holder){
		.function = at(function),
		.pid = pid,
		.command = (char *)command,
		.unit = (char *)unit,
		.node = (char *)node,
	};
}

static void who_uses_it_is_named(void **state)
{
	struct lend_holder items[] = {
		holder("0000:01:00.0", 812, "Xorg", "display-manager.service", "/dev/dri/card0"),
		holder("0000:01:00.1", 900, "pipewire", NULL, "/dev/snd/controlC0"),
		holder("0000:01:00.0", 1200, "firefox", NULL, "/dev/nvidia0"),
	};
	const struct lend_holders holders = { .items = items, .count = LEND_ARRAY_SIZE(items) };
	struct lend_verdict gpu = judge("gtx-1080", "0000:01:00.0", &holders);
	struct lend_verdict audio = judge("gtx-1080", "0000:01:00.1", &holders);

	(void)state;
	assert_false(gpu.assignable);
	assert_true(gpu.passing);
	assert_text(&gpu, "in-use", LEND_SEVERITY_ERROR,
		    "in use by Xorg (pid 812, display-manager.service): /dev/dri/card0 (and 2 more)");
	assert_text(&gpu, "driver-hangs", LEND_SEVERITY_WARNING,
		    "its driver nvidia waits without end, unkillably, when it is unbound while in use");
	/* The audio function goes along with the GPU, and so does its user; its own one is named first. */
	assert_text(&audio, "in-use", LEND_SEVERITY_ERROR,
		    "in use by pipewire (pid 900): /dev/snd/controlC0 (and 2 more)");
}

static void a_mount_is_told_like_a_mount(void **state)
{
	struct lend_holder item = holder("0000:03:00.0", 0, "mount", NULL, "/dev/nvme0n1p1 on /srv");
	const struct lend_holders holders = { .items = &item, .count = 1 };
	struct lend_verdict verdict = judge("lab", "0000:03:00.0", &holders);

	(void)state;
	assert_text(&verdict, "in-use", LEND_SEVERITY_ERROR, "in use by mount: /dev/nvme0n1p1 on /srv");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_nvme_disk_behind_its_own_port_has_nothing_against_it),
		cmocka_unit_test(a_two_function_card_is_reset_as_one),
		cmocka_unit_test(a_display_on_the_root_bus_cannot_be_reset),
		cmocka_unit_test(a_bridge_is_no_device_to_lend),
		cmocka_unit_test(the_only_display_is_pointed_out),
		cmocka_unit_test(a_second_card_beside_the_hosts_screen_is_simply_fine),
		cmocka_unit_test(the_card_that_shows_the_screen_knows_of_the_other),
		cmocka_unit_test(an_h100_behind_a_switch_is_fine),
		cmocka_unit_test(a_radeons_own_functions_go_along_from_other_groups),
		cmocka_unit_test(an_apus_usb_controllers_stay_with_the_host),
		cmocka_unit_test(a_physical_function_with_virtual_ones_is_refused_for_now),
		cmocka_unit_test(a_virtual_function_is_fine_alone),
		cmocka_unit_test(a_disk_behind_vmd_shares_vmds_group),
		cmocka_unit_test(without_an_iommu_that_is_the_reason),
		cmocka_unit_test(memory_reserved_by_firmware_is_shown),
		cmocka_unit_test(the_bridge_without_acs_is_named_and_who_shares_the_group),
		cmocka_unit_test(a_sound_card_of_another_age_is_judged_by_its_own_measure),
		cmocka_unit_test(a_card_that_fell_off_the_bus_is_refused),
		cmocka_unit_test(who_uses_it_is_named),
		cmocka_unit_test(a_mount_is_told_like_a_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
