/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor's judgement of what only a running host can answer; the rest is told by tests/cli/doctor.sh. */
#include "lendpci/decide/doctor_checks.h"

#include "lendpci/know/domain/config.h"
#include "lendpci/know/host/readiness.h"
#include "lendpci/know/pci/inventory.h"
#include "test.h"

static const struct lend_inventory no_functions;
static const struct lend_domain_configs no_domains;

static struct lend_readiness ready_host(void)
{
	return (struct lend_readiness){
		.cpu = LEND_CPU_AMD,
		.has_iommu = true,
		.remaps_interrupts = true,
		.has_vfio = true,
		.hook = LEND_HOOK_IN_PLACE,
		.hook_changed = 1000,
		.daemon = "virtqemud",
		.daemon_started = 2000,
		.service_runs = true,
		.guests_enabled = true,
		.guests_action = "shutdown",
	};
}

static struct lend_doctor_facts facts_of(const struct lend_readiness *host)
{
	return (struct lend_doctor_facts){ .host = host, .inventory = &no_functions, .domains = &no_domains };
}

static const struct lend_check *find(const struct lend_doctor_checks *checks, const char *name)
{
	for (size_t i = 0; i < checks->count; i++)
		if (strcmp(checks->checks[i].name, name) == 0)
			return &checks->checks[i];
	return NULL;
}

static void assert_check(const struct lend_doctor_facts *facts, const char *name, enum lend_check_level level,
			 const char *text, const char *hint)
{
	struct lend_doctor_checks checks;
	const struct lend_check *check;

	lend_doctor_checks_evaluate(facts, &checks);
	check = find(&checks, name);
	assert_non_null(check);
	assert_string_equal(check->text, text);
	assert_string_equal(check->hint, hint);
	assert_int_equal(check->level, level);
	assert_int_equal(checks.failed, level == LEND_CHECK_FAIL);
}

static void the_host_may_sleep_over_a_loan_only_without_the_service(void **state)
{
	struct lend_readiness host = ready_host();
	struct lend_doctor_facts facts = facts_of(&host);
	struct lend_doctor_checks checks;

	(void)state;
	lend_doctor_checks_evaluate(&facts, &checks);
	assert_null(find(&checks, "sleep"));
	facts.lent_count = 1;
	assert_check(&facts, "sleep", LEND_CHECK_OK,
		     "lendpci.service keeps the host from sleeping while a device is lent", "");
	host.service_runs = false;
	assert_check(&facts, "sleep", LEND_CHECK_WARN,
		     "without lendpci.service the host may sleep while a device is lent, which its VM may not survive",
		     "systemctl enable --now lendpci.service");
}

/* Installed and reloaded: by the times alone it would look unseen. */
static void a_proof_counts_more_than_the_times(void **state)
{
	struct lend_readiness host = ready_host();
	struct lend_doctor_facts facts = facts_of(&host);

	(void)state;
	host.hook_changed = 3000;
	facts.hook_runs = LEND_ANSWER_YES;
	assert_check(&facts, "hook-seen", LEND_CHECK_OK, "virtqemud runs the hook: proven by a start that could not be",
		     "");
	facts.hook_runs = LEND_ANSWER_UNKNOWN;
	assert_check(&facts, "hook-seen", LEND_CHECK_WARN,
		     "the hook is newer than the start of virtqemud, which sees it only if it was reloaded since",
		     "systemctl reload virtqemud; running VMs are not touched");
}

static void a_daemon_that_ignores_the_hook_fails(void **state)
{
	struct lend_readiness host = ready_host();
	struct lend_doctor_facts facts = facts_of(&host);

	(void)state;
	facts.hook_runs = LEND_ANSWER_NO;
	assert_check(&facts, "hook-seen", LEND_CHECK_FAIL, "virtqemud does not run the hook, and starts VMs without it",
		     "systemctl restart virtqemud; running VMs are not touched");
}

static void a_denial_is_quoted(void **state)
{
	struct lend_readiness host = ready_host();
	struct lend_doctor_facts facts = facts_of(&host);

	(void)state;
	facts.denied = LEND_ANSWER_YES;
	facts.denial = "apparmor=\"DENIED\" operation=\"open\" comm=\"lendpci\"";
	assert_check(
		&facts, "hook-denied", LEND_CHECK_FAIL,
		"the hook was denied something since boot: apparmor=\"DENIED\" operation=\"open\" comm=\"lendpci\"",
		"AppArmor: add the rule to /etc/apparmor.d/local/usr.sbin.libvirtd; SELinux: restorecon -v "
		"/etc/libvirt/hooks/qemu.d/lendpci");
}

static void an_unreadable_journal_is_said_to_be_unchecked(void **state)
{
	struct lend_readiness host = ready_host();
	struct lend_doctor_facts facts = facts_of(&host);

	(void)state;
	facts.denied = LEND_ANSWER_UNKNOWN;
	assert_check(&facts, "hook-denied", LEND_CHECK_WARN,
		     "not checked for AppArmor or SELinux denials: the system's journal cannot be read", "");
}

/* One thing to repair at a time: interrupts come with the IOMMU. */
static void without_an_iommu_the_interrupts_only_warn(void **state)
{
	struct lend_readiness host = ready_host();
	struct lend_doctor_facts facts = facts_of(&host);
	struct lend_doctor_checks checks;

	(void)state;
	host.has_iommu = host.remaps_interrupts = false;
	host.firmware_has_one = true;
	lend_doctor_checks_evaluate(&facts, &checks);
	assert_int_equal(find(&checks, "iommu")->level, LEND_CHECK_FAIL);
	assert_int_equal(find(&checks, "interrupt-remapping")->level, LEND_CHECK_WARN);
	assert_string_equal(find(&checks, "iommu")->hint,
			    "AMD's is on by itself where firmware lets it: look for AMD-Vi in 'dmesg', and in the "
			    "firmware's setup");
}

static void the_first_stuck_loan_is_named_and_the_others_counted(void **state)
{
	const struct lend_finding loans[] = {
		{ { .bus = 1 }, "stuck: unbind from nvidia did not end", "" },
		{ { .bus = 2 }, "unreturned: no driver", "" },
	};
	struct lend_readiness host = ready_host();
	struct lend_doctor_facts facts = facts_of(&host);

	(void)state;
	facts.loans = loans;
	facts.loan_count = 2;
	assert_check(&facts, "loans", LEND_CHECK_FAIL,
		     "0000:01:00.0 (and 1 more): stuck: unbind from nvidia did not end",
		     "'lendpci status' tells all; 'lendpci reconcile', or 'lendpci return 0000:01:00.0', repairs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_host_may_sleep_over_a_loan_only_without_the_service),
		cmocka_unit_test(a_proof_counts_more_than_the_times),
		cmocka_unit_test(a_daemon_that_ignores_the_hook_fails),
		cmocka_unit_test(a_denial_is_quoted),
		cmocka_unit_test(an_unreadable_journal_is_said_to_be_unchecked),
		cmocka_unit_test(without_an_iommu_the_interrupts_only_warn),
		cmocka_unit_test(the_first_stuck_loan_is_named_and_the_others_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
