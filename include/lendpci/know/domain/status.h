/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;

/** Where libvirt keeps a file for each, below the root. */
#define LEND_DOMAIN_STATUS_DIR "run/libvirt/qemu"

/** A domain that libvirt takes for running, whatever became of its QEMU. */
struct lend_domain_status {
	char name[256];      /* fit for a message */
	bool is_found_again; /* by a daemon that is started anew; if not, only by the one that is ending it */
};

/**
 * The live domain that has @address: 1 with @ret, 0 for none, or -errno. Asks nobody, so that it works without the
 * daemon and below a hook.
 *
 * As long as there is one the function has to stay on vfio-pci. A domain's end begins with a reset of its devices, by
 * libvirt itself, through the bridge above them, of everything but what is on vfio-pci then; and that is also the first
 * thing that a daemon does which comes back and finds the QEMU dead. A host driver would have its card reset underneath
 * it, and a card of two functions loses its addresses by that until the host is booted again.
 *
 * Source: /run/libvirt/qemu/NAME.xml (libvirt, src/conf/virdomainobjlist.c), which qemuProcessStop() removes after
 * virHostdevReAttachPCIDevices() and before the release hook; virPCIDeviceReset() in src/util/virpci.c. A file that is
 * not understood counts for nothing, as for libvirt; one without a monitor is what a daemon that died while it ended
 * the domain has left, and what no other takes up (qemuDomainObjPrivateXMLParse()).
 */
int lend_domain_status_find(const struct lend_fs *fs, struct lend_address address, struct lend_domain_status *ret,
			    struct lend_error *error);
