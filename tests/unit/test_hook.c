/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hook's operations, on the fake kernel. What libvirt does with them is for the lab. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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

	return lend_hook_run(&story->host, &hook, error);
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

static void a_saved_vm_with_an_assigned_device_is_not_restored(void **state)
{
	struct story *story = *state;
	const char *sentence = "win11: a VM with an assigned device is turned off, never saved or migrated";

	assert_refused(call(story, "restore", DOMAIN(POLICY(GPU), HOSTDEV("yes")), error), -ENOTSUP, sentence);
	assert_refused(call(story, "migrate", DOMAIN(POLICY(GPU), HOSTDEV("yes")), error), -ENOTSUP, sentence);
	assert_done(call(story, "restore", DOMAIN("", "<disk/>"), error));
}

/* The owner may change the metadata of a running VM; its device has to come home all the same. */
static void a_policy_spoiled_while_the_vm_runs_does_not_keep_the_card(void **state)
{
	struct story *story = *state;

	assert_done(call(story, "prepare", DOMAIN(POLICY(GPU), HOSTDEV("yes")), error));
	assert_done(call(story, "release", DOMAIN(POLICY("nonsense"), HOSTDEV("yes")), error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

/* At reconnect a failure of the hook would make libvirt kill the running VM. */
static void what_libvirt_must_not_abort_cannot_fail(void **state)
{
	(void)state;
	assert_true(lend_hook_may_fail("prepare"));
	assert_true(lend_hook_may_fail("restore"));
	assert_false(lend_hook_may_fail("reconnect"));
	assert_false(lend_hook_may_fail("release"));
	assert_false(lend_hook_may_fail("started"));
	assert_false(lend_hook_may_fail("an-operation-of-the-future"));
	assert_false(lend_hook_knows("an-operation-of-the-future"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)
	const struct CMUnitTest tests[] = {
		TEST(a_hostdev_added_in_virt_manager_is_lent_and_comes_home),
		TEST(a_domain_without_a_hostdev_leaves_no_trace),
		TEST(an_unmanaged_hostdev_without_a_policy_is_left_alone),
		TEST(a_refusal_begins_with_the_domains_name),
		TEST(a_hostdev_removed_by_hand_is_noticed),
		TEST(another_card_at_the_assigned_address_is_refused),
		TEST(a_saved_vm_with_an_assigned_device_is_not_restored),
		TEST(a_policy_spoiled_while_the_vm_runs_does_not_keep_the_card),
		TEST(what_libvirt_must_not_abort_cannot_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
