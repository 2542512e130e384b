/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libvirt/libvirt.h>

/* Between the files that talk to libvirt; nobody else includes this. */

struct lend_error;

struct lend_libvirt {
	virConnectPtr connection;
};

struct lend_libvirt_domain {
	virDomainPtr handle;
	char *name; /* as it was asked for: a name or a UUID */
};

/** libvirt's last error as one sentence about @subject. Returns its -errno. */
int lend_libvirt_fail(struct lend_error *error, const char *subject, const char *what);

/** virConnectAuthPtrDefault, which asks for passwords in the terminal; NULL never. */
virConnectAuthPtr libvirt_default_auth(void);
