/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;

/** No expansion ROM BAR is larger. */
#define LEND_OPTION_ROM_MAX (16U << 20)

enum {
	LEND_OPTION_ROM_IMAGES_MAX = 8, /* a card's ROM has one to four */
	LEND_OPTION_ROM_DEVICES_MAX = 64,
};

/** What an image is for: the code type of its PCI data structure. Others are the vendor's own business. */
enum lend_rom_code {
	LEND_ROM_CODE_LEGACY = 0, /* x86, run by a BIOS: SeaBIOS */
	LEND_ROM_CODE_OPEN_FIRMWARE = 1,
	LEND_ROM_CODE_PA_RISC = 2,
	LEND_ROM_CODE_EFI = 3, /* run by UEFI firmware: OVMF */
};

/** One image of a ROM. */
struct lend_rom_image {
	size_t offset, size; /* bytes, from the beginning of the file */
	uint8_t code;        /* enum lend_rom_code, or another number */
	uint16_t vendor;
	uint16_t devices[LEND_OPTION_ROM_DEVICES_MAX]; /* the first is the image's own id, others may be listed */
	size_t device_count;
	uint32_t class;
	bool is_changed;  /* legacy: its bytes do not add up to zero, so what runs is not what was built */
	uint16_t machine; /* EFI: what CPU it is for, as in a PE header: 0x8664 for x86-64 */
};

/** Why the reading ended before the image that says that it is the last. */
enum lend_rom_flaw {
	LEND_ROM_WHOLE,
	LEND_ROM_BLANK,      /* nothing but one byte, repeated: what is read where nothing answers */
	LEND_ROM_UNSIGNED,   /* no 55 aa where an image begins */
	LEND_ROM_NO_DATA,    /* no PCI data structure where the image says: "PCIR" */
	LEND_ROM_SHORT,      /* an image is longer than the file */
	LEND_ROM_UNFINISHED, /* the last image says that another one follows */
	LEND_ROM_ENDLESS,    /* more images than any card has, or one without a length */
};

/** What a file, or a card, has as its option ROM. */
struct lend_option_rom {
	struct lend_rom_image images[LEND_OPTION_ROM_IMAGES_MAX];
	size_t count;
	size_t size;   /* of the whole file, bytes */
	size_t header; /* what a flash tool put before the first image, bytes */
	enum lend_rom_flaw flaw;
	size_t flaw_at; /* where, bytes from the beginning */
};

/**
 * Reads @size bytes of whatever content. Never fails: what is wrong with them is in @ret.
 *
 * Source: PCI Firmware Specification 3.3, chapter 5 (expansion ROM header and PCI data structure); UEFI specification,
 * "PCI Option ROMs".
 */
void lend_option_rom_parse(const uint8_t *bytes, size_t size, struct lend_option_rom *ret);

/** Whether @image names the device: firmware runs no other. */
bool lend_rom_image_is_for(const struct lend_rom_image *image, uint16_t vendor, uint16_t device);

/** "legacy BIOS", "EFI", …; "vendor's own" for a type that no specification has. */
const char *lend_rom_code_name(uint8_t code);

/**
 * How large the function's expansion ROM is, and whether reading it gives the copy in the host's memory instead, which
 * its BIOS made when it started, and in which the card's code may have written: a shadow. -ENOENT for a function
 * without a ROM.
 *
 * Source: arch/x86/pci/fixup.c, pci_fixup_video(), which puts a shadow at 0xC0000.
 */
int lend_option_rom_find(const struct lend_fs *fs, struct lend_address address, size_t *ret_size, bool *ret_shadow,
			 struct lend_error *error);
