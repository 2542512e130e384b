/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains that have the same device: only one of them can run at a time. */
#include "assignment/rivals.h"

#include <string.h>

#include "assignment/make.h"
#include "cli/message.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/domain/domain.h"
#include "libvirt/connection.h"

/* The domain of @xml, if it has devices and is not that of @uuid; NULL otherwise. */
static struct lend_domain *read_other(const char *xml, const char *uuid)
{
	_cleanup_(lend_domain_freep) struct lend_domain *other = NULL;
	const size_t size = strlen(xml);

	if (!lend_domain_text_may_concern(xml, size) || lend_domain_parse(xml, size, &other, NULL) < 0 ||
	    strcmp(other->uuid, uuid) == 0)
		return NULL;
	return TAKE_PTR(other);
}

void lend_rivals_warn(struct lend_libvirt *libvirt, const struct lend_domain *domain,
		      const struct lend_assignment *assignment)
{
	_cleanup_(lend_libvirt_texts_freep) char **definitions = NULL;

	if (lend_libvirt_definitions(libvirt, &definitions, NULL) < 0)
		return;
	for (char **xml = definitions; *xml; xml++) {
		_cleanup_(lend_domain_freep) struct lend_domain *other = read_other(*xml, domain->uuid);

		for (size_t i = 0; other && i < assignment->count; i++) {
			const struct lend_address address = assignment->functions[i].facts.address;

			if (lend_domain_has(other, address))
				lend_warn(domain->name, NULL,
					  "%s: it is assigned to %s too, and only one of the two can run at a time",
					  lend_address_text(address).text, other->name);
		}
	}
}

/* The device of @domain's policy that the other one names, too; NULL for none. */
static const struct lend_policy_device *shared_device(const struct lend_domain *domain, const struct lend_domain *other)
{
	for (size_t i = 0; i < domain->policy.count; i++)
		if (lend_policy_find(&other->policy, domain->policy.devices[i].address))
			return &domain->policy.devices[i];
	return NULL;
}

int lend_rivals_find(struct lend_libvirt *libvirt, const char *uuid, struct lend_error *ret)
{
	_cleanup_(lend_libvirt_domain_freep) struct lend_libvirt_domain *handle = NULL;
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	_cleanup_(lend_libvirt_texts_freep) char **others = NULL;
	_cleanup_free_ char *xml = NULL;

	if (lend_libvirt_find(libvirt, uuid, &handle, NULL) < 0 || lend_libvirt_definition(handle, &xml, NULL) < 0 ||
	    lend_domain_parse(xml, strlen(xml), &domain, NULL) < 0 || !domain->policy.count ||
	    lend_libvirt_definitions(libvirt, &others, NULL) < 0)
		return 0;
	for (char **text = others; *text; text++) {
		_cleanup_(lend_domain_freep) struct lend_domain *other = read_other(*text, uuid);
		const struct lend_policy_device *device = other ? shared_device(domain, other) : NULL;

		if (!device)
			continue;
		(void)lend_error_set(ret, 0, "%s: %s is assigned to %s, too: only one of them can run at a time",
				     domain->name, lend_address_text(device->address).text, other->name);
		return 1;
	}
	return 0;
}
