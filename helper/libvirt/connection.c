/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections, domains and their definitions; events are in events.c, turning off is in power.c. */
#include "libvirt/connection.h"

#include <errno.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/base/trace.h"
#include "libvirt/internal.h"

/* libvirt prints every error by itself unless it is given somewhere else to put it. */
static void swallow(void *userdata, virErrorPtr error)
{
	(void)userdata;
	(void)error;
}

static int code_of(const virError *said)
{
	switch (said ? said->code : VIR_ERR_INTERNAL_ERROR) {
	case VIR_ERR_NO_DOMAIN:
		return -ENOENT;
	case VIR_ERR_NO_CONNECT:
	case VIR_ERR_INVALID_CONN:
		return -ECONNREFUSED;
	case VIR_ERR_AUTH_FAILED:
	case VIR_ERR_AUTH_CANCELLED:
	case VIR_ERR_AUTH_UNAVAILABLE:
	case VIR_ERR_ACCESS_DENIED:
		return -EACCES;
	case VIR_ERR_XML_ERROR:
	case VIR_ERR_XML_DETAIL:
	case VIR_ERR_XML_INVALID_SCHEMA:
	case VIR_ERR_CONFIG_UNSUPPORTED:
	case VIR_ERR_INVALID_ARG:
		return -EINVAL;
	default:
		return -EIO;
	}
}

/* libvirt's last error as one sentence about @subject; schema errors come in several lines. */
int lend_libvirt_fail(struct lend_error *error, const char *subject, const char *what)
{
	const virError *said = virGetLastError();
	char reason[480];

	(void)snprintf(reason, sizeof(reason), "%s", said && said->message ? said->message : "unknown error");
	for (char *at = reason; (at = strchr(at, '\n')); at++)
		*at = at[1] ? ';' : '\0';
	return lend_error_set(error, code_of(said), "%s: %s: %s", subject, what, reason);
}

int lend_libvirt_open(const char *uri, struct lend_libvirt **ret, struct lend_error *error)
{
	_cleanup_(lend_libvirt_closep) struct lend_libvirt *libvirt = NULL;

	virSetErrorFunc(NULL, swallow);
	libvirt = calloc(1, sizeof(*libvirt));
	if (!libvirt)
		return lend_error_set(error, -ENOMEM, "libvirt: out of memory");
	libvirt->connection = virConnectOpenAuth(uri, libvirt_default_auth(), 0);
	/* Its own default is the daemon for all drivers, which a host of modular daemons need not run. */
	if (!libvirt->connection && !uri && geteuid() == 0)
		libvirt->connection = virConnectOpenAuth("qemu:///system", libvirt_default_auth(), 0);
	if (!libvirt->connection)
		return lend_libvirt_fail(error, uri ? uri : "libvirt", "cannot connect");
	lend_trace("libvirt: connected to %s, version %lu", uri ? uri : "its own default",
		   lend_libvirt_version(libvirt));
	*ret = TAKE_PTR(libvirt);
	return 0;
}

void lend_libvirt_close(struct lend_libvirt *libvirt)
{
	if (!libvirt)
		return;
	if (libvirt->connection)
		(void)virConnectClose(libvirt->connection);
	free(libvirt);
}

void lend_libvirt_closep(struct lend_libvirt **libvirt)
{
	lend_libvirt_close(*libvirt);
}

unsigned long lend_libvirt_version(struct lend_libvirt *libvirt)
{
	unsigned long version = 0;
	int r;

	r = libvirt ? virConnectGetLibVersion(libvirt->connection, &version) : virGetVersion(&version, NULL, NULL);
	return r < 0 ? 0 : version;
}

int lend_libvirt_find(struct lend_libvirt *libvirt, const char *name, struct lend_libvirt_domain **ret,
		      struct lend_error *error)
{
	_cleanup_(lend_libvirt_domain_freep) struct lend_libvirt_domain *domain = NULL;

	domain = calloc(1, sizeof(*domain));
	if (!domain || !(domain->name = strdup(name)))
		return lend_error_set(error, -ENOMEM, "%s: out of memory", name);
	domain->handle = virDomainLookupByName(libvirt->connection, name);
	if (!domain->handle && virGetLastErrorCode() == VIR_ERR_NO_DOMAIN)
		domain->handle = virDomainLookupByUUIDString(libvirt->connection, name);
	if (!domain->handle) {
		/* What is not a UUID is a wrong name, not a wrong argument. */
		int code = virGetLastErrorCode();

		if (code != VIR_ERR_NO_DOMAIN && code != VIR_ERR_INVALID_ARG)
			return lend_libvirt_fail(error, name, "cannot look it up");
		lend_error_set(error, -ENOENT, "%s: libvirt knows no such domain", name);
		return lend_error_hint(error, -ENOENT, "'virsh list --all' lists them");
	}
	lend_trace("libvirt: found domain %s", name);
	*ret = TAKE_PTR(domain);
	return 0;
}

void lend_libvirt_domain_free(struct lend_libvirt_domain *domain)
{
	if (!domain)
		return;
	if (domain->handle)
		(void)virDomainFree(domain->handle);
	free(domain->name);
	free(domain);
}

void lend_libvirt_domain_freep(struct lend_libvirt_domain **domain)
{
	lend_libvirt_domain_free(*domain);
}

static int read_definition(struct lend_libvirt_domain *domain, unsigned flags, char **ret, struct lend_error *error)
{
	char *xml;

	/* Without this, INACTIVE would hand out the live XML of a domain that has no other. */
	if (virDomainIsPersistent(domain->handle) == 0)
		return lend_error_set(error, -ENOTSUP, "%s: it is transient: it has no definition to change",
				      domain->name);
	xml = virDomainGetXMLDesc(domain->handle, VIR_DOMAIN_XML_INACTIVE | flags);
	if (!xml)
		return lend_libvirt_fail(error, domain->name, "cannot read its definition");
	*ret = xml;
	return 0;
}

int lend_libvirt_definition(struct lend_libvirt_domain *domain, char **ret, struct lend_error *error)
{
	return read_definition(domain, 0, ret, error);
}

int lend_libvirt_definition_to_edit(struct lend_libvirt_domain *domain, char **ret, struct lend_error *error)
{
	return read_definition(domain, VIR_DOMAIN_XML_SECURE, ret, error);
}

static void free_handles(virDomainPtr **handles)
{
	for (virDomainPtr *handle = *handles; handle && *handle; handle++)
		(void)virDomainFree(*handle);
	free(*handles);
}

void lend_libvirt_texts_freep(char ***texts)
{
	for (char **text = *texts; text && *text; text++)
		free(*text);
	free(*texts);
}

int lend_libvirt_definitions(struct lend_libvirt *libvirt, char ***ret, struct lend_error *error)
{
	_cleanup_(lend_libvirt_texts_freep) char **texts = NULL;
	_cleanup_(free_handles) virDomainPtr *handles = NULL;
	size_t count = 0;
	int found;

	found = virConnectListAllDomains(libvirt->connection, &handles, VIR_CONNECT_LIST_DOMAINS_PERSISTENT);
	if (found < 0)
		return lend_libvirt_fail(error, "libvirt", "cannot list its domains");
	texts = calloc((size_t)found + 1, sizeof(*texts));
	if (!texts)
		return lend_error_set(error, -ENOMEM, "libvirt: out of memory");
	for (int i = 0; i < found; i++) {
		lend_clock_tick();
		texts[count] = virDomainGetXMLDesc(handles[i], VIR_DOMAIN_XML_INACTIVE);
		count += texts[count] != NULL;
	}
	*ret = TAKE_PTR(texts);
	return 0;
}

int lend_libvirt_define(struct lend_libvirt *libvirt, const char *name, const char *xml, struct lend_error *error)
{
	virDomainPtr defined;

	lend_trace("libvirt: define %s: %zu bytes", name, strlen(xml));
	defined = virDomainDefineXMLFlags(libvirt->connection, xml, VIR_DOMAIN_DEFINE_VALIDATE);
	if (!defined)
		return lend_libvirt_fail(error, name, "libvirt does not accept the definition");
	(void)virDomainFree(defined);
	return 0;
}

bool lend_libvirt_is_running(struct lend_libvirt_domain *domain)
{
	return virDomainIsActive(domain->handle) == 1;
}

bool lend_libvirt_has_saved_state(struct lend_libvirt_domain *domain)
{
	return virDomainHasManagedSaveImage(domain->handle, 0) == 1;
}

int lend_libvirt_runs_hook(struct lend_libvirt *libvirt, const char *path, struct lend_error *error)
{
	static const char xml[] = "<domain type='qemu'><name>lendpci-doctor</name><memory unit='MiB'>16</memory>"
				  "<os><type arch='x86_64'>hvm</type></os><devices>"
				  "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
				  "<address domain='0xfffe' bus='0xff' slot='0x1f' function='0x7'/>"
				  "</source></hostdev></devices></domain>";
	virDomainPtr started = virDomainCreateXML(libvirt->connection, xml, 0);
	const virError *said = virGetLastError();

	if (started) {
		(void)virDomainDestroy(started);
		(void)virDomainFree(started);
		return lend_error_set(error, -EIO, "libvirt: started a domain with a device that cannot exist");
	}
	if (said && said->message && strstr(said->message, path))
		return 1;
	/* libvirt got as far as looking for the device, so nobody stopped it before. */
	if (said && said->message && strstr(said->message, "fffe:ff:1f.7"))
		return 0;
	return lend_libvirt_fail(error, "libvirt", "cannot tell whether it runs the hook");
}
