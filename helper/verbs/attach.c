/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lendpci attach DOMAIN DEVICE... and detach: for the guest that runs, until it is shut down. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "assignment/make.h"
#include "assignment/objections.h"
#include "cli/device_argument.h"
#include "cli/message.h"
#include "cli/own_connection.h"
#include "cli/program.h"
#include "cli/timeout.h"
#include "lendpci/act/loan/loan.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/domain/domain.h"
#include "live/running_domain.h"
#include "verbs/table.h"

/* A verb at work. */
struct live {
	struct lend_program program;
	struct lend_running_domain running;
	struct lend_addresses functions; /* that the guest gets, or gives up */
	unsigned timeout_ms;             /* for the guest to let go of what it has */
};

static void live_clear(struct live *live)
{
	lend_addresses_clear(&live->functions);
	lend_running_domain_clear(&live->running);
	lend_program_close(&live->program);
}

/* For the domain that @call names first. To be cleared in any case. */
static int open_live(const struct lend_call *call, struct live *ret, struct lend_error *error)
{
	int r;

	r = lend_program_open(call, true, &ret->program, error);
	if (r == 0)
		r = lend_timeout_read(call, ret->program.settings.shutdown_deadline_ms, &ret->timeout_ms, error);
	if (r == 0)
		r = lend_running_domain_open(call, ret->program.fs, call->arguments[0], &ret->running, error);
	return r;
}

static int out_of_memory(struct lend_error *error)
{
	return lend_error_set(error, -ENOMEM, "out of memory for the devices of a running domain");
}

static int refuse_what_it_has(const struct live *live, struct lend_error *error)
{
	for (size_t i = 0; i < live->functions.count; i++)
		if (lend_domain_has(live->running.domain, live->functions.items[i]))
			return lend_error_set(error, -EEXIST, "%s: the guest has it already",
					      lend_address_text(live->functions.items[i]).text);
	return 0;
}

/* What the guest gets: the functions asked for, and a graphics card's own. */
static int choose(struct live *live, const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_assignment_clear) struct lend_assignment assignment = { 0 };
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	const struct lend_fs *fs = live->program.fs;
	int r;

	r = lend_device_arguments(fs, call->arguments + 1, call->count - 1, &wanted, error);
	if (r == 0)
		r = lend_own_connection_refuse(fs, wanted.items, wanted.count, error);
	if (r == 0)
		r = lend_assignment_make(fs, &wanted, call->take_group, &assignment, error);
	for (size_t i = 0; r == 0 && i < assignment.count; i++)
		if (lend_addresses_add(&live->functions, assignment.functions[i].facts.address) < 0)
			r = out_of_memory(error);
	if (r == 0)
		r = refuse_what_it_has(live, error);
	return r != 0 ? r
		      : lend_objections_to_assignment(fs, &assignment, call->take_group, live->running.domain->name,
						      error);
}

static struct lend_request request_of(const struct live *live, const struct lend_call *call)
{
	return (struct lend_request){
		.domain = live->running.domain->name,
		.uuid = live->running.domain->uuid,
		.wanted = live->functions.items,
		.wanted_count = live->functions.count,
		.take_group = call->take_group,
	};
}

static int show_plan(const struct live *live, const struct lend_request *request, struct lend_error *error)
{
	_cleanup_(lend_preview_clear) struct lend_preview preview = { 0 };
	int r;

	r = lend_loan_check(&live->program.context, request, NULL, &preview, error);
	for (size_t i = 0; r >= 0 && i < preview.count; i++)
		lend_say("%2zu. %-12s  %s", i + 1, *preview.items[i].target ? preview.items[i].target : "all",
			 preview.items[i].text);
	for (size_t i = 0; r >= 0 && i < live->functions.count; i++)
		lend_say("%s: %s would be plugged in", live->running.domain->name,
			 lend_address_text(live->functions.items[i]).text);
	return r < 0 ? r : 0;
}

/* What was lent for nothing goes home, once the guest has let go of the @plugged ones of it. */
static void undo(struct live *live, size_t plugged)
{
	struct lend_addresses given = { live->functions.items, plugged };
	struct lend_error failure = { 0 };

	if (plugged &&
	    lend_running_domain_unplug(&live->running, live->program.fs, &given, live->timeout_ms, &failure) < 0)
		lend_context_note(&live->program.context, LEND_NOTE_ERROR, "%s", failure.text);
	/* The guest runs, so that what it does not have is no start under way. */
	else if (lend_loan_mark_started(&live->program.context, live->running.domain->uuid, &failure) < 0 ||
		 lend_loan_return(&live->program.context, &live->functions, &failure) < 0)
		lend_context_note(&live->program.context, LEND_NOTE_ERROR, "%s", failure.text);
}

static int plug_all(struct live *live, struct lend_error *error)
{
	for (size_t i = 0; i < live->functions.count; i++) {
		int r = lend_running_domain_plug(&live->running, live->program.fs, live->functions.items[i], error);

		if (r == 0)
			continue;
		undo(live, i);
		if (strstr(error->text, "PCI slots"))
			lend_error_hint(
				error, r,
				"a q35 guest needs a free root port for each function: add <controller type='pci' model='pcie-root-port'/> to its definition, once for each, and start it again; one that is not PCI Express needs a 'pcie-to-pci-bridge'");
		return r;
	}
	return 0;
}

int lend_verb_attach(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(live_clear) struct live live = { 0 };
	struct lend_request request;
	int r;

	r = open_live(call, &live, error);
	if (r != 0)
		return r;
	r = choose(&live, call, error);
	if (r > 0)
		return r;
	request = request_of(&live, call);
	if (r == 0 && call->dry_run)
		return show_plan(&live, &request, error);
	if (r == 0)
		r = lend_loan_take(&live.program.context, &request, error);
	if (r == 0)
		r = plug_all(&live, error);
	if (r == 0)
		r = lend_loan_mark_started(&live.program.context, request.uuid, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", live.running.domain->name);
	for (size_t i = 0; i < live.functions.count; i++)
		lend_say("%s: %s plugged in, until it is detached or the VM is shut down", live.running.domain->name,
			 lend_address_text(live.functions.items[i]).text);
	return 0;
}

static int add_once(struct lend_addresses *addresses, struct lend_address address, struct lend_error *error)
{
	return lend_addresses_add_once(addresses, address) == 0 ? 0 : out_of_memory(error);
}

/* Whether nobody can have @b without @a: the rest of a card, and of an IOMMU group, goes with it. */
static bool go_together(const struct lend_fs *fs, struct lend_address a, struct lend_address b)
{
	struct lend_function one, other;

	if (lend_address_same_slot(a, b))
		return true;
	return lend_function_read(fs, a, &one, NULL) == 0 && lend_function_read(fs, b, &other, NULL) == 0 &&
	       one.iommu_group != LEND_NO_GROUP && one.iommu_group == other.iommu_group;
}

/* What the guest gives up: the functions asked for, and those that it has of the same cards and groups. */
static int choose_from_guest(struct live *live, const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses known = { 0 }, wanted = { 0 };
	const struct lend_domain *domain = live->running.domain;
	int r = 0;

	for (size_t i = 0; r == 0 && i < domain->hostdev_count; i++)
		r = add_once(&known, domain->hostdevs[i].source, error);
	if (r == 0)
		r = lend_device_arguments_among(live->program.fs, call->arguments + 1, call->count - 1, &known, &wanted,
						error);
	for (size_t i = 0; r == 0 && i < wanted.count; i++)
		r = lend_addresses_contain(&known, wanted.items[i])
			    ? 0
			    : lend_error_set(error, -ENOENT, "%s: the guest does not have it",
					     lend_address_text(wanted.items[i]).text);
	for (size_t i = 0; r == 0 && i < wanted.count; i++)
		for (size_t j = 0; r == 0 && j < known.count; j++)
			if (go_together(live->program.fs, wanted.items[i], known.items[j]))
				r = add_once(&live->functions, known.items[j], error);
	return r;
}

/* With what went along for the sake of the groups, which the guest never had. */
static int bring_home(struct live *live, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses on_loan = { 0 }, home = { 0 };
	int r;

	r = lend_journal_list(live->program.fs, &on_loan, error);
	for (size_t i = 0; r == 0 && i < on_loan.count; i++)
		for (size_t j = 0; r == 0 && j < live->functions.count; j++)
			if (go_together(live->program.fs, live->functions.items[j], on_loan.items[i]))
				r = add_once(&home, on_loan.items[i], error);
	return r < 0 || !home.count ? r : lend_loan_return(&live->program.context, &home, error);
}

int lend_verb_detach(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(live_clear) struct live live = { 0 };
	int r;

	r = open_live(call, &live, error);
	if (r != 0)
		return r;
	r = choose_from_guest(&live, call, error);
	if (r > 0)
		return r;
	if (r == 0)
		r = lend_running_domain_unplug(&live.running, live.program.fs, &live.functions, live.timeout_ms, error);
	if (r == 0)
		r = bring_home(&live, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", live.running.domain->name);
	for (size_t i = 0; i < live.functions.count; i++)
		lend_say("%s: %s has left the guest", live.running.domain->name,
			 lend_address_text(live.functions.items[i]).text);
	return 0;
}
