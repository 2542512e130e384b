/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: QEMU without libvirt.
 *
 * The loan is that of a domain whose UUID is QEMU's, so everything that looks after domains' loans looks after this
 * one: when this process is killed, reconcile, which lendpci.service runs, brings the devices home as soon as QEMU is
 * gone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assignment/inject.h"
#include "assignment/make.h"
#include "cli/device_argument.h"
#include "cli/message.h"
#include "cli/own_connection.h"
#include "cli/program.h"
#include "lendpci/act/loan/loan.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "run/process.h"
#include "run/qemu_command.h"
#include "verbs/table.h"

enum { UUID_LENGTH = 36 };

/* What is run, for whom. */
struct run {
	struct lend_program program;
	struct lend_qemu_command command;
	struct lend_assignment assignment;
	struct lend_addresses functions;
	char uuid[UUID_LENGTH + 1];
	char name[64];
	char **arguments;
};

static void run_clear(struct run *run)
{
	lend_qemu_command_freep(&run->arguments);
	lend_addresses_clear(&run->functions);
	lend_assignment_clear(&run->assignment);
	lend_program_close(&run->program);
}

static bool is_uuid(const char *text)
{
	if (strlen(text) != UUID_LENGTH)
		return false;
	for (size_t i = 0; i < UUID_LENGTH; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-'
							    : !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
	return true;
}

/* QEMU's own, or a new one: it names the loan, and finds QEMU among the host's processes. */
static int choose_uuid(struct run *run, struct lend_error *error)
{
	const char *given = lend_qemu_command_find(&run->command, "uuid");
	_cleanup_fclose_ FILE *random = NULL;

	if (given && !is_uuid(given))
		return lend_error_set(error, LEND_EXIT_USAGE, "-uuid %s: it is no UUID", given);
	if (given) {
		(void)snprintf(run->uuid, sizeof(run->uuid), "%s", given);
		return 0;
	}
	random = fopen("/proc/sys/kernel/random/uuid", "re");
	if (!random || fscanf(random, "%36[0-9a-f-]", run->uuid) != 1 || !is_uuid(run->uuid))
		return lend_error_set(error, -EIO, "/proc/sys/kernel/random/uuid: no UUID can be had of it");
	return 0;
}

/* As -name has it, "guest=win11,process=x" or "win11". */
static void choose_name(struct run *run)
{
	const char *name = lend_qemu_command_find(&run->command, "name");

	if (name && strncmp(name, "guest=", strlen("guest=")) == 0)
		name += strlen("guest=");
	(void)snprintf(run->name, sizeof(run->name), "%.*s", name ? (int)strcspn(name, ",") : 4, name ? name : "qemu");
	lend_text_make_printable(run->name);
}

/* The devices, with what goes along, and QEMU's command line with them. */
static int plan(const struct lend_call *call, struct run *run, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses wanted = { 0 };
	const struct lend_assign_options options = { 0 };
	_cleanup_free_ char *xml = NULL;
	struct lend_window_plan window = { 0 };
	int r;

	r = lend_device_arguments(run->program.fs, (char *const *)call->devices, call->device_count, &wanted, error);
	if (r == 0 && wanted.count)
		r = lend_assignment_make(run->program.fs, &wanted, call->take_group, &run->assignment, error);
	for (size_t i = 0; r == 0 && i < run->assignment.count; i++)
		if (lend_addresses_add(&run->functions, run->assignment.functions[i].facts.address) < 0)
			r = lend_error_set(error, -ENOMEM, "run: out of memory");
	if (r != 0)
		return r;
	xml = lend_qemu_command_describe(&run->command);
	if (!xml)
		return lend_error_set(error, -ENOMEM, "run: out of memory");
	if (run->functions.count)
		r = lend_assignment_window(run->program.fs, &run->functions, NULL, 0, &options, xml, strlen(xml),
					   &window, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < window.why_count; i++)
		lend_tell(run->name, NULL, "%s", window.why[i]);
	run->arguments = lend_qemu_command_extend(&run->command, &run->assignment, &window.set, run->uuid);
	return run->arguments ? 0 : lend_error_set(error, -ENOMEM, "run: out of memory");
}

static struct lend_request request_of(const struct lend_call *call, const struct run *run)
{
	struct lend_request request = { .domain = run->name,
					.uuid = run->uuid,
					.wanted = run->functions.items,
					.wanted_count = run->functions.count,
					.take_group = call->take_group };

	(void)lend_process_read(run->program.fs, getpid(), &request.daemon, NULL);
	return request;
}

/* What would be run, as a shell would read it; the checks are those of the start. */
static int show(const struct lend_call *call, const struct run *run, struct lend_error *error)
{
	const struct lend_request request = request_of(call, run);
	int r = run->functions.count ? lend_loan_check(&run->program.context, &request, NULL, NULL, error) : 0;

	if (r < 0)
		return r;
	for (size_t i = 0; run->arguments[i]; i++)
		(void)printf("%s%s", i ? " " : "", lend_text_shell_quote(run->arguments[i]).text);
	(void)putchar('\n');
	return 0;
}

/* Whatever becomes of QEMU, the devices come home; QEMU's status is told unless that fails. */
static int run_qemu(struct run *run, const sigset_t *mask, struct lend_error *error)
{
	struct lend_error failure = { 0 };
	pid_t pid;
	int status, r;

	status = lend_process_run(run->arguments, mask, &pid, error);
	if (status == 0)
		status = lend_process_await(pid);
	if (!run->functions.count)
		return status;
	r = lend_loan_return_domain(&run->program.context, run->uuid, &failure);
	if (r < 0 && status < 0)
		lend_message_print(stderr, "", failure.text);
	else if (r < 0)
		*error = failure;
	return r < 0 && status == 0 ? r : status;
}

int lend_verb_run(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(run_clear) struct run run = { .command = { call->arguments, call->count } };
	struct lend_request request;
	sigset_t before;
	int r;

	r = lend_program_open(call, true, &run.program, error);
	if (r < 0)
		return r;
	if (!lend_fs_is_host(run.program.fs) && !call->dry_run)
		return lend_error_set(error, LEND_EXIT_USAGE,
				      "--sysroot: a recorded machine's devices can only be looked at, with --dry-run");
	choose_name(&run);
	r = choose_uuid(&run, error);
	if (r == 0)
		r = plan(call, &run, error);
	if (r == 0 && call->dry_run)
		return show(call, &run, error);
	if (r == 0)
		r = lend_own_connection_refuse(run.program.fs, run.functions.items, run.functions.count, error);
	if (r != 0)
		return r;
	lend_process_hold_signals(&before);
	request = request_of(call, &run);
	if (run.functions.count)
		r = lend_loan_take(&run.program.context, &request, error);
	return r < 0 ? r : run_qemu(&run, &before, error);
}
