/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Between the files of the verdict: verdict.c has the table of rules, the others the rules. A rule looks at the facts
 * and says at most one thing.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/decide/verdict.h"
#include "lendpci/know/holders/list.h"
#include "lendpci/know/pci/device.h"
#include "lendpci/know/pci/inventory.h"

struct facts {
	const struct lend_device *device;
	const struct lend_inventory *inventory;
	const struct lend_holders *holders;
};

#define TELL(field, ...) (void)snprintf((field), sizeof(field), __VA_ARGS__)

/* Whether the host works with @function through a driver of its own. */
static inline bool is_on_host_driver(const struct lend_function *function)
{
	return *function->driver && strcmp(function->driver, "vfio-pci") != 0;
}

/* isolation.c */
bool verdict_rule_no_iommu(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_no_group(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_bridge(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_platform(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_platform_along(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_rmrr(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_group_shared(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_interrupts(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_conventional(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_legacy(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_integrated(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_acs_missing(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_acs_override(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_group_on_vfio(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_companions(const struct facts *facts, struct lend_reason *ret);

/* kind.c */
bool verdict_rule_no_address(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_processor_graphics(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_nvlink(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_external(const struct facts *facts, struct lend_reason *ret);

/* use.c */
bool verdict_rule_not_responding(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_vfs_enabled(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_in_use(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_host_display(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_driver_hangs(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_host_keyboard(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_usb_devices(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_reserved(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_on_vfio(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_unread(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_unseen(const struct facts *facts, struct lend_reason *ret);

/* reset.c */
bool verdict_rule_no_reset(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_reset_together(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_suspect_reset(const struct facts *facts, struct lend_reason *ret);
bool verdict_rule_d3cold(const struct facts *facts, struct lend_reason *ret);
