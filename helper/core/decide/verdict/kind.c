/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reasons against a function: what it is, and what of it the host has to bring along. */
#include "internal.h"

#include "lendpci/base/text.h"
#include "lendpci/decide/igd.h"
#include "lendpci/decide/nvlink.h"

/* vfio-pci shows a guest the BARs that the host's kernel has placed: one without a place has no bytes there. */
bool verdict_rule_no_address(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_bars *bars = &facts->device->bars;

	if (lend_function_is_bridge(&facts->device->function) || facts->device->function.is_virtual)
		return false;
	for (size_t i = 0; i < bars->count; i++) {
		if (bars->items[i].start || bars->items[i].index == LEND_BAR_ROM)
			continue;
		TELL(ret->text,
		     "its memory BAR %u of %s has no address on the host, so a guest would see 0 bytes of it",
		     bars->items[i].index, lend_size_text(bars->items[i].size).text);
		TELL(ret->hint,
		     "switch on Above 4G Decoding in the firmware, look for a smaller Resizable BAR, and boot with pci=realloc");
		return true;
	}
	return false;
}

/* An APU's graphics share their slot with other parts of the processor, which carry AMD's other vendor id. */
static bool is_in_amds_processor(const struct facts *facts)
{
	const struct lend_device *device = facts->device;

	if (device->function.vendor != 0x1002)
		return false;
	for (size_t i = 0; i < device->card.count; i++) {
		const struct lend_function *sibling = lend_inventory_find(facts->inventory, device->card.items[i]);

		if (sibling && sibling->vendor == 0x1022)
			return true;
	}
	return false;
}

bool verdict_rule_processor_graphics(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_function *function = &facts->device->function;
	const bool is_intels = lend_is_igd(function->address, function->vendor);

	if (!lend_function_is_gpu(function) || (!is_intels && !is_in_amds_processor(facts)))
		return false;
	TELL(ret->text,
	     "it is the processor's own graphics: its memory is a part of the host's, and its video BIOS lies in the host's firmware");
	TELL(ret->hint,
	     "a guest that is to show a picture early needs that video BIOS as a file: 'lendpci assign --rom FILE'");
	return true;
}

bool verdict_rule_nvlink(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_function *function = &facts->device->function, *first = NULL;
	size_t gpus = 0, switches = 0;
	char more[32] = "";

	if (!lend_nvlink_is_switch(function) && !lend_nvlink_is_gpu(function))
		return false;
	for (size_t i = 0; i < facts->inventory->count; i++) {
		const struct lend_function *other = &facts->inventory->functions[i];

		gpus += lend_nvlink_is_gpu(other);
		if (lend_nvlink_is_switch(other) && switches++ == 0)
			first = other;
	}
	if (!gpus || !switches)
		return false;
	if (switches > 1)
		TELL(more, " and %zu more", switches - 1);
	if (lend_nvlink_is_switch(function)) {
		TELL(ret->text,
		     "it is a switch of an NVLink fabric with %zu GPUs: lent alone it takes their links from all of them",
		     gpus);
		TELL(ret->hint,
		     "lend it together with its GPUs to one VM; for several VMs it has to stay with the host's fabric manager");
	} else {
		TELL(ret->text,
		     "it is on an NVLink fabric with %zu GPUs (NVSwitch %s%s): in a guest CUDA fails with error 802 until a fabric manager has set up its links",
		     gpus, lend_address_text(first->address).text, more);
		TELL(ret->hint,
		     "assign the NVSwitches along and run NVIDIA's fabric manager in the guest; or run it on the host in its shared mode, and activate a partition of the VM's GPUs before the start");
	}
	return true;
}

bool verdict_rule_external(const struct facts *facts, struct lend_reason *ret)
{
	if (!facts->device->is_external)
		return false;
	TELL(ret->text,
	     "it is an external graphics card: pulled out while a VM has it, it is gone for the guest, and the VM has to be stopped");
	return true;
}
