/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the hook does at each of libvirt's operations.
 *
 * libvirt waits for its hooks without a time-out and holds the domain's job meanwhile, so everything below has a
 * deadline of its own. Nothing here may call libvirt: it would wait for this very hook.
 */
#include "operation.h"

#include <errno.h>
#include <string.h>

#include "lendpci/domain.h"
#include "lendpci/error.h"
#include "lendpci/fs.h"
#include "lendpci/loan.h"
#include "lendpci/own.h"

static int prepare(const struct lend_host *host, const struct lend_hook_call *call, struct lend_error *error)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	int r;

	r = lend_domain_parse(call->xml, call->xml_size, &domain, error);
	return r < 0 ? r : lend_loan_take_for_domain(host, domain, call->daemon, error);
}

static int started(const struct lend_host *host, const struct lend_hook_call *call, struct lend_error *error)
{
	char uuid[37];
	int r;

	r = lend_domain_parse_uuid(call->xml, call->xml_size, uuid, error);
	return r < 0 ? r : lend_loan_mark_started(host, uuid, error);
}

/* The daemon was restarted under a running VM: from now on this one will call release. */
static int reconnect(const struct lend_host *host, const struct lend_hook_call *call, struct lend_error *error)
{
	char uuid[37];
	int r;

	r = lend_domain_parse_uuid(call->xml, call->xml_size, uuid, error);
	return r < 0 ? r : lend_loan_adopt(host, uuid, call->daemon, error);
}

static int release(const struct lend_host *host, const struct lend_hook_call *call, struct lend_error *error)
{
	char uuid[37];
	int r;

	r = lend_domain_parse_uuid(call->xml, call->xml_size, uuid, error);
	return r < 0 ? r : lend_loan_return_domain(host, uuid, error);
}

/* A saved or incoming VM expects the device's state of another time or another host. */
static int refuse_restore(const struct lend_host *host, const struct lend_hook_call *call, struct lend_error *error)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	int r;

	(void)host;
	r = lend_domain_parse(call->xml, call->xml_size, &domain, error);
	if (r < 0 || !domain->policy.present)
		return r;
	lend_error_set(error, -ENOTSUP, "a VM with an assigned device is turned off, never saved or migrated");
	return lend_error_hint(
		error, -ENOTSUP,
		"'virsh managedsave-remove %s' drops the saved state, 'virsh start --force-boot %s' starts without it",
		domain->name, domain->name);
}

static const struct operation {
	const char *name;
	int (*run)(const struct lend_host *host, const struct lend_hook_call *call, struct lend_error *error);
	bool may_fail;    /* libvirt aborts, and shows the sentence */
	bool needs_loans; /* nothing to do where nothing is on loan */
} operations[] = {
	{ "prepare", prepare, true, false },        { "started", started, false, true },
	{ "reconnect", reconnect, false, true },    { "release", release, false, true },
	{ "restore", refuse_restore, true, false }, { "migrate", refuse_restore, true, false },
};

static const struct operation *find(const char *name)
{
	for (size_t i = 0; i < LEND_ARRAY_SIZE(operations); i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	return NULL;
}

bool lend_hook_knows(const char *operation)
{
	return find(operation) != NULL;
}

bool lend_hook_may_fail(const char *operation)
{
	const struct operation *known = find(operation);

	return known && known->may_fail;
}

bool lend_hook_concerns(const struct lend_hook_call *call)
{
	return lend_domain_text_may_concern(call->xml, call->xml_size);
}

int lend_hook_run(const struct lend_host *host, const struct lend_hook_call *call, struct lend_error *error)
{
	const struct operation *operation = find(call->operation);
	int r;

	if (!operation || !lend_hook_concerns(call))
		return 0;
	if (operation->needs_loans && !lend_fs_exists(host->fs, LEND_STATE_DIR "/loans"))
		return 0;
	r = operation->run(host, call, error);
	return r < 0 ? lend_error_wrap(error, r, "%s", call->domain) : 0;
}
