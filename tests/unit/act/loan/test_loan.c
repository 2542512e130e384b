/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lendpci/act/lock.h"
#include "lendpci/base/fs.h"
#include "loan_story.h"

static void a_start_takes_the_whole_card_and_a_stop_gives_it_back(void **state)
{
	struct story *story = *state;
	char *before = fake_dump(story->kernel), *after;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "vfio-pci");
	assert_string_equal(fake_driver(story->kernel, AUDIO), "vfio-pci");
	assert_string_equal(story_loan_state(story, AUDIO), "lent");
	assert_string_equal(fake_read(story->kernel, "sys/bus/pci/devices/" GPU "/power/control"), "on");

	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(story_loan_state(story, GPU), "home");
	after = fake_dump(story->kernel);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* An APU's slot holds the GPU and, in groups of their own, the USB controllers with the host's keyboard. */
static void a_sibling_in_another_group_stays_with_the_host(void **state)
{
	struct story *story = *state;

	fake_function(story->kernel, "0000:01:00.2", 0x0c0330, 8, "xhci_hcd");
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_driver(story->kernel, "0000:01:00.2"), "xhci_hcd");
}

static void a_group_with_the_hosts_disk_is_refused_and_named(void **state)
{
	struct story *story = *state;
	char *before = fake_dump(story->kernel), *after;

	fake_function(story->kernel, "0000:02:00.0", 0x010802, 7, "nvme");
	free(before);
	before = fake_dump(story->kernel);
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY,
		       GPU ": its IOMMU group 7 also holds 0000:02:00.0, which the host uses through nvme");
	after = fake_dump(story->kernel);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void the_policy_can_let_the_whole_group_go_along(void **state)
{
	struct story *story = *state;

	fake_function(story->kernel, "0000:02:00.0", 0x010802, 7, "nvme");
	story->request.take_group = true;
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_driver(story->kernel, "0000:02:00.0"), "vfio-pci");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, "0000:02:00.0"), "nvme");
}

static void a_function_that_is_not_there_is_refused(void **state)
{
	struct story *story = *state;

	story->wanted[0] = story_address("0000:09:00.0");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -ENODEV,
		       "0000:09:00.0: this host has no such PCI function");
}

static void a_host_without_an_iommu_lends_nothing(void **state)
{
	struct story *story = *state;

	fake_remove(story->kernel, "sys/kernel/iommu_groups");
	fake_remove(story->kernel, "sys/bus/pci/devices/" GPU "/iommu_group");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -ENOTSUP,
		       GPU ": cannot be lent: the host's IOMMU is off");
}

static void who_comes_second_is_told_who_has_it(void **state)
{
	struct story *story = *state;
	struct lend_request other = story_other(story);

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_process(story->kernel, 812, "qemu-system-x86", UUID, "/dev/vfio/7");
	assert_refused(lend_loan_take(&story->context, &other, error), -EBUSY, GPU ": on loan to win11 (pid 812)");
	assert_done(lend_loan_return_domain(&story->context, OTHER, error));
	assert_string_equal(story_loan_state(story, GPU), "lent");
}

/* Xorg, of display-manager.service, has the card open. */
static void open_the_card(struct story *story)
{
	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/drm/card0/dev", "226:0\n");
	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/drm/card0/uevent", "DEVNAME=dri/card0\n");
	fake_process(story->kernel, 700, "Xorg", NULL, "/dev/dri/card0");
	fake_unit(story->kernel, "display-manager.service", 700);
}

#define IN_USE GPU ": in use by Xorg (pid 700, display-manager.service): /dev/dri/card0"

static void a_process_with_the_card_open_is_named(void **state)
{
	struct story *story = *state;

	open_the_card(story);
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY, IN_USE);
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

static void a_user_is_waited_for_and_then_named(void **state)
{
	struct story *story = *state;

	open_the_card(story);
	story->settings.holders = LEND_HOLDERS_WAIT;
	story->settings.holders_wait_ms = 200;
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY, IN_USE);
}

static void the_hosts_units_are_stopped_for_a_loan_and_started_after_it(void **state)
{
	struct story *story = *state;

	open_the_card(story);
	story->settings.holders = LEND_HOLDERS_STOP;
	(void)snprintf(story->settings.stop_units, sizeof(story->settings.stop_units),
		       "sound.service display-manager.service");
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_read(story->kernel, "fake/unit-states/display-manager.service"), "stopped");
	assert_string_equal(fake_read(story->kernel, "fake/unit-states/sound.service"), "(absent)");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_read(story->kernel, "fake/unit-states/display-manager.service"), "started");
}

/* display-manager.service is an alias, and the process is found in the control group of what it leads to. */
static void a_unit_is_known_by_its_alias(void **state)
{
	struct story *story = *state;

	open_the_card(story);
	fake_unit(story->kernel, "gdm.service", 700);
	story->settings.holders = LEND_HOLDERS_STOP;
	(void)snprintf(story->settings.stop_units, sizeof(story->settings.stop_units),
		       "sound.service\tdisplay-manager.service");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY,
		       GPU ": in use by Xorg (pid 700, gdm.service): /dev/dri/card0");
	fake_link(story->kernel, "usr/lib/systemd/system/display-manager.service", "gdm.service");
	/* An administrator's folder comes first. */
	fake_link(story->kernel, "etc/systemd/system/display-manager.service", "/usr/lib/systemd/system/sddm.service");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY,
		       GPU ": in use by Xorg (pid 700, gdm.service): /dev/dri/card0");
	fake_remove(story->kernel, "etc/systemd/system/display-manager.service");
	fake_link(story->kernel, "etc/systemd/system/display-manager.service", "/usr/lib/systemd/system/gdm.service");
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_read(story->kernel, "fake/unit-states/gdm.service"), "stopped");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_read(story->kernel, "fake/unit-states/gdm.service"), "started");
}

/* The policy comes from the domain's XML, which its owner writes: display-manager.service is not theirs to stop. */
static void an_owner_can_ask_for_more_care_of_the_host_never_for_less(void **state)
{
	const enum lend_holders_policy stop = LEND_HOLDERS_STOP, ignore = LEND_HOLDERS_IGNORE,
				       refuse = LEND_HOLDERS_REFUSE;
	struct story *story = *state;

	open_the_card(story);
	(void)snprintf(story->settings.stop_units, sizeof(story->settings.stop_units), "display-manager.service");
	story->request.holders = &ignore;
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY, IN_USE);
	story->request.holders = &stop;
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY, IN_USE);

	story->settings.holders = LEND_HOLDERS_STOP;
	story->request.holders = &refuse;
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY, IN_USE);
	assert_string_equal(fake_read(story->kernel, "fake/unit-states/display-manager.service"), "(absent)");
	story->request.holders = &stop;
	assert_done(lend_loan_take(&story->context, &story->request, error));
}

/* The host loses that network, which only its administrator may want. */
static void a_network_card_in_use_is_taken_where_the_settings_say_so(void **state)
{
	struct story *story = *state;

	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/net/eth0/flags", "0x1003\n");
	fake_attribute(story->kernel, "sys/class/net/eth0/flags", "0x1003\n");
	fake_attribute(story->kernel, "proc/net/route", "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY,
		       GPU ": in use by network: eth0 carries the default route");
	story->settings.take_network = true;
	assert_done(lend_loan_take(&story->context, &story->request, error));
}

/* Programs do not become a network by their name. */
static void a_program_called_network_is_still_a_user(void **state)
{
	struct story *story = *state;

	open_the_card(story);
	fake_attribute(story->kernel, "proc/700/comm", "network\n");
	story->settings.take_network = true;
	assert_int_equal(lend_loan_take(&story->context, &story->request, NULL), -EBUSY);
}

/* A user's service manager runs units of any name in user@UID.service. */
static void a_users_own_unit_of_that_name_is_not_the_hosts(void **state)
{
	struct story *story = *state;

	open_the_card(story);
	fake_attribute(story->kernel, "proc/700/cgroup",
		       "0::/user.slice/user-1000.slice/user@1000.service/app.slice/display-manager.service\n");
	story->settings.holders = LEND_HOLDERS_STOP;
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY, IN_USE);
	assert_string_equal(fake_read(story->kernel, "fake/unit-states/display-manager.service"), "(absent)");
}

static void a_lend_that_fails_after_stopping_a_unit_starts_it_again(void **state)
{
	struct story *story = *state;

	open_the_card(story);
	story->settings.holders = LEND_HOLDERS_STOP;
	(void)snprintf(story->settings.stop_units, sizeof(story->settings.stop_units), "display-manager.service");
	fake_stuck_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/driver_override");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EIO,
		       GPU ": the kernel kept driver_override at '' instead of 'vfio-pci'");
	assert_string_equal(fake_read(story->kernel, "fake/unit-states/display-manager.service"), "started");
}

static void a_card_reserved_for_vfio_at_boot_stays_reserved(void **state)
{
	struct story *story = *state;
	char *before, *after;

	fake_function(story->kernel, GPU, 0x030000, 7, "vfio-pci");
	fake_function(story->kernel, AUDIO, 0x040300, 7, "vfio-pci");
	before = fake_dump(story->kernel);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(story_loan_state(story, GPU), "home");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	after = fake_dump(story->kernel);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void a_function_without_a_driver_comes_home_without_one(void **state)
{
	struct story *story = *state;

	fake_function(story->kernel, "0000:03:00.0", 0x038000, 9, NULL);
	story->wanted[0] = story_address("0000:03:00.0");
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_driver(story->kernel, "0000:03:00.0"), "vfio-pci");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, "0000:03:00.0"), "");
	assert_string_equal(fake_read(story->kernel, "sys/bus/pci/devices/0000:03:00.0/driver_override"), "(null)");
}

static void what_was_lent_by_hand_stays_lent_when_a_vm_stops(void **state)
{
	struct story *story = *state;
	struct lend_request by_hand = { .wanted = story->wanted, .wanted_count = 1 };

	assert_done(lend_loan_take(&story->context, &by_hand, error));
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "vfio-pci");
	assert_done(story_return(story, GPU, error));
	assert_done(story_return(story, AUDIO, error));
	assert_string_equal(fake_driver(story->kernel, AUDIO), "snd_hda_intel");
}

#define RESET_METHOD "sys/bus/pci/devices/" GPU "/reset_method"

static void a_reset_method_that_the_assignment_asks_for_lasts_as_long_as_the_loan(void **state)
{
	struct story *story = *state;
	const struct lend_wish wish = { .address = story_address(GPU), .reset = "bus" };

	story->request.wishes = &wish;
	story->request.wish_count = 1;
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_read(story->kernel, RESET_METHOD), "bus");
	assert_string_equal(fake_read(story->kernel, "sys/bus/pci/devices/" AUDIO "/reset_method"), "flr bus");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_read(story->kernel, RESET_METHOD), "flr bus");
}

static void what_somebody_changed_while_on_loan_is_left_and_told(void **state)
{
	struct story *story = *state;
	const struct lend_wish wish = { .address = story_address(GPU), .reset = "bus" };

	story->request.wishes = &wish;
	story->request.wish_count = 1;
	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_attribute(story->kernel, RESET_METHOD, "flr\n");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_read(story->kernel, RESET_METHOD), "flr");
	assert_non_null(strstr(story->notes,
			       "win11: " GPU ": left reset_method at 'flr', which somebody set while it was on loan"));
}

static void the_second_functions_failure_brings_the_first_one_home(void **state)
{
	struct story *story = *state;
	char *before = fake_dump(story->kernel), *after;

	fake_stuck_attribute(story->kernel, "sys/bus/pci/devices/" AUDIO "/driver_override");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EIO,
		       AUDIO ": the kernel kept driver_override at '' instead of 'vfio-pci'");
	fake_remove(story->kernel, "fake/stuck");
	after = fake_dump(story->kernel);
	assert_string_equal(before, after);
	assert_string_equal(story_loan_state(story, GPU), "home");
	free(before);
	free(after);
}

/* libvirt has no time-out for hooks: a driver that hangs must not hang the hook. */
static void a_driver_that_does_not_let_go_is_given_up_at_the_deadline(void **state)
{
	struct story *story = *state;
	struct lend_error refusal = { 0 };

	/* Long enough for every step that does not hang, on a busy machine too. */
	story->settings.unbind_deadline_ms = 3000;
	fake_unbind_hangs(story->kernel, "snd_hda_intel", true);
	assert_int_equal(lend_loan_take(&story->context, &story->request, &refusal), -ETIMEDOUT);
	assert_non_null(strstr(refusal.text, AUDIO ": unbind from snd_hda_intel did not end within 3 s"));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");

	fake_unbind_hangs(story->kernel, "snd_hda_intel", false);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, AUDIO), "snd_hda_intel");
}

static void a_host_driver_that_fails_to_probe_leaves_a_loan_that_tells_so(void **state)
{
	struct story *story = *state;
	struct lend_loan loan;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_probe_fails(story->kernel, "bochs-drm", true);
	assert_refused(lend_loan_return_domain(&story->context, UUID, error), -EIO, GPU ": bochs-drm does not take it");
	assert_string_equal(story_loan_state(story, GPU), "unreturned");
	assert_string_equal(story_loan_state(story, AUDIO), "home");
	assert_done(lend_journal_read(story->context.fs, story_address(GPU), &loan, NULL, error));
	assert_string_equal(loan.why, GPU ": bochs-drm does not take it");

	fake_probe_fails(story->kernel, "bochs-drm", false);
	assert_done(story_return(story, GPU, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
	assert_string_equal(fake_read(story->kernel, "sys/bus/pci/devices/" GPU "/driver_override"), "(null)");
}

static void a_dying_qemu_that_keeps_the_group_is_named(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_process(story->kernel, 812, "qemu-system-x86", UUID, "/dev/vfio/7");
	assert_refused(lend_loan_return_domain(&story->context, UUID, error), -EBUSY,
		       AUDIO ": qemu-system-x86 (pid 812) still holds IOMMU group 7 after 0.1 s");
	fake_process_ends(story->kernel, 812);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

static void a_driver_unloaded_meanwhile_is_loaded_again(void **state)
{
	struct story *story = *state;

	fake_module(story->kernel, "bochs", "bochs-drm");
	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_remove(story->kernel, "sys/bus/pci/drivers/bochs-drm");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

static void a_card_pulled_out_while_on_loan_is_forgotten_with_a_note(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_remove(story->kernel, "sys/bus/pci/devices/" GPU);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_non_null(strstr(story->notes, "win11: " GPU ": it was removed from the host while on loan\n"));
	assert_string_equal(story_loan_state(story, GPU), "home");
}

static void swap_the_card(struct story *story)
{
	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/device", "0x2222\n");
}

static void another_card_in_its_place_does_not_get_its_driver(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	swap_the_card(story);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_non_null(strstr(story->notes,
			       "win11: " GPU
			       ": lent was 1234:1111, but 1234:2222 is there now, which stays as it is\n"));
	assert_string_equal(fake_driver(story->kernel, GPU), "vfio-pci");
	assert_string_equal(story_loan_state(story, GPU), "home");
}

/* What the old card's entry says is not written down for the new one. */
static void another_card_in_its_place_is_lent_as_itself(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_process_ends(story->kernel, 500);
	fake_function(story->kernel, GPU, 0x030000, 7, "nouveau");
	swap_the_card(story);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_non_null(strstr(story->notes, GPU ": forgot the loan of 1234:1111, which is not there any more\n"));
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "nouveau");
}

static void a_damaged_entry_is_set_aside_and_the_kernel_chooses(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_attribute(story->kernel, "run/lendpci/loans/" GPU ".json", "{ \"version\": 1");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_non_null(strstr(story->notes, GPU ": its journal entry /run/lendpci/loans/" GPU ".json is damaged\n"));
	assert_string_equal(fake_driver(story->kernel, AUDIO), "snd_hda_intel");
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBADMSG,
		       GPU ": its journal entry /run/lendpci/loans/" GPU ".json is damaged");

	assert_done(story_return(story, GPU, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
	assert_string_equal(story_loan_state(story, GPU), "home");
}

static void two_at_work_on_one_function_wait_and_then_name_each_other(void **state)
{
	struct story *story = *state;
	struct lend_locks locks = { 0 };
	char sentence[128];

	assert_done(lend_journal_prepare(story->context.fs, error));
	assert_done(lend_lock_function(story->context.fs, story->wanted[0], 0, &locks, error));
	(void)snprintf(sentence, sizeof(sentence), GPU ": another lendpci (pid %d) is at work on it", getpid());
	assert_refused(lend_loan_take(&story->context, &story->request, error), -EBUSY, sentence);
	lend_locks_release(&locks);
	assert_done(lend_loan_take(&story->context, &story->request, error));
}

static void what_is_not_on_loan_is_not_returned_by_hand(void **state)
{
	struct story *story = *state;

	assert_refused(story_return(story, GPU, error), -ENOENT, GPU ": it is not on loan");
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
}

static void a_running_vms_card_is_not_returned_by_hand(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_process(story->kernel, 812, "qemu-system-x86", UUID, "/dev/vfio/7");
	assert_refused(story_return(story, GPU, error), -EBUSY,
		       GPU ": on loan to win11, and in use by qemu-system-x86 (pid 812)");
	assert_string_equal(story_loan_state(story, GPU), "lent");
}

static void a_card_lent_by_hand_is_not_returned_from_under_a_vm(void **state)
{
	struct story *story = *state;
	struct lend_request by_hand = { .wanted = story->wanted, .wanted_count = 1 };

	assert_done(lend_loan_take(&story->context, &by_hand, error));
	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_process(story->kernel, 812, "qemu-system-x86", UUID, "/dev/vfio/7");
	assert_refused(story_return(story, GPU, error), -EBUSY,
		       GPU ": on loan to nobody (lent by hand), and in use by qemu-system-x86 (pid 812)");
	assert_string_equal(story_loan_state(story, GPU), "lent");
}

static void a_card_is_not_returned_by_hand_from_a_vm_that_is_starting(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_refused(story_return(story, GPU, error), -EBUSY, GPU ": on loan to win11, which is starting");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)
	const struct CMUnitTest tests[] = {
		TEST(a_start_takes_the_whole_card_and_a_stop_gives_it_back),
		TEST(a_sibling_in_another_group_stays_with_the_host),
		TEST(a_group_with_the_hosts_disk_is_refused_and_named),
		TEST(the_policy_can_let_the_whole_group_go_along),
		TEST(a_function_that_is_not_there_is_refused),
		TEST(a_host_without_an_iommu_lends_nothing),
		TEST(who_comes_second_is_told_who_has_it),
		TEST(a_process_with_the_card_open_is_named),
		TEST(a_user_is_waited_for_and_then_named),
		TEST(the_hosts_units_are_stopped_for_a_loan_and_started_after_it),
		TEST(a_unit_is_known_by_its_alias),
		TEST(an_owner_can_ask_for_more_care_of_the_host_never_for_less),
		TEST(a_network_card_in_use_is_taken_where_the_settings_say_so),
		TEST(a_program_called_network_is_still_a_user),
		TEST(a_users_own_unit_of_that_name_is_not_the_hosts),
		TEST(a_lend_that_fails_after_stopping_a_unit_starts_it_again),
		TEST(a_card_reserved_for_vfio_at_boot_stays_reserved),
		TEST(a_function_without_a_driver_comes_home_without_one),
		TEST(what_was_lent_by_hand_stays_lent_when_a_vm_stops),
		TEST(a_reset_method_that_the_assignment_asks_for_lasts_as_long_as_the_loan),
		TEST(what_somebody_changed_while_on_loan_is_left_and_told),
		TEST(the_second_functions_failure_brings_the_first_one_home),
		TEST(a_driver_that_does_not_let_go_is_given_up_at_the_deadline),
		TEST(a_host_driver_that_fails_to_probe_leaves_a_loan_that_tells_so),
		TEST(a_dying_qemu_that_keeps_the_group_is_named),
		TEST(a_driver_unloaded_meanwhile_is_loaded_again),
		TEST(a_card_pulled_out_while_on_loan_is_forgotten_with_a_note),
		TEST(another_card_in_its_place_does_not_get_its_driver),
		TEST(another_card_in_its_place_is_lent_as_itself),
		TEST(a_damaged_entry_is_set_aside_and_the_kernel_chooses),
		TEST(two_at_work_on_one_function_wait_and_then_name_each_other),
		TEST(what_is_not_on_loan_is_not_returned_by_hand),
		TEST(a_running_vms_card_is_not_returned_by_hand),
		TEST(a_card_lent_by_hand_is_not_returned_from_under_a_vm),
		TEST(a_card_is_not_returned_by_hand_from_a_vm_that_is_starting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
