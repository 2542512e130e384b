/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lend_device;
struct lend_holders;
struct lend_inventory;

enum lend_severity {
	LEND_SEVERITY_ERROR,   /* it cannot be lent, or not now */
	LEND_SEVERITY_WARNING, /* it can, and may disappoint */
	LEND_SEVERITY_INFO,    /* good to know */
};

/** "error", "warning", "info". */
const char *lend_severity_name(enum lend_severity severity);

/** One thing that speaks for or against lending a function. */
struct lend_reason {
	const char *code; /* stable, for programs: "group-shared"; static storage */
	enum lend_severity severity;
	bool passing;   /* goes away by itself or by hand while the host runs: "in-use" */
	bool costs;     /* a warning that is repeated where a VM gets it: the host, or its guest, will miss something */
	char text[384]; /* one sentence, to stand behind "ADDRESS: " */
	char hint[320]; /* what to do; "" where there is nothing to advise */
};

enum { LEND_REASONS_MAX = 36 };

/** All reasons, not only the first: the worst come first. */
struct lend_verdict {
	struct lend_reason reasons[LEND_REASONS_MAX];
	size_t count;
	bool assignable; /* no reason is an error */
	bool passing;    /* not assignable, but every error is passing: not now */
};

/**
 * Judges one function. Pure: what is in the arguments decides.
 *
 * @holders may hold those of other functions too. The codes, each at most once:
 *
 * - error: no-iommu, no-group, bridge, platform, platform-along, not-responding, no-address, rmrr, group-shared,
 *   vfs-enabled, in-use;
 * - warning: host-display (an error for the only display where the settings keep it), driver-hangs, host-keyboard,
 *   no-reset, suspect-reset, interrupts, conventional, legacy, integrated, acs-missing, acs-override, group-on-vfio,
 *   nvlink-fabric;
 * - info: companions, reset-together, processor-graphics, external, d3cold, usb-devices, reserved, on-vfio, unread,
 *   unseen.
 */
void lend_verdict_evaluate(const struct lend_device *device, const struct lend_inventory *inventory,
			   const struct lend_holders *holders, struct lend_verdict *ret);

/** The reason with @code, or NULL. */
const struct lend_reason *lend_verdict_find(const struct lend_verdict *verdict, const char *code);
