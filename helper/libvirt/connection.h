/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct lend_error;

/*
 * Connections, domains and definitions. With events.h the only interface to libvirt: its errors become sentences here
 * and nowhere else.
 */

/** A connection, and one domain on it. */
struct lend_libvirt;
struct lend_libvirt_domain;

/**
 * Connects to @uri. NULL: libvirt's own default, as virsh does; where that fails and we are root, qemu:///system. Asks
 * for a password where libvirt wants one. -ECONNREFUSED with libvirt's reason.
 */
int lend_libvirt_open(const char *uri, struct lend_libvirt **ret, struct lend_error *error);
void lend_libvirt_close(struct lend_libvirt *libvirt);
void lend_libvirt_closep(struct lend_libvirt **libvirt);

/** The version of the libvirt behind a connection, NULL for the library here: 8007000 is 8.7.0. 0 when it is unknown.
 */
unsigned long lend_libvirt_version(struct lend_libvirt *libvirt);

/** Finds a domain by name or UUID. -ENOENT when there is none. To be freed before its connection. */
int lend_libvirt_find(struct lend_libvirt *libvirt, const char *name, struct lend_libvirt_domain **ret,
		      struct lend_error *error);
void lend_libvirt_domain_free(struct lend_libvirt_domain *domain);
void lend_libvirt_domain_freep(struct lend_libvirt_domain **domain);

/**
 * The persistent definition, for looking at it: without its secrets. -ENOTSUP for a transient domain, which has none.
 * The text is the caller's.
 */
int lend_libvirt_definition(struct lend_libvirt_domain *domain, char **ret, struct lend_error *error);

/** The same with its secrets, which a definition needs to be replaced by an edited one. */
int lend_libvirt_definition_to_edit(struct lend_libvirt_domain *domain, char **ret, struct lend_error *error);

/**
 * The persistent definitions of all domains, without their secrets: a NULL-terminated array, lend_libvirt_texts_freep()
 * it. A domain that disappears meanwhile is passed over.
 */
int lend_libvirt_definitions(struct lend_libvirt *libvirt, char ***ret, struct lend_error *error);
void lend_libvirt_texts_freep(char ***texts);

/** Replaces @name's persistent definition. libvirt checks it against its schema; -EINVAL with what it said. */
int lend_libvirt_define(struct lend_libvirt *libvirt, const char *name, const char *xml, struct lend_error *error);

/** Whether it runs now, so that a new definition waits for its next start. */
bool lend_libvirt_is_running(struct lend_libvirt_domain *domain);

/** Whether libvirt has a saved state of it (managed save), which the next start would restore with its own XML. */
bool lend_libvirt_has_saved_state(struct lend_libvirt_domain *domain);

/** The domain's name and UUID (lower case). @ret_name is the caller's. */
int lend_libvirt_identify(struct lend_libvirt_domain *domain, char **ret_name, char ret_uuid[static 37],
			  struct lend_error *error);

/** The UUIDs of all running domains, as lend_libvirt_definitions() returns texts. */
int lend_libvirt_running(struct lend_libvirt *libvirt, char ***ret, struct lend_error *error);

/** The live XML of a running domain. The text is the caller's. */
int lend_libvirt_live(struct lend_libvirt_domain *domain, char **ret, struct lend_error *error);

/**
 * QEMU's answer to query-pci: where the guest has placed its PCI devices. The text is the caller's. libvirt marks a
 * domain as tainted ("custom-monitor") when its monitor is used in this way.
 */
int lend_libvirt_guest_pci(struct lend_libvirt_domain *domain, char **ret, struct lend_error *error);

/**
 * Plugs the device that @xml describes into a running domain, and asks its guest to give one up, which may take a while
 * or never happen. The definition stays as it is.
 */
int lend_libvirt_attach(struct lend_libvirt_domain *domain, const char *xml, struct lend_error *error);
int lend_libvirt_detach(struct lend_libvirt_domain *domain, const char *xml, struct lend_error *error);

/** Asks the guest to shut down (ACPI power button). The guest may take its time, or ignore it. */
int lend_libvirt_shut_down(struct lend_libvirt_domain *domain, struct lend_error *error);

/** Powers it off (virsh destroy), and waits until libvirt has cleaned up. A domain that is off already is fine. */
int lend_libvirt_power_off(struct lend_libvirt_domain *domain, struct lend_error *error);

/**
 * Whether the daemon runs the hook at @path: asks it for a transient domain with a PCI function that cannot exist. No
 * guest starts either way; with the hook libvirt's error names it. Returns 1, 0, or -errno when that told neither, as
 * without a QEMU.
 */
int lend_libvirt_runs_hook(struct lend_libvirt *libvirt, const char *path, struct lend_error *error);
