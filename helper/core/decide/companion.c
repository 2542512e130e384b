/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which functions make a graphics card whole. Classes: PCI Code and ID Assignment specification, 1.14. */
#include "lendpci/decide/companion.h"

#include <stddef.h>

#include "lendpci/know/pci/device.h"
#include "lendpci/know/pci/function.h"

enum {
	CLASS_HDA = 0x0403,
	CLASS_USB = 0x0c03,
	CLASS_SERIAL_BUS_OTHER = 0x0c80, /* the USB-C port controller (UCSI) of a graphics card */
};

const char *lend_companion_kind(const struct lend_function *gpu, const struct lend_function *sibling)
{
	bool is_its_own = sibling->vendor == gpu->vendor;
	bool leaves_anyway = gpu->iommu_group != LEND_NO_GROUP && sibling->iommu_group == gpu->iommu_group;

	if (!lend_function_is_gpu(gpu) || lend_address_equal(gpu->address, sibling->address) ||
	    (!is_its_own && !leaves_anyway))
		return NULL;
	switch (sibling->class >> 8) {
	case CLASS_HDA:
		return "audio";
	case CLASS_USB:
	case CLASS_SERIAL_BUS_OTHER:
		return "USB-C";
	default:
		return NULL;
	}
}

bool lend_companion_goes_along(const struct lend_device *device, struct lend_address other)
{
	if (lend_address_equal(device->function.address, other))
		return true;
	if (!lend_address_same_slot(device->function.address, other))
		return false;
	for (size_t i = 0; i < device->group_count; i++)
		if (lend_address_equal(device->group[i]->address, other))
			return !lend_function_is_bridge(device->group[i]);
	return false;
}
