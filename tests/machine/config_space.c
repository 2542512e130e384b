/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration spaces for invented machines: header, capability list, extended capability list. */
#include "config_space.h"

#include <assert.h>
#include <linux/pci_regs.h>

void config_space_begin(struct config_space *config)
{
	*config = (struct config_space){
		.size = PCI_CFG_SPACE_SIZE,
		.end = PCI_STD_HEADER_SIZEOF,
		.end_extended = PCI_CFG_SPACE_SIZE,
	};
}

void config_space_put(struct config_space *config, size_t at, size_t width, uint32_t value)
{
	assert(at + width <= sizeof(config->bytes));
	for (size_t i = 0; i < width; i++)
		config->bytes[at + i] = (uint8_t)(value >> (8 * i));
}

size_t config_space_add(struct config_space *config, uint8_t id, size_t length)
{
	const size_t at = config->end;

	assert(at + length <= PCI_CFG_SPACE_SIZE);
	config_space_put(config, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	config_space_put(config, config->last ? config->last + PCI_CAP_LIST_NEXT : PCI_CAPABILITY_LIST, 1,
			 (uint32_t)at);
	config_space_put(config, at + PCI_CAP_LIST_ID, 1, id);
	config->last = at;
	config->end = (at + length + 3) & ~(size_t)3;
	return at;
}

size_t config_space_add_extended(struct config_space *config, uint16_t id, size_t length)
{
	const size_t at = config->end_extended;

	assert(at + length <= PCI_CFG_SPACE_EXP_SIZE);
	if (config->last_extended)
		config_space_put(config, config->last_extended + 2, 2, (uint32_t)(at << 4 | 1));
	config_space_put(config, at, 4, 1U << 16 | id);
	config->last_extended = at;
	config->end_extended = (at + length + 3) & ~(size_t)3;
	return at;
}
