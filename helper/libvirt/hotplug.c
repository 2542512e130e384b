/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices of a running domain. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "lendpci/base/trace.h"
#include "libvirt/connection.h"
#include "libvirt/internal.h"

int lend_libvirt_attach(struct lend_libvirt_domain *domain, const char *xml, struct lend_error *error)
{
	lend_trace("libvirt: attach to %s: %s", domain->name, xml);
	if (virDomainAttachDeviceFlags(domain->handle, xml, VIR_DOMAIN_AFFECT_LIVE) == 0)
		return 0;
	return lend_libvirt_fail(error, domain->name, "cannot be given a device");
}

int lend_libvirt_detach(struct lend_libvirt_domain *domain, const char *xml, struct lend_error *error)
{
	lend_trace("libvirt: detach from %s: %s", domain->name, xml);
	if (virDomainDetachDeviceFlags(domain->handle, xml, VIR_DOMAIN_AFFECT_LIVE) == 0)
		return 0;
	/* The guest was asked before, and has not answered yet. */
	if (strstr(virGetLastErrorMessage(), "in the process of unplug"))
		return 0;
	return lend_libvirt_fail(error, domain->name, "cannot be asked for a device");
}
