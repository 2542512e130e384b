/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repairs a domain's definition when it no longer has what its assignment asks for. */
#include "assignment/repair.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assignment/inject.h"
#include "assignment/make.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/domain.h"
#include "libvirt/connection.h"

/* The domain may also have been undefined since the event. -ENOTSUP: it is transient, and has no definition. */
static bool vanished(int r)
{
	return r == -ENOENT || r == -ENOTSUP;
}

/* libvirt has no compare-and-set: somebody may have edited the definition since we read it, or removed the assignment.
 * libvirt then sends an event of it, which leads here again. */
static bool is_still(struct lend_libvirt_domain *handle, const char *xml)
{
	_cleanup_free_ char *now = NULL;

	return lend_libvirt_definition_to_edit(handle, &now, NULL) == 0 && strcmp(now, xml) == 0;
}

static int repair(const struct lend_fs *fs, struct lend_libvirt *libvirt, struct lend_libvirt_domain *handle,
		  const struct lend_domain *domain, const char *xml, struct lend_repaired *kept,
		  struct lend_error *error)
{
	const struct lend_assign_options options = { .libvirt = lend_libvirt_version(libvirt) };
	const struct lend_assignment nothing_new = { 0 };
	struct lend_injection injection = { 0 };
	_cleanup_free_ struct lend_edit_move *moves = NULL;
	_cleanup_free_ char *edited = NULL;
	size_t count;
	int r;

	r = lend_assignment_moves(fs, &domain->policy, &moves, &count, &kept->problem, error);
	if (r == 0)
		r = lend_assignment_inject(fs, &nothing_new, &options, domain, xml, strlen(xml), &edited, &injection,
					   error);
	kept->report = injection.report;
	if (r < 0 || !kept->report.changed)
		return r;
	if (!is_still(handle, xml)) {
		kept->report = (struct lend_edit_report){ 0 };
		return 0;
	}
	return lend_libvirt_define(libvirt, domain->name, edited, error);
}

int lend_repair(const struct lend_fs *fs, struct lend_libvirt *libvirt, const char *uuid, struct lend_repaired *ret,
		struct lend_error *error)
{
	_cleanup_(lend_libvirt_domain_freep) struct lend_libvirt_domain *handle = NULL;
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	struct lend_error failure = { 0 };
	_cleanup_free_ char *xml = NULL;
	int r;

	*ret = (struct lend_repaired){ 0 };
	r = lend_libvirt_find(libvirt, uuid, &handle, &failure);
	if (r == 0)
		r = lend_libvirt_definition_to_edit(handle, &xml, &failure);
	if (vanished(r))
		return 0;
	/* Most domains leave here, unparsed. */
	if (r == 0 && !strstr(xml, LEND_POLICY_NAMESPACE))
		return 0;
	if (r == 0)
		r = lend_domain_parse(xml, strlen(xml), &domain, &failure);
	if (r == 0) {
		(void)snprintf(ret->name, sizeof(ret->name), "%.255s", domain->name);
		ret->has_policy = domain->policy.present;
		r = domain->policy.count ? repair(fs, libvirt, handle, domain, xml, ret, &failure) : 0;
	}
	if (r < 0 && error)
		*error = failure;
	return r < 0 ? lend_error_wrap(error, r, "%s", *ret->name ? ret->name : uuid) : 0;
}
