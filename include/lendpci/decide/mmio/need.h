/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/bars.h"

/**
 * How much address space the guest's firmware needs for lent devices. All sizes in bytes.
 *
 * Each device (all its functions) sits behind a root port of its own. A bridge forwards two ranges: one below 4 GiB,
 * for whatever is not both 64-bit and prefetchable, and one anywhere, for 64-bit prefetchable BARs.
 *
 * Source: PCI-to-PCI bridge specification 1.2, 3.2.5; OVMF PciHotPlugInitDxe (padding of hot-plug ports);
 * SeaBIOS' fw/pciinit.c, pci_bios_check_devices() (ranges of bridges).
 */

/** What one device needs behind its root port. */
struct lend_mmio_need {
	uint64_t low, low_alignment;   /* below 4 GiB, whole MiB; a hot-plug port has 2 MiB in any case */
	uint64_t high, high_alignment; /* 64-bit prefetchable; 0 and 0 without such a BAR */
};

/** Sums up the ranges of @count functions of a device, @low rounded up to whole MiB: 0 when nothing has to be low. */
struct lend_mmio_need lend_mmio_of_functions(const struct lend_bars *functions, size_t count);

/** The same behind a root port of its own: at least the 2 MiB below 4 GiB that a hot-plug port takes. */
struct lend_mmio_need lend_mmio_of_device(const struct lend_bars *functions, size_t count);

/**
 * Everything below 4 GiB: the devices, packed by descending alignment, and @spare_ports empty hot-plug ports. Without
 * @uefi as SeaBIOS does it, which rounds each device up to its alignment.
 */
uint64_t lend_mmio_low(const struct lend_mmio_need *devices, size_t count, unsigned spare_ports, bool uefi);

/**
 * Everything in a 64-bit window of @window bytes, whose padding for empty hot-plug ports grows with it. SeaBIOS rounds
 * up here too, and pads nothing.
 */
uint64_t lend_mmio_high(const struct lend_mmio_need *devices, size_t count, unsigned spare_ports, uint64_t window,
			bool uefi);

/**
 * The smallest window, a power of two from 32 GiB (what QEMU and OVMF have by themselves), that holds them all. 2^62
 * when none does: no guest has an address space with room for that one.
 */
uint64_t lend_mmio_window(const struct lend_mmio_need *devices, size_t count, unsigned spare_ports, bool uefi);
