/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor: is this host ready to lend? Gathers what is to be judged, and prints the judgement. Changes nothing. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/terminal.h"
#include "lendpci/act/journal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"
#include "lendpci/base/text.h"
#include "lendpci/decide/companion.h"
#include "lendpci/decide/doctor_checks.h"
#include "lendpci/decide/verdict.h"
#include "lendpci/know/domain/config.h"
#include "lendpci/know/holders/find.h"
#include "lendpci/know/host/readiness.h"
#include "lendpci/know/leftovers/leftovers.h"
#include "lendpci/know/pci/device.h"
#include "lendpci/know/pci/inventory.h"
#include "libvirt/connection.h"
#include "service/lsm_denials.h"
#include "verbs/table.h"

/* Behind "warn  ". */
enum { INDENT = 6 };

struct findings {
	struct lend_finding *items;
	size_t count;
};

/* Everything that the judging borrows. */
struct examination {
	struct lend_fs *fs;
	struct lend_readiness host;
	struct lend_inventory inventory;
	struct lend_domain_configs domains;
	struct lend_leftovers leftovers;
	struct findings hanging, sessions, reserved, loans;
	size_t lent_count;
	struct lend_settings settings;
	struct lend_error settings_problem;
	char denial[512];
};

static void examination_clear(struct examination *examination)
{
	lend_leftovers_clear(&examination->leftovers);
	free(examination->hanging.items);
	free(examination->sessions.items);
	free(examination->reserved.items);
	free(examination->loans.items);
	lend_domain_configs_clear(&examination->domains);
	lend_inventory_clear(&examination->inventory);
	lend_fs_free(examination->fs);
}

static int out_of_memory(struct lend_error *error)
{
	return lend_error_set(error, -ENOMEM, "doctor: out of memory");
}

static int add_finding(struct findings *findings, struct lend_address address, const char *text, const char *hint,
		       struct lend_error *error)
{
	struct lend_finding *bigger = reallocarray(findings->items, findings->count + 1, sizeof(*bigger));

	if (!bigger)
		return out_of_memory(error);
	findings->items = bigger;
	bigger += findings->count++;
	bigger->address = address;
	(void)snprintf(bigger->text, sizeof(bigger->text), "%s", text);
	(void)snprintf(bigger->hint, sizeof(bigger->hint), "%s", hint);
	return 0;
}

static bool is_wanted(const struct lend_domain_configs *domains, struct lend_address address)
{
	for (size_t i = 0; i < domains->count; i++)
		if (lend_addresses_contain(&domains->items[i].functions, address))
			return true;
	return false;
}

/* A graphics card's own functions: the card that somebody is likely to lend. */
static bool is_of_a_card(const struct lend_inventory *inventory, const struct lend_function *function)
{
	for (size_t i = 0; i < inventory->count; i++) {
		const struct lend_function *gpu = &inventory->functions[i];

		if (lend_function_is_gpu(gpu) && lend_address_same_slot(gpu->address, function->address) &&
		    (gpu == function || lend_companion_kind(gpu, function)))
			return true;
	}
	return false;
}

/* The functions that are likely to be lent: those that domains have, and graphics cards. */
static int find_candidates(const struct examination *examination, struct lend_addresses *ret, struct lend_error *error)
{
	for (size_t i = 0; i < examination->inventory.count; i++) {
		const struct lend_function *function = &examination->inventory.functions[i];

		if (!is_wanted(&examination->domains, function->address) &&
		    !is_of_a_card(&examination->inventory, function))
			continue;
		if (lend_addresses_add(ret, function->address) < 0)
			return out_of_memory(error);
	}
	return 0;
}

/* Whom the administrator may believe to be stopped, and who is not. */
static int find_sessions(struct examination *examination, const struct lend_holders *holders, struct lend_error *error)
{
	const struct lend_settings *settings = &examination->settings;
	int r = 0;

	if (settings->holders != LEND_HOLDERS_STOP || settings->stop_sessions)
		return 0;
	for (size_t i = 0; r == 0 && i < holders->count; i++) {
		_cleanup_free_ char *who = NULL;

		if (!holders->items[i].session)
			continue;
		who = lend_holder_describe(&holders->items[i]);
		r = add_finding(&examination->sessions, holders->items[i].function, who ? who : "", "", error);
	}
	return r;
}

static int find_hanging(struct examination *examination, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses candidates = { 0 };
	_cleanup_(lend_holders_clear) struct lend_holders holders = { 0 };
	int r;

	r = find_candidates(examination, &candidates, error);
	if (r == 0)
		r = lend_holders_find(examination->fs, candidates.items, candidates.count, &holders, error);
	if (r == 0)
		r = find_sessions(examination, &holders, error);
	for (size_t i = 0; r == 0 && i < candidates.count; i++) {
		_cleanup_(lend_device_clear) struct lend_device device = { 0 };
		const struct lend_reason *reason;
		struct lend_verdict verdict;

		/* A card that is just being pulled is no reason to keep quiet about the rest. */
		if (lend_device_read(examination->fs, &examination->inventory, candidates.items[i], &device, NULL) < 0)
			continue;
		lend_verdict_evaluate(&device, &examination->inventory, &holders, &verdict);
		reason = lend_verdict_find(&verdict, "driver-hangs");
		if (reason)
			r = add_finding(&examination->hanging, candidates.items[i], reason->text, reason->hint, error);
	}
	return r;
}

static int judge_reservation(struct examination *examination, const struct lend_reservation *one,
			     struct lend_error *error)
{
	const struct lend_function *function;
	struct lend_address address = { 0 };
	char text[512] = "", hint[320] = "";

	if (lend_location_resolve(examination->fs, one->location, &address, NULL) < 0)
		function = NULL;
	else
		function = lend_inventory_find(&examination->inventory, address);
	if (!function || function->vendor != one->vendor || function->device != one->device) {
		(void)snprintf(text, sizeof(text), "%.300s: %04x:%04x is reserved, and %s", one->location, one->vendor,
			       one->device, function ? "another device is there" : "nothing is plugged in there");
		(void)snprintf(hint, sizeof(hint), "lendpci unreserve '%.280s'", one->location);
	} else if (*function->driver && !strstr(function->driver, "vfio")) {
		(void)snprintf(text, sizeof(text), "%s: it is reserved, and %s has it", lend_address_text(address).text,
			       function->driver);
		(void)snprintf(
			hint, sizeof(hint),
			"boot; if it is so afterwards, the driver is built in, or in an initramfs that does not have the list");
	}
	return *text ? add_finding(&examination->reserved, address, text, hint, error) : 0;
}

static int find_badly_reserved(struct examination *examination, struct lend_error *error)
{
	_cleanup_(lend_reservations_clear) struct lend_reservations reserved = { 0 };
	struct lend_error damage = { 0 };
	int r = 0;

	if (lend_reservations_read(examination->fs, &reserved, &damage) < 0)
		return add_finding(&examination->reserved, (struct lend_address){ 0 }, damage.text,
				   "take the line out; it is written by 'lendpci reserve'", error);
	for (size_t i = 0; r == 0 && i < reserved.count; i++)
		r = judge_reservation(examination, &reserved.items[i], error);
	return r;
}

static int find_troubled_loans(struct examination *examination, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	int r;

	r = lend_journal_list(examination->fs, &addresses, error);
	examination->lent_count = addresses.count;
	for (size_t i = 0; r == 0 && i < addresses.count; i++) {
		struct lend_error failure = { 0 };
		struct lend_loan loan;
		char text[512];

		r = lend_journal_read(examination->fs, addresses.items[i], &loan, NULL, &failure);
		if (r < 0 && r != -ENOENT)
			(void)snprintf(text, sizeof(text),
				       r == -EPROTONOSUPPORT ? "its journal entry was written by a newer lendpci"
							     : "its journal entry is damaged");
		else if (r == 0 && (loan.state == LEND_LOAN_STUCK || loan.state == LEND_LOAN_UNRETURNED))
			(void)snprintf(text, sizeof(text), "%s: %s", lend_loan_state_name(loan.state), loan.why);
		else
			*text = '\0';
		r = *text ? add_finding(&examination->loans, addresses.items[i], text, "", error) : 0;
	}
	return r;
}

static size_t count_set_aside(const struct lend_fs *fs)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	size_t count = 0;

	return lend_fs_list(fs, LEND_STATE_DIR "/set-aside", &names, &count, NULL) < 0 ? 0 : count;
}

static enum lend_answer ask_whether_hook_runs(const struct examination *examination)
{
	_cleanup_(lend_libvirt_closep) struct lend_libvirt *libvirt = NULL;

	if (!lend_fs_is_host(examination->fs))
		return LEND_ANSWER_NOT_ASKED;
	/* A daemon that does not run would be started by being asked. */
	if (!*examination->host.daemon || lend_libvirt_open("qemu:///system", &libvirt, NULL) < 0)
		return LEND_ANSWER_UNKNOWN;
	switch (lend_libvirt_runs_hook(libvirt, "/" LEND_HOOK_PATH, NULL)) {
	case 0:
		return LEND_ANSWER_NO;
	case 1:
		return LEND_ANSWER_YES;
	default:
		return LEND_ANSWER_UNKNOWN;
	}
}

static enum lend_answer ask_for_denials(struct examination *examination)
{
	int r;

	if (!lend_fs_is_host(examination->fs))
		return LEND_ANSWER_NOT_ASKED;
	r = lend_lsm_denials_find(examination->denial, sizeof(examination->denial));
	return r < 0 ? LEND_ANSWER_UNKNOWN : r ? LEND_ANSWER_YES : LEND_ANSWER_NO;
}

static int examine(const struct lend_call *call, struct examination *ret, struct lend_error *error)
{
	int r;

	ret->settings = lend_settings_default;
	r = lend_fs_new(call->sysroot, &ret->fs, error);
	if (r < 0)
		return r;
	if (lend_fs_is_host(ret->fs) && geteuid() != 0) {
		lend_error_set(error, -EPERM, "lendpci: doctor: this needs root");
		return lend_error_hint(error, -EPERM, "sudo lendpci doctor");
	}
	(void)lend_settings_load(ret->fs, &ret->settings, &ret->settings_problem);
	lend_readiness_read(ret->fs, &ret->host);
	r = lend_inventory_read(ret->fs, &ret->inventory, error);
	if (r == 0)
		r = lend_domain_configs_read(ret->fs, &ret->domains, error);
	if (r == 0)
		r = lend_leftovers_find(ret->fs, &ret->inventory, &ret->domains, &ret->leftovers, error);
	if (r == 0)
		r = find_hanging(ret, error);
	if (r == 0)
		r = find_badly_reserved(ret, error);
	if (r == 0)
		r = find_troubled_loans(ret, error);
	if (r < 0)
		return r;
	/* What was tolerated on the way is no failure of the examination. */
	*error = (struct lend_error){ 0 };
	return 0;
}

static void judge(struct examination *examination, struct lend_doctor_checks *ret)
{
	const struct lend_doctor_facts facts = {
		.host = &examination->host,
		.inventory = &examination->inventory,
		.domains = &examination->domains,
		.hook_runs = ask_whether_hook_runs(examination),
		.denied = ask_for_denials(examination),
		.denial = examination->denial,
		.hanging = examination->hanging.items,
		.hanging_count = examination->hanging.count,
		.sessions = examination->sessions.items,
		.session_count = examination->sessions.count,
		.reserved = examination->reserved.items,
		.reserved_problems = examination->reserved.count,
		.lent_count = examination->lent_count,
		.loans = examination->loans.items,
		.loan_count = examination->loans.count,
		.leftovers = &examination->leftovers,
		.set_aside = count_set_aside(examination->fs),
		.settings_problem = *examination->settings_problem.text ? examination->settings_problem.text : NULL,
	};

	lend_doctor_checks_evaluate(&facts, ret);
	/* Denials quote the kernel, loans a driver, saved states a domain's name. */
	for (size_t i = 0; i < ret->count; i++) {
		lend_text_make_printable(ret->checks[i].text);
		lend_text_make_printable(ret->checks[i].hint);
	}
}

static int print_json(const struct lend_doctor_checks *checks, struct lend_error *error)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < checks->count; i++) {
		const struct lend_check *check = &checks->checks[i];

		(void)json_array_append_new(array, json_pack("{s:s s:s s:s s:s?}", "check", check->name, "result",
							     lend_check_level_name(check->level), "text", check->text,
							     "hint", *check->hint ? check->hint : NULL));
	}
	return lend_print_json(array) < 0 ? out_of_memory(error) : 0;
}

static void print_text(const struct lend_doctor_checks *checks)
{
	static const char *const colours[] = {
		[LEND_CHECK_OK] = LEND_GREEN, [LEND_CHECK_WARN] = LEND_YELLOW, [LEND_CHECK_FAIL] = LEND_RED
	};
	const bool has_colour = lend_terminal_has_colour();
	const size_t columns = lend_terminal_columns();

	for (size_t i = 0; i < checks->count; i++) {
		const struct lend_check *check = &checks->checks[i];
		_cleanup_free_ char *text = NULL;

		(void)printf("%s%-4s%s  ", has_colour ? colours[check->level] : "", lend_check_level_name(check->level),
			     has_colour ? LEND_PLAIN : "");
		if (asprintf(&text, "%s: %s", check->name, check->text) < 0)
			text = NULL;
		lend_columns_wrap(stdout, text ? text : check->text, INDENT, columns);
		if (!*check->hint)
			continue;
		(void)printf("%*shint: ", INDENT, "");
		lend_columns_wrap(stdout, check->hint, INDENT + strlen("hint: "), columns);
	}
}

int lend_verb_doctor(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(examination_clear) struct examination examination = { 0 };
	struct lend_doctor_checks checks;
	int r;

	r = examine(call, &examination, error);
	if (r < 0)
		return r;
	judge(&examination, &checks);
	if (call->json) {
		r = print_json(&checks, error);
		if (r < 0)
			return r;
	} else {
		print_text(&checks);
	}
	return checks.failed ? LEND_EXIT_NO : LEND_EXIT_YES;
}
