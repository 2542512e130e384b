/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides whether a function can be lent, with every reason why not.
 *
 * A table of rules. Its order is the order in which reasons are told.
 */
#include "internal.h"

const char *lend_severity_name(enum lend_severity severity)
{
	static const char *const names[] = { "error", "warning", "info" };

	return names[severity];
}

enum { PASSING = 1, COSTS = 2 };

static const struct {
	const char *code;
	enum lend_severity severity;
	unsigned flags; /* of the reason: passing, costs */
	bool (*applies)(const struct facts *facts, struct lend_reason *ret);
} rules[] = {
	{ "no-iommu", LEND_SEVERITY_ERROR, 0, verdict_rule_no_iommu },
	{ "no-group", LEND_SEVERITY_ERROR, 0, verdict_rule_no_group },
	{ "bridge", LEND_SEVERITY_ERROR, 0, verdict_rule_bridge },
	{ "platform", LEND_SEVERITY_ERROR, 0, verdict_rule_platform },
	{ "platform-along", LEND_SEVERITY_ERROR, 0, verdict_rule_platform_along },
	{ "not-responding", LEND_SEVERITY_ERROR, 0, verdict_rule_not_responding },
	{ "no-address", LEND_SEVERITY_ERROR, 0, verdict_rule_no_address },
	{ "rmrr", LEND_SEVERITY_ERROR, 0, verdict_rule_rmrr },
	{ "group-shared", LEND_SEVERITY_ERROR, 0, verdict_rule_group_shared },
	{ "vfs-enabled", LEND_SEVERITY_ERROR, PASSING, verdict_rule_vfs_enabled },
	{ "in-use", LEND_SEVERITY_ERROR, PASSING, verdict_rule_in_use },
	{ "host-display", LEND_SEVERITY_WARNING, COSTS, verdict_rule_host_display },
	{ "driver-hangs", LEND_SEVERITY_WARNING, PASSING | COSTS, verdict_rule_driver_hangs },
	{ "host-keyboard", LEND_SEVERITY_WARNING, PASSING | COSTS, verdict_rule_host_keyboard },
	{ "no-reset", LEND_SEVERITY_WARNING, COSTS, verdict_rule_no_reset },
	{ "suspect-reset", LEND_SEVERITY_WARNING, COSTS, verdict_rule_suspect_reset },
	{ "interrupts", LEND_SEVERITY_WARNING, 0, verdict_rule_interrupts },
	{ "conventional", LEND_SEVERITY_WARNING, 0, verdict_rule_conventional },
	{ "legacy", LEND_SEVERITY_WARNING, 0, verdict_rule_legacy },
	{ "integrated", LEND_SEVERITY_WARNING, 0, verdict_rule_integrated },
	{ "acs-missing", LEND_SEVERITY_WARNING, 0, verdict_rule_acs_missing },
	{ "acs-override", LEND_SEVERITY_WARNING, COSTS, verdict_rule_acs_override },
	{ "group-on-vfio", LEND_SEVERITY_WARNING, PASSING | COSTS, verdict_rule_group_on_vfio },
	{ "nvlink-fabric", LEND_SEVERITY_WARNING, PASSING | COSTS, verdict_rule_nvlink },
	{ "companions", LEND_SEVERITY_INFO, 0, verdict_rule_companions },
	{ "reset-together", LEND_SEVERITY_INFO, 0, verdict_rule_reset_together },
	{ "processor-graphics", LEND_SEVERITY_INFO, 0, verdict_rule_processor_graphics },
	{ "external", LEND_SEVERITY_INFO, 0, verdict_rule_external },
	{ "d3cold", LEND_SEVERITY_INFO, 0, verdict_rule_d3cold },
	{ "usb-devices", LEND_SEVERITY_INFO, PASSING, verdict_rule_usb_devices },
	{ "reserved", LEND_SEVERITY_INFO, 0, verdict_rule_reserved },
	{ "on-vfio", LEND_SEVERITY_INFO, PASSING, verdict_rule_on_vfio },
	{ "unread", LEND_SEVERITY_INFO, PASSING, verdict_rule_unread },
	{ "unseen", LEND_SEVERITY_INFO, PASSING, verdict_rule_unseen },
};

_Static_assert(LEND_ARRAY_SIZE(rules) <= LEND_REASONS_MAX, "a verdict has room for every rule");

void lend_verdict_evaluate(const struct lend_device *device, const struct lend_inventory *inventory,
			   const struct lend_holders *holders, struct lend_verdict *ret)
{
	const struct facts facts = { device, inventory, holders };

	*ret = (struct lend_verdict){ .assignable = true, .passing = true };
	for (size_t i = 0; i < LEND_ARRAY_SIZE(rules); i++) {
		struct lend_reason *reason = &ret->reasons[ret->count];

		*reason = (struct lend_reason){
			.code = rules[i].code,
			.severity = rules[i].severity,
			.passing = rules[i].flags & PASSING,
			.costs = rules[i].flags & COSTS,
		};
		if (!rules[i].applies(&facts, reason))
			continue;
		ret->count++;
		if (reason->severity != LEND_SEVERITY_ERROR)
			continue;
		ret->assignable = false;
		ret->passing = ret->passing && reason->passing;
	}
	ret->passing = ret->passing && !ret->assignable;
}

const struct lend_reason *lend_verdict_find(const struct lend_verdict *verdict, const char *code)
{
	for (size_t i = 0; i < verdict->count; i++)
		if (strcmp(verdict->reasons[i].code, code) == 0)
			return &verdict->reasons[i];
	return NULL;
}
