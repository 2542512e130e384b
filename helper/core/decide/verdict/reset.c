/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reasons against a function: how it can be reset and put to sleep. */
#include "internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/decide/companion.h"

/*
 * Whether VFIO can reset the whole bus for a VM that has all of it: the card fills the bus. Its functions may be in
 * several groups, since the reset takes a set of them (VFIO_DEVICE_PCI_HOT_RESET).
 */
static bool resets_together(const struct facts *facts)
{
	const struct lend_device *device = facts->device;
	size_t on_bus;

	(void)lend_inventory_bus(facts->inventory, device->function.address, &on_bus);
	return device->bridge_count && !device->function.is_virtual && on_bus >= 2 && on_bus == device->card.count;
}

bool verdict_rule_no_reset(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_device *device = facts->device;

	if (device->reset.count || resets_together(facts) || lend_function_is_bridge(&device->function))
		return false;
	if (device->reset.false_bus)
		TELL(ret->text,
		     "it cannot be reset: the kernel lists a reset of its bus, but that has other functions");
	else
		TELL(ret->text, "it cannot be reset: data and state left by one VM stay in it for the next");
	TELL(ret->hint, "expect the second start of a VM to fail until the host was powered off and on");
	return true;
}

bool verdict_rule_reset_together(const struct facts *facts, struct lend_reason *ret)
{
	if (facts->device->reset.count || !resets_together(facts))
		return false;
	TELL(ret->text,
	     "it can be reset only together with the other functions of %s, which VFIO does for a VM that has them all",
	     lend_address_slot_text(facts->device->function.address).text);
	return true;
}

bool verdict_rule_suspect_reset(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_device *device = facts->device;

	/* Polaris, Vega and Navi 1x come back from a bus reset without answering; later ones are mixed. */
	if (device->function.vendor != 0x1002 || !lend_function_is_gpu(&device->function) ||
	    lend_reset_methods_has(&device->reset, "flr") || lend_reset_methods_has(&device->reset, "device_specific"))
		return false;
	if (!device->reset.count && !resets_together(facts))
		return false;
	if (!device->reset.count || lend_reset_methods_has(&device->reset, "bus"))
		TELL(ret->text, "it has only a bus reset, which AMD GPUs of several generations do not survive");
	else
		TELL(ret->text,
		     "it is reset only by way of its power states (%s), which leaves AMD GPUs of several generations as they were",
		     device->reset.methods[0]);
	if (facts->inventory->vendor_reset)
		TELL(ret->hint,
		     "vendor_reset is loaded, and not chosen: put reset='device_specific' at the card's <device> in the domain's lendpci:assignment, or echo device_specific > /sys/bus/pci/devices/%s/reset_method",
		     lend_address_text(device->function.address).text);
	else
		TELL(ret->hint, "if the second start of a VM fails, look for the vendor-reset kernel module");
	return true;
}

bool verdict_rule_d3cold(const struct facts *facts, struct lend_reason *ret)
{
	if (!facts->device->may_reach_d3cold || !lend_function_is_gpu(&facts->device->function))
		return false;
	TELL(ret->text, "its power may be cut while it is idle (D3cold), which some cards do not survive in a VM: "
			"it is kept awake while it is lent");
	return true;
}
