/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a function can be lent, and everything that speaks against it.
 *
 * A table of rules, each of which looks at the facts and says at most one thing. The order of the table is the order in
 * which reasons are told.
 */
#include "lendpci/decide/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/decide/companion.h"
#include "lendpci/know/holders/list.h"
#include "lendpci/know/pci/device.h"
#include "lendpci/know/pci/inventory.h"

struct facts {
	const struct lend_device *device;
	const struct lend_inventory *inventory;
	const struct lend_holders *holders;
};

#define TELL(field, ...) (void)snprintf((field), sizeof(field), __VA_ARGS__)

const char *lend_severity_name(enum lend_severity severity)
{
	static const char *const names[] = { "error", "warning", "info" };

	return names[severity];
}

/* Whether the host works with @function through a driver of its own. */
static bool is_on_host_driver(const struct lend_function *function)
{
	return *function->driver && strcmp(function->driver, "vfio-pci") != 0;
}

static bool is_platform(const struct lend_device *device)
{
	/* 0806: an IOMMU, 0807: a root complex event collector. */
	return device->function.class >> 8 == 0x0806 || device->function.class >> 8 == 0x0807 ||
	       device->capabilities.kind == LEND_KIND_EVENT_COLLECTOR;
}

static bool rule_no_iommu(const struct facts *facts, struct lend_reason *ret)
{
	if (facts->inventory->has_iommu)
		return false;
	TELL(ret->text, "this host has no IOMMU switched on, so a VM could not be kept apart from it");
	TELL(ret->hint, "switch on VT-d or AMD-Vi in the firmware and, on Intel, boot with intel_iommu=on");
	return true;
}

static bool rule_no_group(const struct facts *facts, struct lend_reason *ret)
{
	if (!facts->inventory->has_iommu || facts->device->function.iommu_group != LEND_NO_GROUP)
		return false;
	TELL(ret->text, "it is in no IOMMU group, so a VM could not be kept apart from the host");
	TELL(ret->hint, "plug it in elsewhere: the IOMMU does not cover this place");
	return true;
}

static bool rule_bridge(const struct facts *facts, struct lend_reason *ret)
{
	if (!lend_function_is_bridge(&facts->device->function))
		return false;
	TELL(ret->text, "a bridge (class %06x) cannot be lent, only what is behind it", facts->device->function.class);
	return true;
}

static bool rule_platform(const struct facts *facts, struct lend_reason *ret)
{
	if (!is_platform(facts->device))
		return false;
	TELL(ret->text, "it is a part of the platform (class %06x) that the host cannot do without",
	     facts->device->function.class);
	return true;
}

static bool rule_not_responding(const struct facts *facts, struct lend_reason *ret)
{
	if (facts->device->capabilities.answers)
		return false;
	TELL(ret->text, "it does not answer any more: its configuration space reads as all ones");
	TELL(ret->hint, "power the host off and on; a reboot may not reset the card");
	return true;
}

static bool rule_rmrr(const struct facts *facts, struct lend_reason *ret)
{
	if (!facts->device->reserved_end)
		return false;
	TELL(ret->text,
	     "firmware has reserved memory for its IOMMU group %d (RMRR, 0x%" PRIx64 "-0x%" PRIx64
	     "), so the kernel does not give it to a VM",
	     facts->device->function.iommu_group, facts->device->reserved_start, facts->device->reserved_end);
	TELL(ret->hint, "look for a firmware update or setting of the vendor that drops the reservation");
	return true;
}

/*
 * The bridge above that fails to keep the group apart: the first from the root on that belongs to the group and does
 * not isolate. What cannot be read is taken for the culprit, since the kernel has put both into one group.
 */
static const struct lend_bridge *leaking_bridge(const struct lend_device *device)
{
	for (size_t i = 0; i < device->bridge_count; i++) {
		const struct lend_bridge *bridge = &device->bridges[i];

		if (bridge->iommu_group == device->function.iommu_group && bridge->iommu_group != LEND_NO_GROUP &&
		    !lend_capabilities_isolate(&bridge->capabilities))
			return bridge;
	}
	return NULL;
}

/* Members of the group that neither are bridges nor sit in the same slot. Returns their number. */
static size_t foreign_members(const struct lend_device *device, bool on_host_driver, const struct lend_function **ret)
{
	size_t found = 0;

	for (size_t i = 0; i < device->group_count; i++) {
		const struct lend_function *member = device->group[i];

		if (lend_address_same_slot(member->address, device->function.address) ||
		    lend_function_is_bridge(member) || (on_host_driver && !is_on_host_driver(member)))
			continue;
		if (found++ == 0)
			*ret = member;
	}
	return found;
}

static bool rule_group_shared(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_function *member = NULL;
	size_t count = foreign_members(facts->device, true, &member);
	char more[48] = "";

	if (count == 0)
		return false;
	if (count > 1)
		TELL(more, " and %zu more of the host", count - 1);
	TELL(ret->text, "its IOMMU group %d also holds %s, which the host uses through %s%s",
	     facts->device->function.iommu_group, lend_address_text(member->address).text, member->driver, more);
	TELL(ret->hint,
	     "plug the card into a slot with a group of its own, or let the whole group go along with group='take' "
	     "in the policy");
	return true;
}

static bool rule_vfs_enabled(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_address_text name = lend_address_text(facts->device->function.address);

	if (!facts->device->virtual_functions)
		return false;
	TELL(ret->text, "%" PRIu32 " of its virtual functions are switched on, and VFIO takes it only without them",
	     facts->device->virtual_functions);
	TELL(ret->hint, "lend a virtual function, or: echo 0 > /sys/bus/pci/devices/%s/sriov_numvfs", name.text);
	return true;
}

static const struct lend_holder *first_holder(const struct facts *facts, size_t *ret_count)
{
	const struct lend_holder *first = NULL;

	*ret_count = 0;
	for (size_t i = 0; i < facts->holders->count; i++) {
		if (!lend_address_equal(facts->holders->items[i].function, facts->device->function.address))
			continue;
		if ((*ret_count)++ == 0)
			first = &facts->holders->items[i];
	}
	return first;
}

static bool rule_in_use(const struct facts *facts, struct lend_reason *ret)
{
	size_t count;
	const struct lend_holder *holder = first_holder(facts, &count);
	_cleanup_free_ char *who = NULL;
	char more[48] = "";

	if (!holder)
		return false;
	who = lend_holder_describe(holder);
	if (count > 1)
		TELL(more, " (and %zu more)", count - 1);
	TELL(ret->text, "in use by %.300s%s", who ? who : holder->command, more);
	TELL(ret->hint, "end what uses it before the VM starts");
	return true;
}

static bool rule_host_display(const struct facts *facts, struct lend_reason *ret)
{
	size_t others = 0;

	if (!lend_addresses_contain(&facts->inventory->screens, facts->device->function.address))
		return false;
	for (size_t i = 0; i < facts->inventory->count; i++) {
		const struct lend_function *other = &facts->inventory->functions[i];

		others += other->class >> 16 == 0x03 && is_on_host_driver(other) &&
			  !lend_address_equal(other->address, facts->device->function.address);
	}
	if (others) {
		TELL(ret->text, "it shows the host's screen, which stays dark while it is lent");
		TELL(ret->hint, "choose the other graphics card as the primary one in the firmware");
	} else {
		TELL(ret->text, "it is the host's only display: the host has no screen while it is lent");
		TELL(ret->hint, "make sure that you can reach the host over the network");
	}
	return true;
}

static bool rule_driver_hangs(const struct facts *facts, struct lend_reason *ret)
{
	static const char *const hanging[] = { "nvidia", "snd_hda_intel" };
	size_t count;

	if (!first_holder(facts, &count))
		return false;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(hanging); i++) {
		if (strcmp(facts->device->function.driver, hanging[i]) != 0)
			continue;
		TELL(ret->text, "its driver %s waits without end, unkillably, when it is unbound while in use",
		     hanging[i]);
		return true;
	}
	return false;
}

/* Whether VFIO can reset the whole bus for a VM that has all of it: the card fills the bus and goes along as one. */
static bool resets_together(const struct facts *facts)
{
	const struct lend_device *device = facts->device;
	size_t on_bus, resets = 0;

	(void)lend_inventory_bus(facts->inventory, device->function.address, &on_bus);
	if (!device->bridge_count || device->is_virtual || on_bus < 2 || on_bus != device->card.count)
		return false;
	for (size_t i = 0; i < device->card.count; i++) {
		const struct lend_function *sibling = lend_inventory_find(facts->inventory, device->card.items[i]);

		resets += sibling && sibling->iommu_group == device->function.iommu_group;
	}
	return resets == on_bus;
}

static bool rule_no_reset(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_device *device = facts->device;

	if (device->reset.count || resets_together(facts) || lend_function_is_bridge(&device->function))
		return false;
	if (device->reset.false_bus)
		TELL(ret->text,
		     "it cannot be reset: the kernel lists a reset of its bus, but that has other functions");
	else
		TELL(ret->text, "it cannot be reset: what one VM leaves in it, the next user finds");
	TELL(ret->hint, "expect the second start of a VM to fail until the host was powered off and on");
	return true;
}

static bool rule_reset_together(const struct facts *facts, struct lend_reason *ret)
{
	if (facts->device->reset.count || !resets_together(facts))
		return false;
	TELL(ret->text,
	     "it can be reset only together with the other functions of %s, which VFIO does for a VM that has them all",
	     lend_address_slot_text(facts->device->function.address).text);
	return true;
}

static bool rule_suspect_reset(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_device *device = facts->device;

	/* Polaris, Vega and Navi 1x come back from a bus reset without answering; later ones are mixed. */
	if (device->function.vendor != 0x1002 || !lend_function_is_gpu(&device->function) ||
	    lend_reset_methods_has(&device->reset, "flr") || lend_reset_methods_has(&device->reset, "device_specific"))
		return false;
	if (!device->reset.count && !resets_together(facts))
		return false;
	TELL(ret->text, "it has only a bus reset, which AMD GPUs of several generations do not survive");
	TELL(ret->hint, "if the second start of a VM fails, look for the vendor-reset kernel module");
	return true;
}

static bool rule_interrupts(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_capabilities *can = &facts->device->capabilities;

	if (!can->known || !can->answers || !can->intx || can->msi || can->msix)
		return false;
	TELL(ret->text, "it interrupts by wire only (INTx), which is slow in a VM and may not be shared");
	return true;
}

static bool rule_conventional(const struct facts *facts, struct lend_reason *ret)
{
	if (facts->device->capabilities.kind != LEND_KIND_CONVENTIONAL ||
	    lend_function_is_bridge(&facts->device->function))
		return false;
	TELL(ret->text, "it is a conventional PCI device, less isolated than one of PCI Express");
	return true;
}

static bool rule_legacy(const struct facts *facts, struct lend_reason *ret)
{
	/* Graphics cards are legacy endpoints because of VGA's I/O ports, and so are their audio functions; both are
	 * fine. */
	if (facts->device->capabilities.kind != LEND_KIND_LEGACY_ENDPOINT ||
	    lend_function_is_gpu(&facts->device->function) || facts->device->function.class >> 8 == 0x0403)
		return false;
	TELL(ret->text, "it is a legacy endpoint: it may need I/O ports, which a guest does not always give it");
	return true;
}

static bool rule_integrated(const struct facts *facts, struct lend_reason *ret)
{
	if (facts->device->capabilities.kind != LEND_KIND_INTEGRATED_ENDPOINT || is_platform(facts->device))
		return false;
	TELL(ret->text, "it is integrated into the root complex, less isolated than a device behind a port of its own");
	return true;
}

static bool rule_acs_missing(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_bridge *bridge = leaking_bridge(facts->device);
	const struct lend_function *member = NULL;
	size_t count = foreign_members(facts->device, false, &member);
	char more[48] = "";

	if (!bridge || (!count && bridge->capabilities.kind == LEND_KIND_PCI_BRIDGE))
		return false;
	if (!count) {
		TELL(ret->text, "the bridge %s above it does not keep devices apart (no ACS), but there are no others",
		     lend_address_text(bridge->address).text);
		ret->severity = LEND_SEVERITY_INFO;
		return true;
	}
	if (count > 1)
		TELL(more, " and %zu more", count - 1);
	TELL(ret->text, "the bridge %s above it does not keep devices apart (%s), so IOMMU group %d also has %s%s",
	     lend_address_text(bridge->address).text,
	     bridge->capabilities.kind == LEND_KIND_PCI_BRIDGE ? "conventional PCI" : "no ACS",
	     facts->device->function.iommu_group, lend_address_text(member->address).text, more);
	TELL(ret->hint, "look for ACS in the firmware's settings, or plug the card in elsewhere");
	return true;
}

/* The functions that leave the host with this one: the group forces some, a graphics card wants its own. */
static bool rule_companions(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_device *device = facts->device;
	size_t count = 0, length = 0;
	char list[256] = "";

	for (size_t i = 0; i < device->card.count && length < sizeof(list); i++) {
		const struct lend_function *sibling = lend_inventory_find(facts->inventory, device->card.items[i]);
		const char *kind = sibling ? lend_companion_kind(&device->function, sibling) : NULL;

		if (!sibling || lend_address_equal(sibling->address, device->function.address) ||
		    lend_function_is_bridge(sibling))
			continue;
		if (!kind && (device->function.iommu_group == LEND_NO_GROUP ||
			      sibling->iommu_group != device->function.iommu_group))
			continue;
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s%s%s%s", count ? ", " : "",
					   lend_address_text(sibling->address).text, kind ? " (" : "", kind ? kind : "",
					   kind ? ")" : "");
		count++;
	}
	if (!count)
		return false;
	TELL(ret->text, "%s %s along with it", list, count > 1 ? "go" : "goes");
	return true;
}

static bool rule_d3cold(const struct facts *facts, struct lend_reason *ret)
{
	if (!facts->device->may_reach_d3cold || !lend_function_is_gpu(&facts->device->function))
		return false;
	TELL(ret->text, "its power may be cut while it is idle (D3cold), which some cards do not survive in a VM: "
			"it is kept awake while it is lent");
	return true;
}

static bool rule_on_vfio(const struct facts *facts, struct lend_reason *ret)
{
	if (strcmp(facts->device->function.driver, "vfio-pci") != 0)
		return false;
	TELL(ret->text, "it is on vfio-pci already: lent, or reserved at boot");
	return true;
}

static bool rule_unread(const struct facts *facts, struct lend_reason *ret)
{
	if (facts->device->capabilities.known || !facts->device->capabilities.answers)
		return false;
	TELL(ret->text, "its configuration space could not be read, so its kind, interrupts and ACS are not judged");
	TELL(ret->hint, "run as root");
	return true;
}

static bool rule_unseen(const struct facts *facts, struct lend_reason *ret)
{
	if (!facts->holders->unseen || !is_on_host_driver(&facts->device->function))
		return false;
	TELL(ret->text, "%u process%s could not be looked into, so somebody may use it unseen", facts->holders->unseen,
	     facts->holders->unseen > 1 ? "es" : "");
	TELL(ret->hint, "run as root");
	return true;
}

static const struct {
	const char *code;
	enum lend_severity severity;
	bool passing;
	bool (*applies)(const struct facts *facts, struct lend_reason *ret);
} rules[] = {
	{ "no-iommu", LEND_SEVERITY_ERROR, false, rule_no_iommu },
	{ "no-group", LEND_SEVERITY_ERROR, false, rule_no_group },
	{ "bridge", LEND_SEVERITY_ERROR, false, rule_bridge },
	{ "platform", LEND_SEVERITY_ERROR, false, rule_platform },
	{ "not-responding", LEND_SEVERITY_ERROR, false, rule_not_responding },
	{ "rmrr", LEND_SEVERITY_ERROR, false, rule_rmrr },
	{ "group-shared", LEND_SEVERITY_ERROR, false, rule_group_shared },
	{ "vfs-enabled", LEND_SEVERITY_ERROR, true, rule_vfs_enabled },
	{ "in-use", LEND_SEVERITY_ERROR, true, rule_in_use },
	{ "host-display", LEND_SEVERITY_WARNING, false, rule_host_display },
	{ "driver-hangs", LEND_SEVERITY_WARNING, true, rule_driver_hangs },
	{ "no-reset", LEND_SEVERITY_WARNING, false, rule_no_reset },
	{ "suspect-reset", LEND_SEVERITY_WARNING, false, rule_suspect_reset },
	{ "interrupts", LEND_SEVERITY_WARNING, false, rule_interrupts },
	{ "conventional", LEND_SEVERITY_WARNING, false, rule_conventional },
	{ "legacy", LEND_SEVERITY_WARNING, false, rule_legacy },
	{ "integrated", LEND_SEVERITY_WARNING, false, rule_integrated },
	{ "acs-missing", LEND_SEVERITY_WARNING, false, rule_acs_missing },
	{ "companions", LEND_SEVERITY_INFO, false, rule_companions },
	{ "reset-together", LEND_SEVERITY_INFO, false, rule_reset_together },
	{ "d3cold", LEND_SEVERITY_INFO, false, rule_d3cold },
	{ "on-vfio", LEND_SEVERITY_INFO, true, rule_on_vfio },
	{ "unread", LEND_SEVERITY_INFO, true, rule_unread },
	{ "unseen", LEND_SEVERITY_INFO, true, rule_unseen },
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
			.passing = rules[i].passing,
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
