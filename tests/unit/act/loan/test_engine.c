/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Side by side: several cards at once, and what one of them does to the others. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lendpci/base/clock.h"
#include "lendpci/base/fs.h"
#include "loan_story.h"

enum { CARDS = 8, SLOW_MS = 300 };

/* Cards 0000:0N:00.0 behind ports of their own, on a driver that needs its time. */
static const char *card(unsigned n)
{
	static char text[CARDS][16];

	(void)snprintf(text[n], sizeof(text[n]), "0000:%02x:00.0", 0x10 + n);
	return text[n];
}

struct hall {
	struct story *story;
	struct lend_address wanted[CARDS];
};

static struct hall want_cards(struct story *story, size_t count)
{
	struct hall hall = { .story = story };

	for (unsigned i = 0; i < CARDS; i++) {
		fake_function(story->kernel, card(i), 0x120000, 20 + (int)i, "accel");
		hall.wanted[i] = story_address(card(i));
	}
	fake_slow(story->kernel, "accel", SLOW_MS);
	story->request.wanted_count = count;
	return hall;
}

static void eight_cards_take_as_long_as_one(void **state)
{
	struct story *story = *state;
	struct hall hall = want_cards(story, CARDS);
	int64_t begin = lend_now_ms();

	story->request.wanted = hall.wanted;
	assert_done(lend_loan_take(&story->context, &story->request, error));
	/* In a row it would be 8 x 300 ms; half of that leaves a busy machine its time. */
	assert_true(lend_now_ms() - begin < CARDS * SLOW_MS / 2);
	for (unsigned i = 0; i < CARDS; i++)
		assert_string_equal(fake_driver(story->kernel, card(i)), "vfio-pci");

	begin = lend_now_ms();
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_true(lend_now_ms() - begin < CARDS * SLOW_MS / 2);
	for (unsigned i = 0; i < CARDS; i++)
		assert_string_equal(fake_driver(story->kernel, card(i)), "accel");
}

static void functions_of_one_card_go_one_after_the_other(void **state)
{
	struct story *story = *state;
	int64_t begin;

	fake_slow(story->kernel, "bochs-drm", SLOW_MS);
	fake_slow(story->kernel, "snd_hda_intel", SLOW_MS);
	begin = lend_now_ms();
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_true(lend_now_ms() - begin >= 2 * SLOW_MS);
}

static void one_card_that_hangs_is_told_and_the_rest_comes_home(void **state)
{
	struct story *story = *state;
	struct hall hall = want_cards(story, 3);
	struct lend_error refusal = { 0 };
	int64_t begin = lend_now_ms();

	fake_function(story->kernel, card(1), 0x120000, 21, "stuck");
	fake_unbind_hangs(story->kernel, "stuck", true);
	story->settings.unbind_deadline_ms = 1500;
	story->request.wanted = hall.wanted;
	assert_int_equal(lend_loan_take(&story->context, &story->request, &refusal), -ETIMEDOUT);
	assert_non_null(strstr(refusal.text, "0000:11:00.0: unbind from stuck did not end within 1.5 s"));
	assert_true(lend_now_ms() - begin < 3 * 1500);
	assert_string_equal(fake_driver(story->kernel, card(0)), "accel");
	assert_string_equal(fake_driver(story->kernel, card(2)), "accel");
	assert_string_equal(story_loan_state(story, card(0)), "home");
	fake_unbind_hangs(story->kernel, "stuck", false);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, card(1)), "stuck");
}

/* Whoever holds two groups is waited for once. */
static void a_dying_qemu_is_waited_for_once(void **state)
{
	struct story *story = *state;
	struct hall hall = want_cards(story, 4);
	int64_t begin;

	story->request.wanted = hall.wanted;
	assert_done(lend_loan_take(&story->context, &story->request, error));
	for (int i = 0; i < 4; i++) {
		char node[32];

		(void)snprintf(node, sizeof(node), "/dev/vfio/%d", 20 + i);
		fake_process(story->kernel, 800 + i, "qemu-system-x86", UUID, node);
	}
	story->settings.vfio_release_deadline_ms = 1000;
	begin = lend_now_ms();
	assert_refused(lend_loan_return_domain(&story->context, UUID, error), -EBUSY,
		       "0000:13:00.0: qemu-system-x86 (pid 803) still holds IOMMU group 23 after 1 s");
	assert_true(lend_now_ms() - begin < 2500);
	assert_string_equal(story_loan_state(story, card(0)), "unreturned");
	assert_string_equal(fake_driver(story->kernel, card(0)), "vfio-pci");
}

/* Probe fails: the card stays without its driver, but it may sleep again, and the other one is home. */
static void a_step_that_fails_on_the_way_home_does_not_stop_the_others(void **state)
{
	struct story *story = *state;

	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/power/control", "auto\n");
	assert_done(lend_loan_take(&story->context, &story->request, error));
	assert_string_equal(fake_read(story->kernel, "sys/bus/pci/devices/" GPU "/power/control"), "on");
	fake_probe_fails(story->kernel, "bochs-drm", true);
	assert_refused(lend_loan_return_domain(&story->context, UUID, error), -EIO, GPU ": bochs-drm does not take it");
	assert_string_equal(fake_read(story->kernel, "sys/bus/pci/devices/" GPU "/power/control"), "auto");
	assert_string_equal(fake_driver(story->kernel, AUDIO), "snd_hda_intel");
	assert_string_equal(story_loan_state(story, GPU), "unreturned");
}

/* /run is full: what is on file is enough to undo from. */
static void a_journal_that_cannot_be_written_does_not_keep_a_card(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_journal_is_full(story->kernel, true);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
	assert_string_equal(fake_driver(story->kernel, AUDIO), "snd_hda_intel");
	assert_string_equal(story_loan_state(story, GPU), "home");
	fake_journal_is_full(story->kernel, false);
}

/* Between two functions of one card: the driver of the first waits until the second one is off vfio-pci. */
static void no_host_driver_probes_while_its_card_is_on_vfio(void **state)
{
	struct story *story = *state;

	assert_done(lend_loan_take(&story->context, &story->request, error));
	fake_unbind_fails(story->kernel, AUDIO, true);
	assert_refused(lend_loan_return_domain(&story->context, UUID, error), -EIO,
		       AUDIO ": cannot be unbound from vfio-pci: /sys/bus/pci/devices/" AUDIO
			     "/driver/unbind: Input/output error");
	assert_string_equal(fake_driver(story->kernel, GPU), "");
	fake_unbind_fails(story->kernel, AUDIO, false);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
	assert_string_equal(fake_driver(story->kernel, AUDIO), "snd_hda_intel");
}

#define UNIT_STATE "fake/unit-states/display-manager.service"

/* Xorg of display-manager.service has both cards open; two VMs take one each. */
static void lend_to_two(struct story *story, struct lend_request *other, struct lend_address *card_of_other)
{
	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/drm/card0/dev", "226:0\n");
	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/drm/card0/uevent", "DEVNAME=dri/card0\n");
	fake_function(story->kernel, card(0), 0x038000, 20, "accel");
	fake_attribute(story->kernel, "sys/bus/pci/devices/0000:10:00.0/drm/card1/dev", "226:1\n");
	fake_attribute(story->kernel, "sys/bus/pci/devices/0000:10:00.0/drm/card1/uevent", "DEVNAME=dri/card1\n");
	story->settings.holders = LEND_HOLDERS_STOP;
	(void)snprintf(story->settings.stop_units, sizeof(story->settings.stop_units), "display-manager.service");
	fake_process(story->kernel, 700, "Xorg", NULL, "/dev/dri/card0");
	fake_unit(story->kernel, "display-manager.service", 700);
	assert_done(lend_loan_take(&story->context, &story->request, error));
	/* Somebody started it again meanwhile, on the other card. */
	fake_process(story->kernel, 701, "Xorg", NULL, "/dev/dri/card1");
	fake_unit(story->kernel, "display-manager.service", 701);
	*card_of_other = story_address(card(0));
	*other = story_other(story);
	other->wanted = card_of_other;
	assert_done(lend_loan_take(&story->context, other, error));
	assert_string_equal(fake_read(story->kernel, UNIT_STATE), "stopped");
}

static void a_unit_that_two_loans_stopped_starts_with_the_last_of_them(void **state)
{
	struct story *story = *state;
	struct lend_address card_of_other;
	struct lend_request other;

	lend_to_two(story, &other, &card_of_other);
	assert_done(lend_loan_return_domain(&story->context, UUID, error));
	assert_string_equal(fake_read(story->kernel, UNIT_STATE), "stopped");
	assert_done(lend_loan_return_domain(&story->context, OTHER, error));
	assert_string_equal(fake_read(story->kernel, UNIT_STATE), "started");
}

/* The host's desktop is not held back by a card that may never come home. */
static void a_card_that_does_not_come_home_keeps_no_unit_down(void **state)
{
	struct story *story = *state;
	struct lend_address card_of_other;
	struct lend_request other;

	lend_to_two(story, &other, &card_of_other);
	assert_done(lend_loan_return_domain(&story->context, OTHER, error));
	fake_probe_fails(story->kernel, "bochs-drm", true);
	assert_refused(lend_loan_return_domain(&story->context, UUID, error), -EIO, GPU ": bochs-drm does not take it");
	assert_string_equal(fake_read(story->kernel, UNIT_STATE), "started");
	/* What needs the card waits for it: its screen's text, and the unit once more, which may have failed without.
	 */
	assert_string_not_equal(story_record(story, UUID, "console"), "");
	fake_attribute(story->kernel, UNIT_STATE, "failed");
	fake_probe_fails(story->kernel, "bochs-drm", false);
	assert_done(story_return(story, GPU, error));
	assert_string_equal(fake_read(story->kernel, UNIT_STATE), "started");
	assert_string_equal(fake_read(story->kernel, FAKE_CONSOLE "/bind"), "1");
	assert_string_equal(story_record(story, UUID, "console"), "");
}

static void a_card_that_does_not_wake_up_is_given_up_at_the_deadline(void **state)
{
	struct story *story = *state;
	struct lend_error refusal = { 0 };
	struct lend_loan loan;

	fake_attribute(story->kernel, "sys/bus/pci/devices/" GPU "/power/control", "auto\n");
	fake_attribute_hangs(story->kernel, "sys/bus/pci/devices/" GPU "/power/control", true);
	story->settings.unbind_deadline_ms = 300;
	assert_int_equal(lend_loan_take(&story->context, &story->request, &refusal), -ETIMEDOUT);
	assert_non_null(strstr(refusal.text, GPU ": waking it up did not end within 0.3 s"));
	fake_attribute_hangs(story->kernel, "sys/bus/pci/devices/" GPU "/power/control", false);
	assert_int_equal(lend_journal_read(story->context.fs, story_address(GPU), &loan, NULL, NULL), -ENOENT);
	assert_string_equal(fake_driver(story->kernel, GPU), "bochs-drm");
}

static void loading_the_driver_that_lends_has_a_deadline(void **state)
{
	struct story *story = *state;
	struct lend_error refusal = { 0 };

	fake_module(story->kernel, "vfio-pci", "vfio-pci");
	fake_remove(story->kernel, "sys/bus/pci/drivers/vfio-pci");
	fake_attribute_hangs(story->kernel, "module/vfio-pci", true);
	story->settings.unbind_deadline_ms = 300;
	assert_int_equal(lend_loan_take(&story->context, &story->request, &refusal), -ETIMEDOUT);
	assert_non_null(strstr(refusal.text, "loading vfio-pci did not end within 0.3 s"));
	assert_string_equal(story_loan_state(story, GPU), "home");
	fake_attribute_hangs(story->kernel, "module/vfio-pci", false);
	assert_done(lend_loan_take(&story->context, &story->request, error));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)
	const struct CMUnitTest tests[] = {
		TEST(eight_cards_take_as_long_as_one),
		TEST(functions_of_one_card_go_one_after_the_other),
		TEST(one_card_that_hangs_is_told_and_the_rest_comes_home),
		TEST(a_dying_qemu_is_waited_for_once),
		TEST(a_step_that_fails_on_the_way_home_does_not_stop_the_others),
		TEST(a_journal_that_cannot_be_written_does_not_keep_a_card),
		TEST(no_host_driver_probes_while_its_card_is_on_vfio),
		TEST(a_unit_that_two_loans_stopped_starts_with_the_last_of_them),
		TEST(a_card_that_does_not_come_home_keeps_no_unit_down),
		TEST(a_card_that_does_not_wake_up_is_given_up_at_the_deadline),
		TEST(loading_the_driver_that_lends_has_a_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
