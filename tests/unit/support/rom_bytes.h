/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Option ROMs, byte by byte, for tests. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { ROM_BYTES_MAX = 64 * 512, ROM_DATA = 0x1c };

struct rom_bytes {
	uint8_t bytes[ROM_BYTES_MAX];
	size_t size;
};

static inline void rom_word(struct rom_bytes *rom, size_t at, unsigned value)
{
	rom->bytes[at] = (uint8_t)value;
	rom->bytes[at + 1] = (uint8_t)(value >> 8);
}

/* What the image at @at lacks to add up to zero, into its last byte. */
static inline void rom_add_up(struct rom_bytes *rom, size_t at, unsigned units)
{
	uint8_t sum = 0;

	rom->bytes[at + units * 512 - 1] = 0;
	for (size_t i = at; i < at + units * 512; i++)
		sum = (uint8_t)(sum + rom->bytes[i]);
	rom->bytes[at + units * 512 - 1] = (uint8_t)-sum;
}

/** Appends an image of @units * 512 bytes for @vendor:@device. Returns where it begins. */
static inline size_t rom_append(struct rom_bytes *rom, uint8_t code, unsigned units, unsigned vendor, unsigned device,
				bool is_last)
{
	const size_t at = rom->size, data = at + ROM_DATA;

	memset(rom->bytes + at, 0x90, units * 512);
	rom_word(rom, at, 0xaa55);
	rom->bytes[at + 2] = (uint8_t)units;
	rom_word(rom, at + 0x18, ROM_DATA);
	memcpy(rom->bytes + data, "PCIR", 4);
	rom_word(rom, data + 0x04, vendor);
	rom_word(rom, data + 0x06, device);
	rom_word(rom, data + 0x08, 0);
	rom->bytes[data + 0x0c] = 0;
	rom->bytes[data + 0x0d] = 0;
	rom_word(rom, data + 0x0e, 0x0300);
	rom_word(rom, data + 0x10, units);
	rom->bytes[data + 0x14] = code;
	rom->bytes[data + 0x15] = is_last ? 0x80 : 0;
	if (code == 3) {
		rom_word(rom, at + 0x04, 0x0ef1);
		rom_word(rom, at + 0x0a, 0x8664);
	}
	rom_add_up(rom, at, units);
	rom->size += units * 512;
	return at;
}

/** What a card of today has: a legacy image of 4 KiB and an EFI one of 8 KiB. */
static inline void rom_of_a_card(struct rom_bytes *rom)
{
	*rom = (struct rom_bytes){ 0 };
	(void)rom_append(rom, 0, 8, 0x1234, 0x1111, false);
	(void)rom_append(rom, 3, 16, 0x1234, 0x1111, true);
}
