/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/decide/mmio/need.h"
#include "lendpci/know/domain/guest.h"
#include "lendpci/know/host/address_width.h"

struct lend_error;

/**
 * What to set in a domain so that its firmware finds room for the lent devices. All sizes in bytes. All zero: nothing,
 * what is there is enough.
 */
struct lend_window {
	uint64_t pcihole64;      /* QEMU's 64-bit hole, for a guest that places devices anew */
	uint64_t mmio64;         /* OVMF's X-PciMmio64Mb: whole MiB */
	struct lend_width width; /* <maxphysaddr> */
	bool hotplug_off;        /* empty root ports take no more devices, so that firmware keeps no room for any */
};

enum { LEND_WHY_MAX = 8 };

/** The decision, with a sentence for each part of it. */
struct lend_window_plan {
	struct lend_window set;
	char why[LEND_WHY_MAX][320]; /* to stand behind "win11: " */
	size_t why_count;
	bool is_default_hole; /* @set.pcihole64 is what QEMU takes anyway, written down */
};

/** What is known. Borrowed. */
struct lend_window_facts {
	const struct lend_mmio_need *devices; /* one for each card */
	size_t count;
	const struct lend_guest *guest;
	const struct lend_address_width *host;
	unsigned firmware;     /* OVMF's release as it numbers them, 202211; 0 when it is not known */
	unsigned long libvirt; /* as libvirt counts, 8007000 for 8.7.0; 0 when it is not known */
	uint64_t low, high;    /* bytes below 4 GiB and of the window, in place of what is computed; 0 to compute */
	bool force;            /* also where that is less than the devices need */
};

/**
 * Decides. The least that is enough:
 *
 *   1. nothing, where the window that the firmware has by itself is large enough. OVMF from 202211 on takes the top
 *      eighth of the guest's address space, from 202608 on a quarter, so for a CPU passed through its width is passed
 * through explicitly, and narrowed where the IOMMU's addresses end earlier;
 *   2. otherwise X-PciMmio64Mb, the smallest window that is enough, for OVMF. SeaBIOS needs no telling. One that the
 *      domain has already is kept if it is enough, and never doubled;
 *   3. with that pcihole64, unless QEMU would refuse to start with it;
 *   4. and where it would fit without the room that firmware keeps for empty hot-plug ports: no hot-plug on those.
 *
 * What is not known is taken for what needs most: an OVMF of unknown version for one with a fixed window of 32 GiB, a
 * host that does not tell its width for one of 39 bits.
 *
 * -ENOSPC with the arithmetic when the devices cannot fit, also not into what was asked for without @force. -EINVAL
 * when the domain's own arguments keep QEMU from starting. @ret is untouched then.
 *
 * Source: OVMF's PlatformInitLib/MemDetect.c and PciHotPlugInitDxe; SeaBIOS' fw/pciinit.c; QEMU's hw/i386/pc.c.
 */
int lend_window_decide(const struct lend_window_facts *facts, struct lend_window_plan *ret, struct lend_error *error);

/** The 64-bit hole, in bytes, that QEMU gives a guest which does not ask for one. Source: QEMU's hw/pci-host. */
uint64_t lend_window_default_hole(const struct lend_guest *guest);

/** How the devices of a definition fit as it stands. */
enum lend_fit {
	LEND_FIT_FINE,
	LEND_FIT_PERHAPS,   /* not with an old OVMF, and which one it is is not known */
	LEND_FIT_TOO_SMALL, /* the guest starts, and at least the largest device gets no address in it */
	LEND_FIT_NO_START,  /* the guest's firmware does not come up, or QEMU does not start */
};

struct lend_window_fit {
	enum lend_fit fit;
	char text[320]; /* the arithmetic, to stand behind "win11: "; "" when all is well */
};

/**
 * Judges it. @facts are those of the definition as it is (lend_guest_parse_as_is()); @low, @high and @force are of no
 * interest. LEND_FIT_NO_START only where it is certain: an OVMF that was told a window beyond the CPU's addresses does
 * not boot, and QEMU takes no two files of one name.
 *
 * Seen with QEMU 7.2 and OVMF 2022.11: with too small a window the largest device loses all its BARs, and the rest of
 * the guest starts.
 */
void lend_window_judge(const struct lend_window_facts *facts, struct lend_window_fit *ret);
