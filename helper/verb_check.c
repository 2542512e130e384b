/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check: all that the hook checks before a start, changing nothing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/domain.h"
#include "lendpci/error.h"
#include "lendpci/loan.h"
#include "lendpci/own.h"
#include "libvirt.h"
#include "program.h"
#include "verb.h"

static void print_plan(const char *domain, const struct lend_plan *plan)
{
	if (!plan->count)
		(void)printf("%s: has no PCI device of this host to borrow\n", domain);
	for (size_t i = 0; i < plan->count; i++) {
		const struct lend_plan_function *function = &plan->functions[i];

		(void)printf("%s: %s: can be lent (now on %s%s)\n", domain,
			     lend_address_text(function->facts.address).text,
			     *function->facts.driver ? function->facts.driver : "no driver",
			     function->companion ? "; goes along, as its IOMMU group demands" : "");
	}
}

int lend_verb_check(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_libvirt_closep) struct lend_libvirt *libvirt = NULL;
	_cleanup_(lend_libvirt_domain_freep) struct lend_libvirt_domain *handle = NULL;
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	_cleanup_(lend_program_close) struct lend_program program;
	_cleanup_(lend_plan_clear) struct lend_plan plan = { 0 };
	_cleanup_free_ char *xml = NULL;
	int r;

	r = lend_program_open(call, false, &program, error);
	if (r < 0)
		return r;
	r = lend_libvirt_open(call->connect, &libvirt, error);
	if (r >= 0)
		r = lend_libvirt_find(libvirt, call->arguments[0], &handle, error);
	if (r >= 0)
		r = lend_libvirt_definition(handle, &xml, error);
	if (r >= 0)
		r = lend_domain_parse(xml, strlen(xml), &domain, error);
	if (r >= 0)
		r = lend_loan_check_for_domain(&program.host, domain, &plan, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", call->arguments[0]);
	print_plan(domain->name, &plan);
	return 0;
}
