/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The images of an option ROM.
 *
 *	image   +00  55 aa
 *	        +02  legacy: its size, in 512 bytes; EFI: f1 0e 00 00 at +04, the CPU at +0a
 *	        +18  where the PCI data structure is
 *	data    +00  "PCIR", +04 vendor, +06 device, +08 where a list of more devices is (revision 3), +0c revision,
 *	        +0d  class, +10 the image's size in 512 bytes, +14 code type, +15 bit 7: the last image
 *
 * Everything in it is a stranger's: a file from the network, or a card.
 */
#include "lendpci/know/pci/option_rom.h"

#include <errno.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/pci/bars.h"

enum {
	UNIT = 512,
	HEADER = 0x1a,
	AT_DATA = 0x18,
	DATA = 0x18,
	LISTS_DEVICES = 3, /* revision of the data structure */
	IS_LAST = 0x80,
	SHADOW = 0xc0000,
};

struct text {
	const uint8_t *bytes;
	size_t size;
};

static unsigned word(const struct text *text, size_t at)
{
	return text->bytes[at] | (unsigned)text->bytes[at + 1] << 8;
}

static bool is_blank(const struct text *text)
{
	for (size_t i = 1; i < text->size; i++)
		if (text->bytes[i] != text->bytes[0])
			return false;
	return text->size == 0 || text->bytes[0] == 0 || text->bytes[0] == 0xff;
}

static bool is_signed(const struct text *text, size_t at)
{
	return at + HEADER <= text->size && text->bytes[at] == 0x55 && text->bytes[at + 1] == 0xaa;
}

/* Where the data structure of the image at @at is; 0 for nowhere. */
static size_t find_data(const struct text *text, size_t at)
{
	const size_t data = at + word(text, at + AT_DATA);

	if (data < at + HEADER || data + DATA > text->size || memcmp(text->bytes + data, "PCIR", 4) != 0)
		return 0;
	return data;
}

/* Flash tools put a header of their own before the ROM, at which no firmware looks. */
static size_t find_first(const struct text *text)
{
	for (size_t at = 0; at + HEADER <= text->size; at += UNIT)
		if (is_signed(text, at) && find_data(text, at))
			return at;
	return 0;
}

static void read_devices(const struct text *text, size_t data, struct lend_rom_image *image)
{
	const size_t list = word(text, data + 0x08);

	image->devices[image->device_count++] = (uint16_t)word(text, data + 0x06);
	if (text->bytes[data + 0x0c] < LISTS_DEVICES || !list)
		return;
	for (size_t at = data + list; at + 2 <= text->size && image->device_count < LEND_OPTION_ROM_DEVICES_MAX;
	     at += 2) {
		const unsigned device = word(text, at);

		if (!device)
			return;
		image->devices[image->device_count++] = (uint16_t)device;
	}
}

/* A BIOS runs only what adds up to zero. The size in its header is that of the code, at most the image's. */
static bool adds_up(const struct text *text, const struct lend_rom_image *image)
{
	const size_t size = (size_t)text->bytes[image->offset + 2] * UNIT;
	uint8_t sum = 0;

	if (!size || image->offset + size > text->size)
		return false;
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + text->bytes[image->offset + i]);
	return sum == 0;
}

static void read_image(const struct text *text, size_t at, size_t data, struct lend_rom_image *ret)
{
	*ret = (struct lend_rom_image){
		.offset = at,
		.size = (size_t)word(text, data + 0x10) * UNIT,
		.code = text->bytes[data + 0x14],
		.vendor = (uint16_t)word(text, data + 0x04),
		.class = word(text, data + 0x0d) | (uint32_t)text->bytes[data + 0x0f] << 16,
	};
	read_devices(text, data, ret);
	if (ret->code == LEND_ROM_CODE_LEGACY)
		ret->is_changed = !adds_up(text, ret);
	if (ret->code == LEND_ROM_CODE_EFI)
		ret->machine = (uint16_t)word(text, at + 0x0a);
}

/* Reads the image at @at. Returns what is wrong with it; LEND_ROM_WHOLE when it is whole. */
static enum lend_rom_flaw read_next(const struct text *text, size_t at, struct lend_option_rom *rom, bool *ret_last)
{
	struct lend_rom_image *image = &rom->images[rom->count];
	size_t data;

	if (rom->count == LEND_OPTION_ROM_IMAGES_MAX)
		return LEND_ROM_ENDLESS;
	if (at >= text->size)
		return rom->count ? LEND_ROM_UNFINISHED : LEND_ROM_UNSIGNED;
	if (!is_signed(text, at))
		return LEND_ROM_UNSIGNED;
	data = find_data(text, at);
	if (!data)
		return LEND_ROM_NO_DATA;
	read_image(text, at, data, image);
	*ret_last = text->bytes[data + 0x15] & IS_LAST;
	if (!image->size)
		return LEND_ROM_ENDLESS;
	rom->count++;
	return at + image->size > text->size ? LEND_ROM_SHORT : LEND_ROM_WHOLE;
}

void lend_option_rom_parse(const uint8_t *bytes, size_t size, struct lend_option_rom *ret)
{
	const struct text text = { bytes, size };
	struct lend_option_rom rom = { .size = size };
	bool is_last = false;
	size_t at;

	if (is_blank(&text)) {
		*ret = (struct lend_option_rom){ .size = size, .flaw = LEND_ROM_BLANK };
		return;
	}
	rom.header = find_first(&text);
	for (at = rom.header; !is_last && rom.flaw == LEND_ROM_WHOLE;) {
		rom.flaw_at = at;
		rom.flaw = read_next(&text, at, &rom, &is_last);
		at += rom.flaw == LEND_ROM_WHOLE ? rom.images[rom.count - 1].size : 0;
	}
	*ret = rom;
}

bool lend_rom_image_is_for(const struct lend_rom_image *image, uint16_t vendor, uint16_t device)
{
	for (size_t i = 0; i < image->device_count; i++)
		if (image->vendor == vendor && image->devices[i] == device)
			return true;
	return false;
}

const char *lend_rom_code_name(uint8_t code)
{
	static const char *const names[] = {
		[LEND_ROM_CODE_LEGACY] = "legacy BIOS",
		[LEND_ROM_CODE_OPEN_FIRMWARE] = "Open Firmware",
		[LEND_ROM_CODE_PA_RISC] = "PA-RISC",
		[LEND_ROM_CODE_EFI] = "EFI",
	};

	return code < LEND_ARRAY_SIZE(names) ? names[code] : "vendor's own";
}

int lend_option_rom_find(const struct lend_fs *fs, struct lend_address address, size_t *ret_size, bool *ret_shadow,
			 struct lend_error *error)
{
	struct lend_bars bars;
	int r;

	r = lend_bars_read(fs, address, &bars, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < bars.count; i++) {
		const struct lend_bar *bar = &bars.items[i];

		if (bar->index != LEND_BAR_ROM || bar->size > LEND_OPTION_ROM_MAX)
			continue;
		*ret_size = (size_t)bar->size;
		*ret_shadow = bar->start == SHADOW;
		return 0;
	}
	return lend_error_set(error, -ENOENT, "%s: it has no option ROM", lend_address_text(address).text);
}
