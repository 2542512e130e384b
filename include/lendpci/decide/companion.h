/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "lendpci/know/pci/address.h"

struct lend_device;
struct lend_function;

/**
 * What @sibling, another function in @gpu's slot or another of its lend_device.parts, is to it: "audio" or "USB-C" when
 * it belongs to the graphics card and should move with it, NULL when it does not. The caller has seen that it is one.
 *
 * A graphics card's sound and USB-C controllers carry the card maker's vendor id. An APU shares its slot with USB and
 * audio controllers of the mainboard, which carry another one and are the host's. What sits in the GPU's own IOMMU
 * group leaves the host in any case.
 */
const char *lend_companion_kind(const struct lend_function *gpu, const struct lend_function *sibling);

/**
 * Whether @other leaves the host whenever @device does: it is @device's function itself, or one of its slot that is in
 * its IOMMU group, as the audio function of most graphics cards is. Who uses it, uses @device's card.
 */
bool lend_companion_goes_along(const struct lend_device *device, struct lend_address other);
