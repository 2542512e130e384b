/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A loan for a domain: from its XML to a request. What `lendpci check` and the hook's prepare have in common. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lendpci/act/find_card.h"
#include "lendpci/act/loan/loan.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/decide/requested.h"
#include "lendpci/know/domain/domain.h"

/* The card is found, but the XML of this start still has its old address, where another card may sit by now. */
static int refuse_moved(const struct lend_domain *domain, struct lend_address before, struct lend_address now,
			struct lend_error *error)
{
	lend_error_set(error, -ESTALE, "%s: this host's PCI addresses have moved: the assigned card is %s now",
		       lend_address_text(before).text, lend_address_text(now).text);
	return lend_error_hint(
		error, -ESTALE,
		"'lendpci assign %s %s' writes the new address, as lendpci.service does by itself while it runs",
		domain->name, lend_address_text(now).text);
}

static int verify_cards(const struct lend_context *context, const struct lend_domain *domain, struct lend_error *error)
{
	for (size_t i = 0; i < domain->policy.count; i++) {
		const struct lend_policy_device *device = &domain->policy.devices[i];
		struct lend_address now;
		int r;

		r = lend_find_card(context->fs, device, &now, error);
		if (r < 0)
			return r;
		if (!lend_address_equal(now, device->address))
			return refuse_moved(domain, device->address, now, error);
	}
	return 0;
}

/* A domain's request, with what it borrows from. */
struct asked {
	struct lend_addresses wanted;
	struct lend_wish *wishes;
	struct lend_request request;
};

static void asked_clear(struct asked *asked)
{
	lend_addresses_clear(&asked->wanted);
	free(asked->wishes);
}

static int add_wishes(const struct lend_policy *policy, struct asked *asked, struct lend_error *error)
{
	asked->wishes = calloc(policy->count + 1, sizeof(*asked->wishes));
	if (!asked->wishes)
		return lend_error_set(error, -ENOMEM, "out of memory for %zu devices", policy->count);
	for (size_t i = 0; i < policy->count; i++) {
		struct lend_wish *wish = &asked->wishes[asked->request.wish_count++];

		wish->address = policy->devices[i].address;
		(void)snprintf(wish->reset, sizeof(wish->reset), "%s", policy->devices[i].reset);
		(void)snprintf(wish->rebar, sizeof(wish->rebar), "%s", policy->devices[i].rebar);
	}
	asked->request.wishes = asked->wishes;
	return 0;
}

/* @ret borrows from @domain too. */
static int make_request(const struct lend_context *context, const struct lend_domain *domain, struct asked *ret,
			struct lend_error *error)
{
	int r;

	r = lend_requested_by_domain(domain, &ret->wanted, error);
	if (r < 0)
		return r;
	r = verify_cards(context, domain, error);
	if (r < 0)
		return r;
	ret->request = (struct lend_request){
		.domain = domain->name,
		.uuid = domain->uuid,
		.wanted = ret->wanted.items,
		.wanted_count = ret->wanted.count,
		.take_group = domain->policy.take_group,
		.holders = domain->policy.has_holders ? &domain->policy.holders : NULL,
	};
	return add_wishes(&domain->policy, ret, error);
}

int lend_loan_check_for_domain(const struct lend_context *context, const struct lend_domain *domain,
			       struct lend_plan *ret, struct lend_preview *ret_preview, struct lend_error *error)
{
	_cleanup_(asked_clear) struct asked asked = { 0 };
	int r;

	r = make_request(context, domain, &asked, error);
	if (r < 0)
		return r;
	if (!asked.wanted.count) {
		*ret = (struct lend_plan){ 0 };
		if (ret_preview)
			*ret_preview = (struct lend_preview){ 0 };
		return 0;
	}
	return lend_loan_check(context, &asked.request, ret, ret_preview, error);
}

int lend_loan_take_for_domain(const struct lend_context *context, const struct lend_domain *domain,
			      struct lend_process daemon, struct lend_error *error)
{
	_cleanup_(asked_clear) struct asked asked = { 0 };
	int r;

	r = make_request(context, domain, &asked, error);
	if (r < 0 || !asked.wanted.count)
		return r;
	asked.request.daemon = daemon;
	return lend_loan_take(context, &asked.request, error);
}
