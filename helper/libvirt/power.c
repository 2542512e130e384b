/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running domains: list them, read their live XML, ask QEMU about their PCI devices, and turn them off. */
#include <ctype.h>
#include <errno.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/trace.h"
#include "libvirt/connection.h"
#include "libvirt/internal.h"

int lend_libvirt_identify(struct lend_libvirt_domain *domain, char **ret_name, char ret_uuid[static 37],
			  struct lend_error *error)
{
	const char *name = virDomainGetName(domain->handle);
	char uuid[VIR_UUID_STRING_BUFLEN];

	if (!name || virDomainGetUUIDString(domain->handle, uuid) < 0)
		return lend_libvirt_fail(error, domain->name, "cannot identify it");
	*ret_name = strdup(name);
	if (!*ret_name)
		return lend_error_set(error, -ENOMEM, "%s: out of memory", domain->name);
	for (size_t i = 0; i < sizeof(uuid); i++)
		ret_uuid[i] = (char)tolower((unsigned char)uuid[i]);
	return 0;
}

int lend_libvirt_running(struct lend_libvirt *libvirt, char ***ret, struct lend_error *error)
{
	_cleanup_(lend_libvirt_texts_freep) char **uuids = NULL;
	virDomainPtr *handles = NULL;
	size_t count = 0;
	int found;

	found = virConnectListAllDomains(libvirt->connection, &handles, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
	if (found < 0)
		return lend_libvirt_fail(error, "libvirt", "cannot list its domains");
	uuids = calloc((size_t)found + 1, sizeof(*uuids));
	for (int i = 0; i < found; i++) {
		char uuid[VIR_UUID_STRING_BUFLEN];

		if (uuids && virDomainGetUUIDString(handles[i], uuid) == 0) {
			uuids[count] = strdup(uuid);
			count += uuids[count] != NULL;
		}
		(void)virDomainFree(handles[i]);
	}
	free(handles);
	if (!uuids || count < (size_t)found)
		return lend_error_set(error, -ENOMEM, "libvirt: out of memory");
	*ret = TAKE_PTR(uuids);
	return 0;
}

int lend_libvirt_live(struct lend_libvirt_domain *domain, char **ret, struct lend_error *error)
{
	char *xml = virDomainGetXMLDesc(domain->handle, 0);

	if (!xml)
		return lend_libvirt_fail(error, domain->name, "cannot read its live XML");
	*ret = xml;
	return 0;
}

int lend_libvirt_guest_pci(struct lend_libvirt_domain *domain, char **ret, struct lend_error *error)
{
	lend_trace("libvirt: query-pci of %s", domain->name);
	if (virDomainQemuMonitorCommand(domain->handle, "{\"execute\":\"query-pci\"}", ret,
					VIR_DOMAIN_QEMU_MONITOR_COMMAND_DEFAULT) < 0)
		return lend_libvirt_fail(error, domain->name, "cannot ask QEMU");
	return 0;
}

int lend_libvirt_shut_down(struct lend_libvirt_domain *domain, struct lend_error *error)
{
	lend_trace("libvirt: shut down %s", domain->name);
	/* Not libvirt's own choice, which may be a guest agent that never answers. */
	if (virDomainShutdownFlags(domain->handle, VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN) == 0 ||
	    (virGetLastErrorCode() == VIR_ERR_INVALID_ARG && virDomainShutdown(domain->handle) == 0))
		return 0;
	return lend_libvirt_fail(error, domain->name, "cannot ask its guest to shut down");
}

int lend_libvirt_power_off(struct lend_libvirt_domain *domain, struct lend_error *error)
{
	lend_trace("libvirt: power off %s", domain->name);
	if (virDomainDestroy(domain->handle) == 0 || virDomainIsActive(domain->handle) == 0)
		return 0;
	/* A transient domain vanishes when it is off. */
	if (virGetLastErrorCode() == VIR_ERR_NO_DOMAIN)
		return 0;
	return lend_libvirt_fail(error, domain->name, "cannot power it off");
}
