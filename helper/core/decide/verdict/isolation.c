/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reasons against a function: where it is plugged in, its IOMMU group, ACS, kind and interrupts. */
#include "internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/decide/companion.h"

static bool is_platform_class(uint32_t class)
{
	switch (class >> 8) {
	case 0x0500: /* RAM */
	case 0x0580: /* a memory controller, and what chipsets call so: P2SB, PMC */
	case 0x0806: /* an IOMMU */
	case 0x0807: /* a root complex event collector */
	case 0x0c05: /* SMBus, with the mainboard's sensors and memory modules */
		return true;
	default:
		return false;
	}
}

static bool is_platform(const struct lend_device *device)
{
	/* 0880, "other": Xeons' memory map and VT-d registers, but also accelerators, which have memory. */
	return is_platform_class(device->function.class) ||
	       (device->function.class >> 8 == 0x0880 && device->bars.count == 0) ||
	       device->capabilities.kind == LEND_KIND_EVENT_COLLECTOR;
}

bool verdict_rule_no_iommu(const struct facts *facts, struct lend_reason *ret)
{
	if (facts->inventory->has_iommu)
		return false;
	TELL(ret->text, "this host's IOMMU is off: a VM with the device could write to all of the host's memory");
	TELL(ret->hint, "switch on VT-d or AMD-Vi in the firmware and, on Intel, boot with intel_iommu=on");
	return true;
}

bool verdict_rule_no_group(const struct facts *facts, struct lend_reason *ret)
{
	if (!facts->inventory->has_iommu || facts->device->function.iommu_group != LEND_NO_GROUP)
		return false;
	TELL(ret->text, "it is in no IOMMU group: a VM with it could write to all of the host's memory");
	TELL(ret->hint, "plug it in elsewhere: the IOMMU does not cover this place");
	return true;
}

bool verdict_rule_bridge(const struct facts *facts, struct lend_reason *ret)
{
	if (!lend_function_is_bridge(&facts->device->function))
		return false;
	TELL(ret->text, "a bridge (class %06x) cannot be lent, only what is behind it", facts->device->function.class);
	return true;
}

bool verdict_rule_platform(const struct facts *facts, struct lend_reason *ret)
{
	if (!is_platform(facts->device))
		return false;
	TELL(ret->text, "it is a part of the platform (class %06x) that the host cannot do without",
	     facts->device->function.class);
	return true;
}

/* What is known of a sibling is its class, which tells of all but a few. */
bool verdict_rule_platform_along(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_device *device = facts->device;

	if (is_platform(device) || lend_function_is_bridge(&device->function))
		return false;
	for (size_t i = 0; i < device->card.count; i++) {
		const struct lend_function *sibling = lend_inventory_find(facts->inventory, device->card.items[i]);

		if (!sibling || !lend_companion_goes_along(device, sibling->address) ||
		    !is_platform_class(sibling->class))
			continue;
		TELL(ret->text,
		     "%s in its IOMMU group %d would go along, a part of the platform (class %06x) that the host cannot do without",
		     lend_address_text(sibling->address).text, device->function.iommu_group, sibling->class);
		return true;
	}
	return false;
}

bool verdict_rule_rmrr(const struct facts *facts, struct lend_reason *ret)
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

bool verdict_rule_group_shared(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_function *member = NULL;
	size_t count = foreign_members(facts->device, true, &member);
	const struct lend_bridge *bridge;
	char more[48] = "";

	if (count == 0 || lend_function_is_bridge(&facts->device->function))
		return false;
	if (count > 1)
		TELL(more, " and %zu more of the host", count - 1);
	TELL(ret->text, "its IOMMU group %d also holds %s, which the host uses through %s%s",
	     facts->device->function.iommu_group, lend_address_text(member->address).text, member->driver, more);
	bridge = leaking_bridge(facts->device);
	if (bridge && bridge->capabilities.kind == LEND_KIND_PCI_BRIDGE)
		TELL(ret->hint,
		     "behind a bridge to conventional PCI no setting sets them apart: take the whole group with 'lendpci assign --take-group', or use a PCI Express card");
	else
		TELL(ret->hint,
		     "plug the card into a slot with a group of its own, or take the whole group with 'lendpci assign --take-group'");
	return true;
}

bool verdict_rule_interrupts(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_capabilities *can = &facts->device->capabilities;

	if (!can->known || !can->answers || !can->intx || can->msi || can->msix)
		return false;
	TELL(ret->text, "it has only line interrupts (INTx), which are slow in a VM and may not be shared");
	return true;
}

bool verdict_rule_conventional(const struct facts *facts, struct lend_reason *ret)
{
	if (facts->device->capabilities.kind != LEND_KIND_CONVENTIONAL ||
	    lend_function_is_bridge(&facts->device->function))
		return false;
	TELL(ret->text, "it is a conventional PCI device, less isolated than one of PCI Express");
	return true;
}

bool verdict_rule_legacy(const struct facts *facts, struct lend_reason *ret)
{
	/* Graphics cards are legacy endpoints because of VGA's I/O ports, and so are their audio functions; both are
	 * fine. */
	if (facts->device->capabilities.kind != LEND_KIND_LEGACY_ENDPOINT ||
	    lend_function_is_gpu(&facts->device->function) || facts->device->function.class >> 8 == 0x0403)
		return false;
	TELL(ret->text, "it is a legacy endpoint: it may need I/O ports, which a guest does not always give it");
	return true;
}

bool verdict_rule_integrated(const struct facts *facts, struct lend_reason *ret)
{
	if (facts->device->capabilities.kind != LEND_KIND_INTEGRATED_ENDPOINT || is_platform(facts->device))
		return false;
	TELL(ret->text, "it is integrated into the root complex, less isolated than a device behind a port of its own");
	return true;
}

bool verdict_rule_acs_missing(const struct facts *facts, struct lend_reason *ret)
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
	if (bridge->capabilities.kind == LEND_KIND_PCI_BRIDGE)
		TELL(ret->hint, "use a PCI Express card: behind such a bridge the IOMMU cannot tell who is who");
	else
		TELL(ret->hint, "look for ACS in the firmware's settings, or plug the card in elsewhere");
	return true;
}

/* With it the kernel gives groups that no hardware stands for. */
bool verdict_rule_acs_override(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_device *device = facts->device;
	const struct lend_bridge *bridge = NULL;

	for (size_t i = 0; i < device->bridge_count && !bridge; i++)
		if (!lend_capabilities_isolate(&device->bridges[i].capabilities))
			bridge = &device->bridges[i];
	if (!bridge || !*facts->inventory->acs_override || lend_function_is_bridge(&device->function))
		return false;
	TELL(ret->text,
	     "%s on the kernel's command line pretends that it is isolated: the bridge %s above it does not keep devices apart, and a VM may reach others behind it",
	     facts->inventory->acs_override, lend_address_text(bridge->address).text);
	TELL(ret->hint, "lend it only to a VM that you trust with the host");
	return true;
}

bool verdict_rule_group_on_vfio(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_device *device = facts->device;

	for (size_t i = 0; i < device->group_count; i++) {
		const struct lend_function *member = device->group[i];

		if (lend_address_same_slot(member->address, device->function.address) ||
		    lend_function_is_bridge(member) || strcmp(member->driver, "vfio-pci") != 0)
			continue;
		TELL(ret->text, "its IOMMU group %d also holds %s, which is on vfio-pci: only one VM can have them",
		     device->function.iommu_group, lend_address_text(member->address).text);
		return true;
	}
	return false;
}

/* A list of functions in a sentence. */
struct listing {
	char text[256];
	size_t length, count;
};

static void list_companion(const struct facts *facts, struct lend_address address, struct listing *listing)
{
	const struct lend_device *device = facts->device;
	const struct lend_function *sibling = lend_inventory_find(facts->inventory, address);
	const char *kind = sibling ? lend_companion_kind(&device->function, sibling) : NULL;

	if (!sibling || lend_address_equal(sibling->address, device->function.address) ||
	    lend_function_is_bridge(sibling) || listing->length >= sizeof(listing->text))
		return;
	if (!kind &&
	    (device->function.iommu_group == LEND_NO_GROUP || sibling->iommu_group != device->function.iommu_group))
		return;
	listing->length +=
		(size_t)snprintf(listing->text + listing->length, sizeof(listing->text) - listing->length, "%s%s%s%s%s",
				 listing->count ? ", " : "", lend_address_text(sibling->address).text, kind ? " (" : "",
				 kind ? kind : "", kind ? ")" : "");
	listing->count++;
}

/* The functions that leave the host with this one: the group forces some, a graphics card wants its own. */
bool verdict_rule_companions(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_device *device = facts->device;
	struct listing listing = { 0 };

	for (size_t i = 0; i < device->card.count; i++)
		list_companion(facts, device->card.items[i], &listing);
	for (size_t i = 0; i < device->parts.count; i++)
		list_companion(facts, device->parts.items[i], &listing);
	if (!listing.count)
		return false;
	TELL(ret->text, "%s %s along with it", listing.text, listing.count > 1 ? "go" : "goes");
	return true;
}
