/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of a ROM: from a card that a guest had, or from somebody's file. */
#include "lendpci/know/pci/option_rom.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lend_option_rom rom;

	lend_option_rom_parse(data, size, &rom);
	FUZZ_RULE(rom.count <= LEND_OPTION_ROM_IMAGES_MAX, "images have their bound");
	for (size_t i = 0; i < rom.count; i++) {
		const bool is_short = rom.flaw == LEND_ROM_SHORT && i + 1 == rom.count;

		FUZZ_RULE(rom.images[i].offset <= size, "an image begins in the file");
		FUZZ_RULE(is_short || rom.images[i].size <= size - rom.images[i].offset, "an image lies in the file");
		FUZZ_RULE(rom.images[i].device_count <= LEND_OPTION_ROM_DEVICES_MAX, "devices have their bound");
	}
	return 0;
}
