/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeps a full stop a full stop in a definition: changed with a reason, and put back without a trace. */
#include <errno.h>

#include "edit_text.h"
#include "lendpci/base/cleanup.h"

#define DOMAIN(actions)                                                                                                \
	"<domain type='kvm'>\n  <name>a</name>\n  <os>\n    <type arch='x86_64' machine='q35'>hvm</type>\n  </os>\n"   \
	"  <clock offset='utc'/>\n" actions                                                                            \
	"  <devices>\n    <emulator>/bin/true</emulator>\n  </devices>\n</domain>\n"

/* The one hostdev of @other, with whatever @xml has beside. */
static char *assigned(const char *xml)
{
	return injected(xml, &other, 1, 0);
}

static void assert_told(const char *const *sentences, size_t count)
{
	assert_int_equal(report.stop_count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(report.stops[i], sentences[i]);
}

/* sleepy.xml: restarts when it powers off, stays when it crashes, and may sleep. */
static void a_machine_that_would_not_stop_is_made_to(void **state)
{
	static const char *const why[] = {
		"on_poweroff is destroy now instead of restart, so that a guest that shuts down gives its devices back",
		"on_crash is destroy now instead of preserve, so that a guest that crashes gives its devices back",
		"suspend-to-mem is off now, so that the guest does not hold its devices while it sleeps",
		"suspend-to-disk is off now, so that the guest does not wake up to devices that others had meanwhile",
	};
	_cleanup_free_ char *before = domain_text("sleepy"), *after = assigned(before), *again = NULL, *gone = NULL;

	(void)state;
	assert_told(why, LEND_ARRAY_SIZE(why));
	assert_has(after, "  <on_poweroff>destroy</on_poweroff>\n"
			  "  <on_reboot>restart</on_reboot>\n"
			  "  <on_crash>destroy</on_crash>\n"
			  "  <pm>\n"
			  "    <suspend-to-mem enabled='no'/>\n"
			  "    <suspend-to-disk enabled='no'/>\n"
			  "  </pm>\n"
			  "  <perf>\n");
	assert_has(after, "<lendpci:before on_poweroff=\"restart\" on_crash=\"preserve\" suspend-to-mem=\"none\" "
			  "suspend-to-disk=\"yes\"/>");
	again = assigned(after);
	assert_int_equal(report.stop_count, 0);
	assert_string_equal(again, after);
	gone = withdrawn(after, NULL, 0);
	assert_string_equal(gone, before);
}

static void what_was_missing_is_missing_again(void **state)
{
	static const char *const before[] = {
		DOMAIN(""),
		DOMAIN("  <on_poweroff>rename-restart</on_poweroff>\n\n"),
		DOMAIN("  <pm>\n    <suspend-to-mem enabled='yes'/>\n  </pm>\n"),
		DOMAIN("  <pm>\n    <suspend-to-mem/>\n    <suspend-to-disk enabled='no'/>\n  </pm>\n"),
		DOMAIN("  <perf/>\n"),
		"<domain type='kvm'><os><type machine='pc'>hvm</type></os><devices/></domain>\n",
	};

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(before); i++) {
		_cleanup_free_ char *after = assigned(before[i]), *again = assigned(after),
				    *gone = withdrawn(after, NULL, 0);

		assert_string_equal(again, after);
		assert_int_equal(count_of(after, "<suspend-to-mem enabled='no'/>"), 1);
		assert_int_equal(count_of(after, "<suspend-to-disk enabled='no'/>"), 1);
		assert_string_equal(gone, before[i]);
	}
}

static void what_stops_already_stays_as_it_is(void **state)
{
	static const char before[] =
		DOMAIN("  <on_poweroff>destroy</on_poweroff>\n"
		       "  <on_reboot>restart</on_reboot>\n"
		       "  <on_crash>coredump-restart</on_crash>\n"
		       "  <pm>\n    <suspend-to-mem enabled='no'/>\n    <suspend-to-disk enabled='no'/>\n  </pm>\n");
	_cleanup_free_ char *after = assigned(before);

	(void)state;
	assert_int_equal(report.stop_count, 0);
	assert_has(after, "<on_crash>coredump-restart</on_crash>");
	assert_lacks(after, "<lendpci:before");
}

/* Elsewhere QEMU has no such switches, and libvirt refuses them. */
static void only_x86_has_sleep_states_to_switch_off(void **state)
{
	static const char arm[] = "<domain><os><type arch='aarch64' machine='virt'>hvm</type></os>"
				  "<on_poweroff>restart</on_poweroff><devices/></domain>\n";
	_cleanup_free_ char *after = assigned(arm);

	(void)state;
	assert_int_equal(report.stop_count, 1);
	assert_has(after, "<on_poweroff>destroy</on_poweroff>");
	assert_lacks(after, "<pm>");
}

/* As long as the device is assigned it is changed again; what somebody wanted last is what comes back in the end. */
static void what_somebody_sets_later_is_changed_as_well(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *after = assigned(before), *repaired = NULL, *gone = NULL;
	char *poweroff = strstr(after, "<on_poweroff>destroy"), *mem = strstr(after, "mem enabled='no'");

	(void)state;
	memcpy(poweroff, "<on_poweroff>restart", strlen("<on_poweroff>restart"));
	memcpy(mem, "mem enabled='1' ", strlen("mem enabled='no'"));
	repaired = injected(after, NULL, 0, 0);
	assert_int_equal(report.stop_count, 1);
	assert_has(repaired, "<on_poweroff>destroy</on_poweroff>");
	/* This is no word that libvirt would take. */
	assert_has(repaired, "<suspend-to-mem enabled='1'/>");
	gone = withdrawn(repaired, NULL, 0);
	assert_has(gone, "<on_poweroff>restart</on_poweroff>");
	assert_has(gone, "  <pm>\n    <suspend-to-mem enabled='1'/>\n  </pm>\n");
}

/* While one device stays, so does what it needs. */
static void the_last_device_takes_it_along(void **state)
{
	const struct lend_policy_device two[] = { card_0, other };
	_cleanup_free_ char *before = domain_text("sleepy"), *both = injected(before, two, 2, 0), *one = NULL,
			    *none = NULL;

	(void)state;
	one = withdrawn(both, &other, 1);
	assert_has(one, "<on_poweroff>destroy</on_poweroff>");
	assert_has(one, "on_poweroff=\"restart\"");
	none = withdrawn(one, &card_0, 1);
	assert_string_equal(none, before);
}

/* libvirt refuses on_poweroff='restart' beside on_reboot='destroy', and would refuse to unassign with it. */
static void what_libvirt_would_refuse_is_not_put_back(void **state)
{
	_cleanup_free_ char *before = domain_text("sleepy"), *after = assigned(before), *gone = NULL;
	char *reboot = strstr(after, "<on_reboot>restart");

	(void)state;
	memcpy(reboot, "<on_reboot>destroy", strlen("<on_reboot>destroy"));
	gone = withdrawn(after, NULL, 0);
	assert_has(gone, "<on_poweroff>destroy</on_poweroff>");
	assert_has(gone, "<on_crash>preserve</on_crash>");
}

static char *assigned_under(unsigned long libvirt, const char *xml)
{
	const struct lend_edit_request request = { .devices = &other, .count = 1, .libvirt = libvirt };
	char *text = NULL;

	assert_done(lend_edit_inject(xml, strlen(xml), &request, templates, &text, &report, error));
	return text;
}

/* libvirt 10.0.0 may choose a driver by which the card could be saved and migrated, and can be told not to. */
static void the_card_keeps_to_a_driver_that_cannot_migrate(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *old = assigned_under(9010000, before),
			    *new = assigned_under(10000000, before), *upgraded = assigned_under(11003000, old),
			    *again = assigned_under(11003000, new), *gone = NULL;

	(void)state;
	assert_lacks(old, "<driver model=");
	assert_has(new, "    <hostdev mode='subsystem' type='pci' managed='yes'>\n"
			"      <driver model='vfio-pci'/>\n"
			"      <source>\n");
	/* Assigned before libvirt was upgraded: told once. */
	assert_string_equal(upgraded, new);
	assert_string_equal(again, new);
	assert_false(report.changed);
	gone = withdrawn(new, NULL, 0);
	assert_string_equal(gone, before);
}

static void another_driver_that_somebody_chose_stays(void **state)
{
	_cleanup_free_ char *before = domain_text("virt-manager"), *after = assigned_under(10000000, before),
			    *again = NULL;
	char *model = strstr(after, "model='vfio-pci'");

	(void)state;
	/* The hostdev that was written by hand is left alone altogether. */
	assert_int_equal(count_of(after, "<driver model="), 1);
	memcpy(model, "model='my-pci'  ", strlen("model='vfio-pci'"));
	again = assigned_under(10000000, after);
	assert_has(again, "<driver model='my-pci'/>");
	assert_int_equal(count_of(again, "<driver model="), 1);
	assert_false(report.changed);
}

static void a_policy_that_puts_back_nonsense_is_refused(void **state)
{
	static const struct {
		const char *before, *sentence;
	} bad[] = {
		{ "on_poweroff='never'", "line 1: policy: on_poweroff='never' is not understood" },
		{ "on_crash='none'", "line 1: policy: on_crash='none' is not understood" },
		{ "suspend-to-disk='restart'", "line 1: policy: suspend-to-disk='restart' is not understood" },
	};
	const struct lend_edit_request request = { .devices = &other, .count = 1 };

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(bad); i++) {
		_cleanup_free_ char *xml = NULL;
		char *text = NULL;

		assert_int_not_equal(
			asprintf(&xml,
				 "<domain><metadata><l:assignment xmlns:l='urn:lendpci:1'><l:before %s/>"
				 "</l:assignment></metadata><os><type machine='q35'/></os><devices/></domain>",
				 bad[i].before),
			-1);
		assert_refused(lend_edit_inject(xml, strlen(xml), &request, templates, &text, &report, error), -EINVAL,
			       bad[i].sentence);
		assert_null(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_that_would_not_stop_is_made_to),
		cmocka_unit_test(what_was_missing_is_missing_again),
		cmocka_unit_test(what_stops_already_stays_as_it_is),
		cmocka_unit_test(only_x86_has_sleep_states_to_switch_off),
		cmocka_unit_test(what_somebody_sets_later_is_changed_as_well),
		cmocka_unit_test(the_last_device_takes_it_along),
		cmocka_unit_test(what_libvirt_would_refuse_is_not_put_back),
		cmocka_unit_test(the_card_keeps_to_a_driver_that_cannot_migrate),
		cmocka_unit_test(another_driver_that_somebody_chose_stays),
		cmocka_unit_test(a_policy_that_puts_back_nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, load_templates, free_templates);
}
