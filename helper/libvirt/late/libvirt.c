/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <libvirt/libvirt.h>

#include "lendpci/base/late.h"
#include "libvirt/internal.h"

LEND_LATE_LIBRARY(LENDPCI_VIRT_SONAME, "libvirt0", "domains");

LEND_LATE_FUNCTION(virConnectClose);
LEND_LATE_FUNCTION(virConnectDomainEventDeregisterAny);
LEND_LATE_FUNCTION(virConnectDomainEventRegisterAny);
LEND_LATE_FUNCTION(virConnectGetLibVersion);
LEND_LATE_FUNCTION(virConnectListAllDomains);
LEND_LATE_FUNCTION(virConnectOpenAuth);
LEND_LATE_FUNCTION(virConnectRegisterCloseCallback);
LEND_LATE_FUNCTION(virConnectSetKeepAlive);
LEND_LATE_FUNCTION(virConnectUnregisterCloseCallback);
LEND_LATE_FUNCTION(virDomainAttachDeviceFlags);
LEND_LATE_FUNCTION(virDomainCreateXML);
LEND_LATE_FUNCTION(virDomainDefineXMLFlags);
LEND_LATE_FUNCTION(virDomainDestroy);
LEND_LATE_FUNCTION(virDomainDetachDeviceFlags);
LEND_LATE_FUNCTION(virDomainFree);
LEND_LATE_FUNCTION(virDomainGetName);
LEND_LATE_FUNCTION(virDomainGetUUIDString);
LEND_LATE_FUNCTION(virDomainGetXMLDesc);
LEND_LATE_FUNCTION(virDomainHasManagedSaveImage);
LEND_LATE_FUNCTION(virDomainIsActive);
LEND_LATE_FUNCTION(virDomainIsPersistent);
LEND_LATE_FUNCTION(virDomainLookupByName);
LEND_LATE_FUNCTION(virDomainLookupByUUIDString);
LEND_LATE_FUNCTION(virDomainShutdown);
LEND_LATE_FUNCTION(virDomainShutdownFlags);
LEND_LATE_FUNCTION(virEventAddHandle);
LEND_LATE_FUNCTION(virEventAddTimeout);
LEND_LATE_FUNCTION(virEventRegisterDefaultImpl);
LEND_LATE_FUNCTION(virEventRunDefaultImpl);
LEND_LATE_FUNCTION(virEventUpdateTimeout);
LEND_LATE_FUNCTION(virGetLastError);
LEND_LATE_FUNCTION(virGetLastErrorCode);
LEND_LATE_FUNCTION(virGetLastErrorMessage);
LEND_LATE_FUNCTION(virGetVersion);
LEND_LATE_FUNCTION(virSetErrorFunc);

/* A variable, which no jump can stand for. */
virConnectAuthPtr libvirt_default_auth(void)
{
	static struct lend_late_function variable = { NULL, "virConnectAuthPtrDefault", &library };

	return *(const virConnectAuthPtr *)lend_late_find(&variable);
}
