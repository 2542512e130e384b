/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct lend_error;
struct lend_fs;

/** What happens when a process or a mount on the host uses a device that a VM wants. */
enum lend_holders_policy {
	LEND_HOLDERS_REFUSE, /* the VM does not start, and is told who */
	LEND_HOLDERS_WAIT,   /* wait for them, up to holders_wait_ms, then refuse */
	LEND_HOLDERS_STOP,   /* stop those of stop_units that use it, and start them again on return; refuse the rest */
	LEND_HOLDERS_RELEASE, /* have the desktop let go of a card that is not its only one; refuse the rest */
	LEND_HOLDERS_IGNORE,  /* do not look: only the deadline protects the host from a driver that hangs */
};

/**
 * How this host wants it: `key = value` lines of /etc/lendpci/lendpci.conf and then /etc/lendpci/lendpci.conf.d/, where
 * times are seconds or carry a unit. helper/data/lendpci.conf documents each key.
 */
struct lend_settings {
	unsigned lock_deadline_ms;         /* lock_deadline: another lendpci at work on the same function */
	unsigned unbind_deadline_ms;       /* unbind_deadline: a driver that lets a function go, or takes it */
	unsigned vfio_release_deadline_ms; /* vfio_release_deadline: a dying QEMU that still holds the VFIO group */
	unsigned start_deadline_ms;        /* start_deadline: from prepare until a VM must be running */
	unsigned shutdown_deadline_ms;     /* shutdown_deadline: turn-off's patience with a guest */
	enum lend_holders_policy holders;  /* holders */
	unsigned holders_wait_ms;          /* holders_wait */
	char stop_units[512];              /* stop_units: systemd units, blank-separated; "" for none */
	bool stop_sessions;                /* stop_sessions: sessions of users end as the units of stop_units stop */
	bool keep_display;                 /* display = refuse: the host's only display is not lent */
	bool take_network;                 /* network: take a network card although the host uses it */
	bool debug;                        /* debug: hook and service tell the system journal all they do */
};

/** "refuse", "wait", "stop", "ignore", and back. Returns 0, or -EINVAL with @ret untouched. */
const char *lend_holders_policy_name(enum lend_holders_policy policy);
int lend_holders_policy_from_name(const char *name, enum lend_holders_policy *ret);

/** What holds without a file. */
extern const struct lend_settings lend_settings_default;

/**
 * Reads the host's settings below @fs' root. No file is fine. -EINVAL for a key or a value that lendpci does not know,
 * with the file and the key: a typo must not silently leave a host less safe than it was meant to be. @ret is untouched
 * on failure.
 */
int lend_settings_load(const struct lend_fs *fs, struct lend_settings *ret, struct lend_error *error);
