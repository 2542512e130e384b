/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <errno.h>
#include <stdio.h>

#include "lendpci/base/trace.h"
#include "loan_story.h"

static void assert_reconciled(struct story *story, unsigned returned, unsigned kept)
{
	struct lend_reconciled found = { 0 };

	assert_done(lend_loan_reconcile(&story->context, &found, error));
	assert_int_equal(found.returned, returned);
	assert_int_equal(found.kept, kept);
	assert_int_equal(found.failed, 0);
}

static void a_running_vm_keeps_its_card(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_done(lend_loan_mark_started(&story->context, UUID, error));
	fake_process(story->kernel, 812, "qemu-system-x86", UUID, "/dev/vfio/7");
	fake_process_ends(story->kernel, 500); /* libvirtd is down: no reason to take a card from a running VM */
	assert_reconciled(story, 0, 2);
	assert_string_equal(fake_driver(story->kernel, GPU), "vfio-pci");
}

/* Between prepare and QEMU nobody holds the group; a reconcile at that moment must not pull the card away. */
static void a_vm_that_is_starting_keeps_its_card(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_reconciled(story, 0, 2);
	fake_process(story->kernel, 812, "qemu-system-x86", UUID, NULL); /* forked, the group not yet opened */
	fake_process_ends(story->kernel, 500);
	assert_reconciled(story, 0, 2);
}

/* 'virsh detach-device' on a running guest calls no hook, and QEMU goes on without the card. */
static void a_card_that_was_taken_from_a_running_guest_is_brought_home(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_process(story->kernel, 812, "qemu-system-x86", UUID, NULL);
	assert_reconciled(story, 0, 2);
	assert_done(lend_loan_mark_started(&story->context, UUID, error));
	assert_reconciled(story, 2, 0);
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

/* libvirt calls no hook any more when it was killed during a start. */
static void a_start_that_died_with_its_daemon_is_undone(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_process_ends(story->kernel, 500);
	assert_reconciled(story, 2, 0);
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
	assert_reconciled(story, 0, 0);
}

static void a_daemon_that_only_has_the_same_pid_does_not_count(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_attribute(story->kernel, "proc/500/stat", "500 (bash) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7777 0 0\n");
	assert_reconciled(story, 2, 0);
}

static void a_vm_that_ran_and_is_gone_is_over_even_if_its_daemon_lives(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_done(lend_loan_mark_started(&story->context, UUID, error));
	assert_reconciled(story, 2, 0);
}

/* libvirt's file of a running domain; @device is part of its XML. */
static void libvirt_runs(struct story *story, const char *name, const char *monitor, const char *device)
{
	char path[64], xml[512];

	(void)snprintf(path, sizeof(path), "run/libvirt/qemu/%s.xml", name);
	(void)snprintf(
		xml, sizeof(xml),
		"<domstatus state='running' pid='812'>\n  <monitor %s type='unix'/>\n  <domain type='kvm' id='1'>\n"
		"    <name>%s</name>\n    <devices>\n      %s\n    </devices>\n  </domain>\n</domstatus>\n",
		monitor, name, device);
	fake_attribute(story->kernel, path, xml);
}

#define MONITOR "path='/var/lib/libvirt/qemu/domain-1-win11/monitor.sock'"
#define HOSTDEV "<hostdev mode='subsystem' type='pci' managed='yes'>" SOURCE GUEST_SIDE "</hostdev>"
#define SOURCE "<source>\n<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\n</source>"
#define GUEST_SIDE "<address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>"

/* QEMU died while libvirtd was down: when that is back it resets what it finds on a host driver. */
static void a_card_waits_until_libvirt_has_ended_its_vm(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_done(lend_loan_mark_started(&story->context, UUID, error));
	fake_process_ends(story->kernel, 500);
	libvirt_runs(story, "win11", MONITOR, HOSTDEV);
	assert_reconciled(story, 1, 1); /* the audio function is not in the XML */
	assert_string_equal(fake_driver(story->kernel, GPU), "vfio-pci");
	assert_refused(story_return(story, GPU, error), -EBUSY,
		       GPU ": win11 has it, and libvirt believes that VM to be running");

	fake_remove(story->kernel, "run/libvirt/qemu/win11.xml");
	assert_reconciled(story, 1, 0);
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

/* That is, as long as it is the one that is at it: no other will. */
static void a_card_waits_for_the_daemon_that_ends_its_vm(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_done(lend_loan_mark_started(&story->context, UUID, error));
	libvirt_runs(story, "win11", "", HOSTDEV);
	assert_reconciled(story, 1, 1);
	fake_process_ends(story->kernel, 500);
	assert_reconciled(story, 1, 0);
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

/* Whatever makes it a source, and whoever lent it. */
static void a_card_lent_by_hand_waits_too(void **state)
{
	struct story *story = *state;
	struct lend_request by_hand = { .wanted = story->wanted, .wanted_count = 1 };

	assert_done(lend_loan_take(&story->context, &by_hand, error));
	libvirt_runs(story, "win11", MONITOR, "<disk type='nvme' device='disk'>" SOURCE "</disk>");
	assert_refused(story_return(story, GPU, error), -EBUSY,
		       GPU ": win11 has it, and libvirt believes that VM to be running");
	libvirt_runs(story, "win11", MONITOR, "<interface type='hostdev'>" SOURCE "</interface>");
	assert_refused(story_return(story, GPU, error), -EBUSY,
		       GPU ": win11 has it, and libvirt believes that VM to be running");
	libvirt_runs(story, "win11", MONITOR, "<controller type='usb'>" GUEST_SIDE "</controller>");
	assert_done(story_return(story, GPU, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

static void a_file_that_libvirt_would_not_understand_holds_nothing(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_process_ends(story->kernel, 500);
	fake_attribute(story->kernel, "run/libvirt/qemu/win11.xml",
		       "<domstatus><monitor " MONITOR "/><domain><devices><hostdev>" SOURCE);
	assert_reconciled(story, 2, 0);
}

static void a_daemon_restarted_under_a_vm_takes_over(void **state)
{
	struct story *story = *state;
	struct lend_process daemon = { 600, 6000 };

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_process_ends(story->kernel, 500);
	fake_process(story->kernel, 600, "libvirtd", NULL, NULL);
	assert_done(lend_loan_rebind_daemon(&story->context, UUID, daemon, error));
	assert_reconciled(story, 0, 2);
}

static void what_was_lent_by_hand_is_kept(void **state)
{
	struct story *story = *state;
	struct lend_request by_hand = { .wanted = story->wanted, .wanted_count = 1 };

	assert_done(lend_loan_take(&story->context, &by_hand, error));
	assert_reconciled(story, 0, 2);
}

static void another_vm_may_have_a_card_whose_borrower_is_gone(void **state)
{
	struct story *story = *state;
	struct lend_request other = story_other(story);

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_process_ends(story->kernel, 500);
	fake_process(story->kernel, 600, "libvirtd", NULL, NULL);
	other.daemon = (struct lend_process){ 600, 6000 };
	assert_done(lend_loan_take(&story->context, &other, error));
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(story_loan_state(story, GPU), "lent");
	assert_done(lend_loan_return_domain(&story->context, OTHER, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

static void a_card_that_did_not_come_home_does_when_its_driver_is_well(void **state)
{
	struct story *story = *state;
	struct lend_reconciled found = { 0 };

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_probe_fails(story->kernel, "bochs-drm", true);
	assert_refused(lend_loan_return_domain(&story->context, UUID, error), -EIO, GPU ": bochs-drm does not take it");
	assert_refused(lend_loan_reconcile(&story->context, &found, error), -EIO, GPU ": bochs-drm does not take it");
	fake_probe_fails(story->kernel, "bochs-drm", false);
	assert_reconciled(story, 1, 0);
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

/* How often all processes were listed. */
static void count_looks(void *userdata, const char *line)
{
	unsigned *looks = userdata;

	*looks += strncmp(line, "list /proc:", strlen("list /proc:")) == 0;
}

enum { CARDS = 16 };

static void lend_many(struct story *story, struct lend_address wanted[static CARDS])
{
	for (int i = 0; i < CARDS; i++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "0000:%02x:00.0", 0x20 + i);
		fake_function(story->kernel, text, 0x120000, 40 + i, "accel");
		wanted[i] = story_address(text);
	}
	story->request.wanted = wanted;
	story->request.wanted_count = CARDS;
	assert_done(lend_loan_take(&story->context, &story->request, error));
}

/* libvirt waits meanwhile: with thousands of processes each look takes its time. */
static void sixteen_loans_come_home_after_one_look_at_the_processes(void **state)
{
	struct lend_address wanted[CARDS];
	struct story *story = *state;
	unsigned looks = 0;

	lend_many(story, wanted);
	lend_trace_to(count_looks, &looks);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	lend_trace_to(NULL, NULL);
	assert_int_equal(looks, 1);

	lend_many(story, wanted);
	assert_done(lend_loan_mark_started(&story->context, UUID, error));
	looks = 0;
	lend_trace_to(count_looks, &looks);
	assert_reconciled(story, CARDS, 0);
	lend_trace_to(NULL, NULL);
	/* Who holds a group, whether the domain's QEMU runs, and once more who holds a group before the drivers go. */
	assert_true(looks <= 3);
}

/* lendpci.service hears of every VM that stops; most have no device. */
static void a_vm_without_devices_that_stops_gives_no_reason_to_look_around(void **state)
{
	struct story *story = *state;
	unsigned looks = 0;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	lend_trace_to(count_looks, &looks);
	assert_false(lend_loan_is_unsettled(&story->context, OTHER));
	lend_trace_to(NULL, NULL);
	assert_int_equal(looks, 0);
	assert_true(lend_loan_is_unsettled(&story->context, UUID));

	fake_probe_fails(story->kernel, "bochs-drm", true);
	assert_refused(lend_loan_return_domain(&story->context, UUID, error), -EIO, GPU ": bochs-drm does not take it");
	assert_true(lend_loan_is_unsettled(&story->context, OTHER));
	fake_probe_fails(story->kernel, "bochs-drm", false);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_false(lend_loan_is_unsettled(&story->context, OTHER));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)
	const struct CMUnitTest tests[] = {
		TEST(a_running_vm_keeps_its_card),
		TEST(a_vm_that_is_starting_keeps_its_card),
		TEST(a_card_that_was_taken_from_a_running_guest_is_brought_home),
		TEST(a_start_that_died_with_its_daemon_is_undone),
		TEST(a_daemon_that_only_has_the_same_pid_does_not_count),
		TEST(a_vm_that_ran_and_is_gone_is_over_even_if_its_daemon_lives),
		TEST(a_card_waits_until_libvirt_has_ended_its_vm),
		TEST(a_card_waits_for_the_daemon_that_ends_its_vm),
		TEST(a_card_lent_by_hand_waits_too),
		TEST(a_file_that_libvirt_would_not_understand_holds_nothing),
		TEST(a_daemon_restarted_under_a_vm_takes_over),
		TEST(what_was_lent_by_hand_is_kept),
		TEST(another_vm_may_have_a_card_whose_borrower_is_gone),
		TEST(a_card_that_did_not_come_home_does_when_its_driver_is_well),
		TEST(sixteen_loans_come_home_after_one_look_at_the_processes),
		TEST(a_vm_without_devices_that_stops_gives_no_reason_to_look_around),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
