/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hook's operations, on the fake kernel. What libvirt does with them is for the lab. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "loan_story.h"
#include "operation.h"

#define HOSTDEV(managed)                                                                                               \
	"<hostdev mode='subsystem' type='pci' managed='" managed "'><source>"                                          \
	"<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source></hostdev>"
#define POLICY(address)                                                                                                \
	"<metadata><lendpci:assignment xmlns:lendpci='urn:lendpci:1'><lendpci:device address='" address                \
	"' vendor='0x1234' device='0x1111'/></lendpci:assignment></metadata>"
#define DOMAIN(metadata, devices)                                                                                      \
	"<domain type='kvm'><name>win11</name><uuid>" UUID "</uuid>" metadata "<devices>" devices "</devices></domain>"

static int call(struct story *story, const char *operation, const char *xml, struct lend_error *error)
{
	const struct lend_hook_call hook = {
		.domain = "win11",
		.operation = operation,
		.xml = xml,
		.xml_size = strlen(xml),
		.daemon = { 500, 5000 },
	};

	return lend_hook_run(&story->context, &hook, error);
}

static void a_hostdev_added_in_virt_manager_is_lent_and_comes_home(void **state)
{
	struct story *story = *state;
	const char *xml = DOMAIN("", HOSTDEV("yes"));
	char *before = fake_dump(story->kernel), *after;

	assert_done(call(story, "prepare", xml, error));
	assert_string_equal(fake_driver(story->kernel, AUDIO), "vfio-pci");
	assert_done(call(story, "start", xml, error));
	assert_done(call(story, "started", xml, error));
	assert_done(call(story, "stopped", xml, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "vfio-pci");
	assert_done(call(story, "release", xml, error));
	after = fake_dump(story->kernel);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* Cards of AMD's that need vendor-reset: the assignment says by which method vfio-pci is to reset them. */
static void the_assignment_chooses_how_a_card_is_reset(void **state)
{
	static const char xml[] = DOMAIN(
		"<metadata><a:assignment xmlns:a='urn:lendpci:1'><a:device address='01:00.0' vendor='0x1234' device='0x1111' "
		"reset='bus'/></a:assignment></metadata>",
		HOSTDEV("yes"));
	struct story *story = *state;

	assert_done(call(story, "prepare", xml, error));
	assert_string_equal(fake_read(story->kernel, "sys/bus/pci/devices/" GPU "/reset_method"), "bus");
	assert_done(call(story, "release", xml, error));
	assert_string_equal(fake_read(story->kernel, "sys/bus/pci/devices/" GPU "/reset_method"), "flr bus");
}

static void a_device_past_libvirt_is_told_and_not_lent(void **state)
{
	static const char xml[] =
		"<domain type='kvm' xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><name>win11</name>"
		"<uuid>" UUID "</uuid><devices/><q:commandline><q:arg value='-device'/>"
		"<q:arg value='vfio-pci,host=01:00.0'/></q:commandline></domain>";
	struct story *story = *state;

	assert_done(call(story, "prepare", xml, error));
	assert_string_equal(
		story->last_note,
		"win11: 0000:01:00.0: <qemu:commandline> gives it to QEMU past libvirt, so it is neither lent nor brought home");
	assert_string_not_equal(fake_driver(story->kernel, GPU), "vfio-pci");
}

/* libvirt would unbind its driver without asking who uses the drive. */
static void an_nvme_disk_is_lent_as_a_hostdev_is(void **state)
{
	static const char xml[] =
		DOMAIN("", "<disk type='nvme' device='disk'><source type='pci' managed='yes' namespace='1'>"
			   "<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source></disk>");
	struct story *story = *state;

	assert_done(call(story, "prepare", xml, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "vfio-pci");
	assert_done(call(story, "release", xml, error));
	assert_string_not_equal(fake_driver(story->kernel, GPU), "vfio-pci");
}

static void a_domain_without_a_hostdev_leaves_no_trace(void **state)
{
	struct story *story = *state;

	fake_fault_at(story->kernel, 0, FAKE_FAULT_NONE, 0);
	assert_done(call(story, "prepare", DOMAIN("", "<disk type='file'/>"), error));
	assert_done(call(story, "release", DOMAIN("", "<disk type='file'/>"), error));
	assert_int_equal(fake_changes(story->kernel), 0);
}

static void an_unmanaged_hostdev_without_a_policy_is_left_alone(void **state)
{
	struct story *story = *state;

	assert_done(call(story, "prepare", DOMAIN("", HOSTDEV("no")), error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

static void a_refusal_begins_with_the_domains_name(void **state)
{
	struct story *story = *state;

	fake_remove(story->kernel, "sys/bus/pci/devices/" GPU);
	assert_refused(call(story, "prepare", DOMAIN("", HOSTDEV("yes")), error), -ENODEV,
		       "win11: " GPU ": this host has no such PCI function");
}

static void a_hostdev_removed_by_hand_is_noticed(void **state)
{
	struct story *story = *state;

	assert_refused(call(story, "prepare", DOMAIN(POLICY(GPU), ""), error), -EINVAL,
		       "win11: " GPU ": it is assigned to this domain, but the domain's XML has no hostdev for it");
}

/* A card was added to the host, the addresses moved, and a VM got the disk controller. */
static void another_card_at_the_assigned_address_is_refused(void **state)
{
	struct story *story = *state;

	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/device", "0x2222\n");
	assert_refused(call(story, "prepare", DOMAIN(POLICY(GPU), HOSTDEV("yes")), error), -ESTALE,
		       "win11: " GPU
		       ": it is a different card now: 1234:2222 (subsystem 1af4:1100), assigned was 1234:1111");
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

static void assert_refused_with_hint(struct story *story, const char *operation, const char *xml, const char *sentence,
				     const char *hint)
{
	struct lend_error refusal = { 0 };

	assert_int_equal(call(story, operation, xml, &refusal), -ENOTSUP);
	assert_string_equal(refusal.text, sentence);
	assert_string_equal(refusal.hint, hint);
}

/* survey's rules are the start's: what it says "cannot be lent" of stays where it is. */
static void what_survey_refuses_is_not_lent(void **state)
{
	struct story *story = *state;

	fake_attribute(story->kernel, "sys/bus/pci/devices/" AUDIO "/class", "0x0c0500\n");
	assert_refused(
		call(story, "prepare", DOMAIN("", HOSTDEV("yes")), error), -ENOTSUP,
		"win11: " GPU
		": 0000:01:00.1 in its IOMMU group 7 would go along, a part of the platform (class 0c0500) that the host cannot do without");
	fake_attribute(story->kernel, "sys/bus/pci/devices/" AUDIO "/class", "0x040300\n");
	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/sriov_numvfs", "2\n");
	assert_refused(call(story, "prepare", DOMAIN("", HOSTDEV("yes")), error), -EBUSY,
		       "win11: " GPU
		       ": 2 of its virtual functions are switched on, and VFIO takes it only without them");
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/sriov_numvfs", "0\n");
	assert_done(call(story, "prepare", DOMAIN("", HOSTDEV("yes")), error));
	assert_done(call(story, "release", DOMAIN("", HOSTDEV("yes")), error));
}

/* QEMU's own words would be "duplicate fw_cfg file name", and nobody would know whose. */
static void a_definition_that_qemu_stops_at_is_refused_in_words(void **state)
{
#define WINDOW "<q:arg value='-fw_cfg'/><q:arg value='name=opt/ovmf/X-PciMmio64Mb,string=65536'/>"
	static const char xml[] =
		"<domain type='kvm' xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><name>win11</name>"
		"<uuid>" UUID
		"</uuid><memory>4194304</memory><os firmware='efi'><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><devices>" HOSTDEV(
			"yes") "</devices><q:commandline>" WINDOW WINDOW "</q:commandline></domain>";
	struct story *story = *state;
	struct lend_error refusal = { 0 };

	assert_int_equal(call(story, "prepare", xml, &refusal), -ENOTSUP);
	assert_string_equal(
		refusal.text,
		"win11: its <qemu:commandline> sets opt/ovmf/X-PciMmio64Mb 2 times, and QEMU stops with \"duplicate fw_cfg file name\"");
	assert_true(*refusal.hint);
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
#undef WINDOW
}

#define NOTE(uuid) "run/lendpci/restoring/" uuid

static void assert_not_noted(struct story *story)
{
	assert_false(lend_fs_exists(story->context.fs, NOTE(UUID)));
}

/* libvirt 11 deletes the saved state when the hook refuses at "restore", so the start that follows is what fails. */
static void assert_not_restored(struct story *story, const char *xml, const char *sentence, const char *hint)
{
	assert_done(call(story, "restore", xml, error));
	assert_refused_with_hint(story, "prepare", xml, sentence, hint);
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
	assert_not_noted(story);
}

static void a_vm_with_a_device_is_neither_restored_nor_taken_in(void **state)
{
	static const char *const devices[] = { DOMAIN(POLICY(GPU), HOSTDEV("yes")), DOMAIN("", HOSTDEV("yes")),
					       DOMAIN(POLICY(GPU), HOSTDEV("no")) };
	const char *sentence = "win11: a VM with an assigned device can be turned off, but not saved or migrated";

	for (size_t i = 0; i < LEND_ARRAY_SIZE(devices); i++) {
		assert_not_restored(
			*state, devices[i], sentence,
			"'virsh managedsave-remove win11' drops the saved state, 'virsh start --force-boot win11' starts without it");
		assert_refused_with_hint(*state, "migrate", devices[i], sentence,
					 "shut it down where it runs, then start it here with a device of this host");
	}
	assert_done(call(*state, "restore", DOMAIN("", HOSTDEV("no")), error));
	assert_done(call(*state, "migrate", DOMAIN("", "<disk/>"), error));
}

static void keep_definition(struct story *story, const char *xml)
{
	fake_attribute(story->kernel, "etc/libvirt/qemu/win11.xml", xml);
}

/* What libvirt hands in is the XML of the time when it was saved, which knows nothing of the device. */
static void a_state_saved_before_the_assignment_is_not_restored(void **state)
{
	static const char *const now[] = { DOMAIN(POLICY(GPU), HOSTDEV("yes")), DOMAIN("", HOSTDEV("yes")) };
	struct story *story = *state;

	for (size_t i = 0; i < LEND_ARRAY_SIZE(now); i++) {
		keep_definition(story, now[i]);
		assert_not_restored(
			story, DOMAIN("", "<disk/>"),
			"win11: its saved state predates " GPU "; restoring it would run the VM without it",
			"'virsh managedsave-remove win11' drops the saved state, 'virsh start --force-boot win11' starts without it; to restore it, unassign the device first");
		assert_refused_with_hint(
			story, "migrate", DOMAIN("", "<disk/>"),
			"win11: the migrated VM lacks " GPU ", which its definition on this host has",
			"shut it down where it runs, then start it here; or 'lendpci unassign win11' on this host first");
	}
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

static void a_saved_state_without_devices_is_restored(void **state)
{
	struct story *story = *state;
	const char *saved = DOMAIN("", "<disk/>");

	keep_definition(story, DOMAIN("", "<disk/>"));
	assert_done(call(story, "restore", saved, error));
	keep_definition(story, DOMAIN("", HOSTDEV("no")));
	assert_done(call(story, "restore", saved, error));
	/* Somebody else has the name now, and libvirt will say so. */
	keep_definition(story, "<domain><name>win11</name><uuid>" OTHER
			       "</uuid><devices>" HOSTDEV("yes") "</devices></domain>");
	assert_done(call(story, "restore", saved, error));
	assert_done(call(story, "prepare", saved, error));
	assert_string_equal(story->last_note, "");
	assert_not_noted(story);
}

/* The saved state was dropped, or libvirt gave up for a reason of its own: the start after that is another one. */
static void a_restore_that_came_to_nothing_is_forgotten(void **state)
{
	struct story *story = *state;
	const char *definition = DOMAIN(POLICY(GPU), HOSTDEV("yes")), *saved = DOMAIN("", "<disk/>");

	keep_definition(story, definition);
	assert_done(call(story, "restore", saved, error));
	fake_attribute(story->kernel, NOTE(UUID), "500 4000 1\n"); /* of a daemon that died */
	assert_done(call(story, "prepare", definition, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "vfio-pci");
	assert_not_noted(story);
	assert_done(call(story, "release", definition, error));

	assert_done(call(story, "restore", saved, error));
	fake_attribute(story->kernel, NOTE(UUID), "500 5000 1\n"); /* of long ago */
	assert_done(call(story, "prepare", definition, error));
	assert_done(call(story, "release", definition, error));

	/* Another domain's restore is none of this one's. */
	fake_attribute(story->kernel, NOTE(OTHER), "500 5000 1\n");
	assert_done(call(story, "prepare", definition, error));
	assert_true(lend_fs_exists(story->context.fs, NOTE(OTHER)));
}

/* Which matters with a configuration that is broken: that stops whoever lendpci concerns, and nobody else. */
static void another_domains_restore_concerns_no_vm_without_devices(void **state)
{
	struct story *story = *state;
	const char *const xml = DOMAIN("", "");
	struct lend_hook_call plain = {
		.domain = "win11", .operation = "prepare", .xml = xml, .xml_size = strlen(xml)
	};

	fake_attribute(story->kernel, NOTE(OTHER), "500 5000 1\n");
	assert_false(lend_hook_concerns(story->context.fs, &plain));
	fake_attribute(story->kernel, NOTE(UUID), "500 5000 1\n");
	assert_true(lend_hook_concerns(story->context.fs, &plain));
}

static void a_definition_that_is_not_understood_stops_a_restore_with_its_name(void **state)
{
	struct story *story = *state;

	keep_definition(story, DOMAIN(POLICY("nonsense"), ""));
	assert_done(call(story, "restore", DOMAIN("", "<disk/>"), error));
	assert_refused(call(story, "prepare", DOMAIN("", "<disk/>"), error), -EINVAL,
		       "win11: /etc/libvirt/qemu/win11.xml: win11: line 1: policy: 'nonsense' is not a PCI address");
}

/* Most VMs have no device: what cannot be read is told, and theirs are restored. */
static void a_definition_that_cannot_be_read_stops_nobody(void **state)
{
	struct story *story = *state;

	fake_attribute(story->kernel, "etc/libvirt/qemu/win11.xml/in-the-way", "");
	assert_done(call(story, "restore", DOMAIN("", "<disk/>"), error));
	assert_string_equal(story->last_note, "win11: /etc/libvirt/qemu/win11.xml: Is a directory");
}

/* The owner may change the metadata of a running VM; its device has to come home all the same. */
static void a_policy_spoiled_while_the_vm_runs_does_not_keep_the_card(void **state)
{
	struct story *story = *state;

	assert_done(call(story, "prepare", DOMAIN(POLICY(GPU), HOSTDEV("yes")), error));
	assert_done(call(story, "release", DOMAIN(POLICY("nonsense"), HOSTDEV("yes")), error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

/* At reconnect a failure of the hook would make libvirt kill the running VM, at restore delete the saved state. */
static void what_libvirt_must_not_abort_cannot_fail(void **state)
{
	(void)state;
	assert_true(lend_hook_may_fail("prepare"));
	assert_true(lend_hook_may_fail("migrate"));
	assert_false(lend_hook_may_fail("restore"));
	assert_false(lend_hook_may_fail("reconnect"));
	assert_false(lend_hook_may_fail("release"));
	assert_false(lend_hook_may_fail("started"));
	assert_false(lend_hook_may_fail("an-operation-of-the-future"));
	assert_false(lend_hook_knows("an-operation-of-the-future"));
	/* A mistake in a file must neither keep a device from home nor hinder a VM that has none. */
	assert_true(lend_hook_needs_settings("prepare"));
	assert_false(lend_hook_needs_settings("release"));
	assert_false(lend_hook_needs_settings("restore"));
	assert_false(lend_hook_needs_settings("migrate"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)
	const struct CMUnitTest tests[] = {
		TEST(a_hostdev_added_in_virt_manager_is_lent_and_comes_home),
		TEST(the_assignment_chooses_how_a_card_is_reset),
		TEST(a_device_past_libvirt_is_told_and_not_lent),
		TEST(an_nvme_disk_is_lent_as_a_hostdev_is),
		TEST(a_domain_without_a_hostdev_leaves_no_trace),
		TEST(an_unmanaged_hostdev_without_a_policy_is_left_alone),
		TEST(a_refusal_begins_with_the_domains_name),
		TEST(what_survey_refuses_is_not_lent),
		TEST(a_definition_that_qemu_stops_at_is_refused_in_words),
		TEST(a_hostdev_removed_by_hand_is_noticed),
		TEST(another_card_at_the_assigned_address_is_refused),
		TEST(a_vm_with_a_device_is_neither_restored_nor_taken_in),
		TEST(a_state_saved_before_the_assignment_is_not_restored),
		TEST(a_saved_state_without_devices_is_restored),
		TEST(a_restore_that_came_to_nothing_is_forgotten),
		TEST(another_domains_restore_concerns_no_vm_without_devices),
		TEST(a_definition_that_is_not_understood_stops_a_restore_with_its_name),
		TEST(a_definition_that_cannot_be_read_stops_nobody),
		TEST(a_policy_spoiled_while_the_vm_runs_does_not_keep_the_card),
		TEST(what_libvirt_must_not_abort_cannot_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
