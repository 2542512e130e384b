/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel's graphics in the processor: what QEMU does by itself, and what a guest still needs. */
#include "lendpci/decide/igd.h"

#include <stdarg.h>
#include <stdio.h>

#include "lendpci/know/domain/guest.h"

enum { VENDOR_INTEL = 0x8086 };

bool lend_is_igd(struct lend_address address, uint16_t vendor)
{
	const struct lend_address place = { .device = 2 };

	return vendor == VENDOR_INTEL && lend_address_equal(address, place);
}

static void __attribute__((format(printf, 2, 3))) say(struct lend_igd_needs *needs, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(needs->text[needs->count++], sizeof(needs->text[0]), format, arguments);
	va_end(arguments);
}

void lend_igd_needs(const struct lend_guest *guest, bool has_rom, const char *alias, struct lend_igd_needs *ret)
{
	*ret = (struct lend_igd_needs){ 0 };
	if (!has_rom && guest->uefi)
		say(ret,
		    "for a picture before its driver is loaded the guest's OVMF needs a UEFI ROM for it, which QEMU's docs/igd-assign.txt tells how to make: <rom file='…'/> in its hostdev");
	else if (!has_rom)
		say(ret,
		    "for a picture before its driver is loaded the guest's SeaBIOS needs its video BIOS, unless the host was booted with it: <rom file='…'/> in its hostdev");
	if (guest->q35)
		say(ret,
		    "its outputs need a copy of the host's OpRegion, which QEMU makes by itself from 10.1 on, and before with <qemu:override><qemu:device alias='%s'><qemu:frontend><qemu:property name='x-igd-opregion' type='bool' value='true'/></qemu:frontend></qemu:device></qemu:override>",
		    alias ? alias : "…");
	else
		say(ret,
		    "QEMU's legacy mode, which sets up its OpRegion and an LPC bridge, wants it to be the only display: <video><model type='none'/></video> and no <graphics>");
}
