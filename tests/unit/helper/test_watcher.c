/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watcher over libvirt's test driver, which keeps its domains in this process: what people do to a definition, and
 * what is left of it.
 */
#include "service/watcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "assignment/inject.h"
#include "assignment/make.h"
#include "domain_text.h"
#include "lendpci/act/context.h"
#include "lendpci/base/settings.h"
#include "lendpci/decide/edit/edit.h"
#include "lendpci/know/domain/domain.h"
#include "libvirt/connection.h"
#include "libvirt/events.h"
#include "machine_fs.h"

/* Far more events than any story has; an event that is on its way comes within one. */
enum { TURNS = 12, TURN_MS = 30 };

struct story {
	struct machine_fs machine;
	struct lend_context context;
	struct lend_libvirt *libvirt;
	struct lend_watcher *watcher;
	char notes[4096];
};

static void remember(void *userdata, enum lend_note_level level, const char *sentence)
{
	struct story *story = userdata;

	(void)level;
	(void)strncat(story->notes, sentence, sizeof(story->notes) - strlen(story->notes) - 2);
	(void)strcat(story->notes, "\n");
}

static int begin(void **state)
{
	struct story *story = calloc(1, sizeof(*story));

	assert_non_null(story);
	story->machine = machine_fs_new("lab");
	story->context = (struct lend_context){ story->machine.fs, &lend_settings_default, remember, story, NULL };
	assert_done(lend_libvirt_loop_prepare(error));
	assert_done(lend_libvirt_open("test:///default", &story->libvirt, error));
	assert_done(lend_watcher_new(&story->context, story->libvirt, &story->watcher, error));
	*state = story;
	return 0;
}

static int end(void **state)
{
	struct story *story = *state;

	lend_watcher_free(story->watcher);
	lend_libvirt_close(story->libvirt);
	machine_fs_free(&story->machine);
	free(story);
	return 0;
}

static void let_it_work(struct story *story)
{
	for (int i = 0; i < TURNS; i++)
		assert_done(lend_watcher_run(story->watcher, TURN_MS, error));
}

static void define(struct story *story, const char *xml)
{
	assert_done(lend_libvirt_define(story->libvirt, "t1", xml, error));
}

/* As it is now, the caller's to free. */
static char *definition(struct story *story, const char *name)
{
	struct lend_libvirt_domain *domain = NULL;
	char *xml = NULL;

	assert_done(lend_libvirt_find(story->libvirt, name, &domain, error));
	assert_done(lend_libvirt_definition(domain, &xml, error));
	lend_libvirt_domain_free(domain);
	return xml;
}

/* t1 with the lab's card assigned to it. */
static char *assigned(struct story *story)
{
	_cleanup_(lend_assignment_clear) struct lend_assignment assignment = { 0 };
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	_cleanup_free_ char *text = domain_text("q35");
	struct lend_address card = at("0000:01:00.0");
	const struct lend_addresses wanted = { &card, 1 };
	const struct lend_assign_options options = { .mmio_high = 64ULL << 30,
						     .libvirt = lend_libvirt_version(story->libvirt) };
	struct lend_injection injection;
	char *xml = NULL;

	assert_done(lend_domain_parse(text, strlen(text), &domain, error));
	assert_done(lend_assignment_make(story->machine.fs, &wanted, false, &assignment, error));
	assert_done(lend_assignment_inject(story->machine.fs, &assignment, &options, domain, text, strlen(text), &xml,
					   &injection, error));
	return xml;
}

/* @xml with the text from the first @from up to the end of the next @to replaced by @with. The caller's to free. */
static char *edited(const char *xml, const char *from, const char *to, const char *with)
{
	const char *begin_at = strstr(xml, from), *end_at;
	char *text = NULL;

	assert_non_null(begin_at);
	end_at = strstr(begin_at, to);
	assert_non_null(end_at);
	assert_true(asprintf(&text, "%.*s%s%s", (int)(begin_at - xml), xml, with, end_at + strlen(to)) > 0);
	return text;
}

static void assert_in_line(struct story *story)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	_cleanup_free_ char *xml = definition(story, "t1");

	assert_done(lend_domain_parse(xml, strlen(xml), &domain, error));
	assert_int_equal(domain->hostdev_count, 2);
	assert_non_null(strstr(xml, "<alias name='ua-lendpci-0000-01-00-0'/>"));
	assert_non_null(strstr(xml, "<alias name='ua-lendpci-0000-01-00-1'/>"));
	assert_non_null(strstr(xml, "<pcihole64"));
}

static void a_hostdev_removed_in_virt_manager_comes_back(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *xml = assigned(story), *less = edited(xml, "<hostdev", "</hostdev>", "");

	define(story, less);
	let_it_work(story);
	assert_in_line(story);
	/* Its own change came back as an event, and that was the end of it. */
	assert_int_equal(lend_watcher_repairs(story->watcher), 1);
	assert_int_equal(lend_watcher_domains(story->watcher), 1);
	assert_string_equal(story->notes, "t1: repaired its definition: restored 1 hostdev\n");
	let_it_work(story);
	assert_int_equal(lend_watcher_repairs(story->watcher), 1);
}

static void a_lost_window_comes_back(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *xml = assigned(story), *less = edited(xml, "<pcihole64", "</pcihole64>", "");

	define(story, less);
	let_it_work(story);
	assert_in_line(story);
	assert_int_equal(lend_watcher_repairs(story->watcher), 1);
}

static void a_machine_that_is_to_restart_again_is_made_to_stop(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *xml = assigned(story),
			    *restarts = edited(xml, "<on_poweroff>", "</on_poweroff>",
					       "<on_poweroff>restart</on_poweroff>"),
			    *now = NULL;

	define(story, restarts);
	let_it_work(story);
	let_it_work(story);
	now = definition(story, "t1");
	assert_non_null(strstr(now, "<on_poweroff>destroy</on_poweroff>"));
	assert_int_equal(lend_watcher_repairs(story->watcher), 1);
	assert_string_equal(
		story->notes,
		"t1: repaired its definition: on_poweroff is destroy now instead of restart, so that a guest that shuts down gives its devices back\n");
}

static void what_is_in_line_is_not_touched(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *xml = assigned(story);

	define(story, xml);
	let_it_work(story);
	assert_int_equal(lend_watcher_repairs(story->watcher), 0);
	assert_string_equal(story->notes, "");
}

/* Who takes the policy out wants to be rid of us, hostdevs or not. */
static void a_removed_policy_is_not_fought_for(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *xml = assigned(story);
	_cleanup_free_ char *no_policy = edited(xml, "<lendpci:assignment", "</lendpci:assignment>", "");
	_cleanup_free_ char *less = edited(no_policy, "<hostdev", "</hostdev>", ""), *now = NULL;

	define(story, xml);
	let_it_work(story);
	define(story, less);
	let_it_work(story);
	now = definition(story, "t1");
	assert_null(strstr(now, "lendpci:assignment"));
	assert_int_equal(lend_watcher_repairs(story->watcher), 0);
	assert_int_equal(lend_watcher_domains(story->watcher), 0);
}

/* The card that was 05:00 when it was assigned: nothing but the bus numbers changed. */
static void a_renumbered_card_is_followed(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *xml = assigned(story);
	char *wrong = strdup(xml);

	for (char *found = wrong; (found = strstr(found, "address=\"0000:01:00")); found++)
		memcpy(found, "address=\"0000:05:00", strlen("address=\"0000:05:00"));
	for (char *found = wrong; (found = strstr(found, "bus='0x01' slot='0x00' function='0x0'/>\n      </source"));
	     found++)
		memcpy(found, "bus='0x05'", strlen("bus='0x05'"));
	for (char *found = wrong; (found = strstr(found, "bus='0x01' slot='0x00' function='0x1'/>\n      </source"));
	     found++)
		memcpy(found, "bus='0x05'", strlen("bus='0x05'"));
	define(story, wrong);
	free(wrong);
	let_it_work(story);
	assert_in_line(story);
	assert_string_equal(story->notes, "t1: repaired its definition: updated the address of 2 devices\n");
}

/* Another card in that place is none that anybody assigned: the start will be refused, and nothing is rewritten. */
static void another_card_in_the_place_is_told_once(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *xml = assigned(story);

	memcpy(strstr(xml, "vendor=\"0x1234\""), "vendor=\"0x10de\"", strlen("vendor=\"0x10de\""));
	define(story, xml);
	let_it_work(story);
	define(story, xml);
	let_it_work(story);
	assert_int_equal(lend_watcher_repairs(story->watcher), 0);
	assert_string_equal(
		story->notes,
		"t1: 0000:01:00.0: it is a different card now: 1234:1111 (subsystem 1af4:1100), assigned was 10de:1111\n");
}

/* virt-clone copies the policy with everything else. */
static void a_clone_is_told_and_left_as_it_is(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *xml = assigned(story), *named = edited(xml, "<name>", "</name>", "<name>copy</name>");
	_cleanup_free_ char *clone = edited(named, "<uuid>", "</uuid>", "");

	define(story, xml);
	let_it_work(story);
	define(story, clone);
	let_it_work(story);
	assert_int_equal(lend_watcher_repairs(story->watcher), 0);
	assert_int_equal(lend_watcher_domains(story->watcher), 2);
	assert_string_equal(story->notes,
			    "copy: 0000:01:00.0 is assigned to t1, too: only one of them can run at a time\n");
}

/* A script that insists: twenty times is enough, and the loop is not busy. */
static void repairs_that_are_always_reverted_end(void **state)
{
	struct story *story = *state;
	_cleanup_free_ char *xml = assigned(story), *less = edited(xml, "<hostdev", "</hostdev>", "");

	/* Somebody's script undoes every repair, also after the watcher has seen it in line. */
	for (int i = 0; i < 24; i++) {
		define(story, less);
		let_it_work(story);
	}
	assert_int_equal(lend_watcher_repairs(story->watcher), 20);
}

static int64_t now_ms(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* libvirt's loop ended every wait at once, and the service took a whole CPU to wait. */
static void with_nothing_to_do_it_sleeps(void **state)
{
	struct story *story = *state;
	int64_t before;

	let_it_work(story);
	before = now_ms();
	for (int i = 0; i < 5; i++)
		assert_done(lend_watcher_run(story->watcher, 60, error));
	assert_true(now_ms() - before >= 200);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_hostdev_removed_in_virt_manager_comes_back),
		TEST(a_lost_window_comes_back),
		TEST(a_machine_that_is_to_restart_again_is_made_to_stop),
		TEST(what_is_in_line_is_not_touched),
		TEST(a_removed_policy_is_not_fought_for),
		TEST(a_renumbered_card_is_followed),
		TEST(another_card_in_the_place_is_told_once),
		TEST(a_clone_is_told_and_left_as_it_is),
		TEST(repairs_that_are_always_reverted_end),
		TEST(with_nothing_to_do_it_sleeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
