/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a guest's firmware would run an option ROM. */
#include "lendpci/decide/option_rom_check.h"

#include <stdarg.h>
#include <stdio.h>

#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/option_rom.h"

/* IMAGE_FILE_MACHINE_AMD64 of the PE format. */
enum { MACHINE_X86_64 = 0x8664 };

static struct lend_rom_finding *add(struct lend_rom_findings *findings, const char *code, enum lend_severity severity,
				    const char *format, ...) __attribute__((format(printf, 4, 5)));

static struct lend_rom_finding *add(struct lend_rom_findings *findings, const char *code, enum lend_severity severity,
				    const char *format, ...)
{
	struct lend_rom_finding *finding = &findings->items[findings->count++];
	va_list arguments;

	*finding = (struct lend_rom_finding){ .code = code, .severity = severity };
	va_start(arguments, format);
	(void)vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
	findings->has_error |= severity == LEND_SEVERITY_ERROR;
	return finding;
}

static void advise(struct lend_rom_finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void advise(struct lend_rom_finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(finding->hint, sizeof(finding->hint), format, arguments);
	va_end(arguments);
}

/* Returns whether it is readable to its end. */
static bool check_structure(const struct lend_option_rom *rom, struct lend_rom_findings *ret)
{
	switch (rom->flaw) {
	case LEND_ROM_WHOLE:
		return true;
	case LEND_ROM_BLANK:
		advise(add(ret, "blank", LEND_SEVERITY_ERROR, "it is blank, as what is read where no ROM answers"),
		       "take it while the card is not the host's first screen and no driver has it, or from its vendor");
		break;
	case LEND_ROM_UNSIGNED:
		add(ret, "damaged", LEND_SEVERITY_ERROR,
		    "it is no option ROM: there is no signature (55 aa) at offset 0x%zx, where an image has to begin",
		    rom->flaw_at);
		break;
	case LEND_ROM_NO_DATA:
		add(ret, "damaged", LEND_SEVERITY_ERROR,
		    "its image at offset 0x%zx has no PCI data structure (PCIR): it is damaged, cut off, or not for PCI",
		    rom->flaw_at);
		break;
	case LEND_ROM_SHORT:
		advise(add(ret, "truncated", LEND_SEVERITY_ERROR,
			   "it is cut off: the image at offset 0x%zx has %zu bytes, and %zu are there", rom->flaw_at,
			   rom->images[rom->count - 1].size, rom->size - rom->flaw_at),
		       "read it again, from a card that nothing uses");
		break;
	case LEND_ROM_UNFINISHED:
		advise(add(ret, "truncated", LEND_SEVERITY_ERROR,
			   "it is cut off: its last image says that another one follows at offset 0x%zx", rom->flaw_at),
		       "read it again, from a card that nothing uses");
		break;
	case LEND_ROM_ENDLESS:
		add(ret, "damaged", LEND_SEVERITY_ERROR, "its image at offset 0x%zx has no length, or never ends",
		    rom->flaw_at);
		break;
	}
	return false;
}

static void check_header(const struct lend_option_rom *rom, struct lend_rom_findings *ret)
{
	if (!rom->header)
		return;
	advise(add(ret, "header", LEND_SEVERITY_ERROR,
		   "a flash tool's header of %zu bytes is before the ROM, and a guest's firmware looks at the beginning",
		   rom->header),
	       "cut it off: 'tail -c +%zu FILE > NEWFILE'", rom->header + 1);
}

static const struct lend_rom_image *find_changed(const struct lend_option_rom *rom)
{
	for (size_t i = 0; i < rom->count; i++)
		if (rom->images[i].is_changed)
			return &rom->images[i];
	return NULL;
}

static void check_checksum(const struct lend_option_rom *rom, bool is_shadow, struct lend_rom_findings *ret)
{
	static const char way_out[] =
		"read it while the card is not the host's first screen, or take it from its vendor";
	const struct lend_rom_image *image = find_changed(rom);

	if (image)
		advise(add(ret, "checksum", LEND_SEVERITY_ERROR,
			   "the checksum of its legacy BIOS image at offset 0x%zx is wrong: it is damaged, or a shadowed copy that the running card has changed",
			   image->offset),
		       "%s", way_out);
	else if (is_shadow)
		advise(add(ret, "shadowed", LEND_SEVERITY_WARNING,
			   "it is the copy that the host's BIOS keeps for its screen (shadowed), which may lack parts of the card's own ROM"),
		       "%s", way_out);
}

static void check_device(const struct lend_option_rom *rom, const struct lend_function *function,
			 struct lend_rom_findings *ret)
{
	for (size_t i = 0; i < rom->count; i++)
		if (lend_rom_image_is_for(&rom->images[i], function->vendor, function->device))
			return;
	advise(add(ret, "other-device", LEND_SEVERITY_WARNING,
		   "it is for %04x:%04x, and the device is %04x:%04x: firmware runs a ROM only for the device that it names",
		   rom->images[0].vendor, rom->images[0].devices[0], function->vendor, function->device),
	       "take the ROM of this very card");
}

static void check_firmware(const struct lend_option_rom *rom, struct lend_rom_findings *ret)
{
	bool has_legacy = false, has_efi = false;
	unsigned machine = 0;

	for (size_t i = 0; i < rom->count; i++) {
		has_legacy |= rom->images[i].code == LEND_ROM_CODE_LEGACY;
		if (rom->images[i].code != LEND_ROM_CODE_EFI)
			continue;
		has_efi = true;
		if (machine != MACHINE_X86_64)
			machine = rom->images[i].machine;
	}
	if (has_efi && machine != MACHINE_X86_64)
		add(ret, "no-x86-64", LEND_SEVERITY_WARNING,
		    "its EFI image is for another CPU (%#06x) than x86-64, so OVMF does not run it", machine);
	if (has_legacy && !has_efi)
		add(ret, "legacy-only", LEND_SEVERITY_INFO,
		    "it has no EFI image: OVMF does not run it, and the device waits for the guest's driver");
	if (has_efi && !has_legacy)
		add(ret, "efi-only", LEND_SEVERITY_INFO,
		    "it has no legacy BIOS image: SeaBIOS does not run it, and the device waits for the guest's driver");
}

void lend_option_rom_check(const struct lend_option_rom *rom, const struct lend_function *function, bool is_shadow,
			   struct lend_rom_findings *ret)
{
	*ret = (struct lend_rom_findings){ 0 };
	if (!check_structure(rom, ret))
		return;
	check_header(rom, ret);
	check_checksum(rom, is_shadow, ret);
	if (function)
		check_device(rom, function, ret);
	check_firmware(rom, ret);
}
