/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_function;

/**
 * What @sibling, another function in @gpu's slot, is to it: "audio" or "USB-C" when it belongs to the graphics card and
 * should move with it, NULL when it does not.
 *
 * A graphics card's sound and USB-C controllers carry the card maker's vendor id. An APU shares its slot with USB and
 * audio controllers of the mainboard, which carry another one and are the host's. What sits in the GPU's own IOMMU
 * group leaves the host in any case.
 */
const char *lend_companion_kind(const struct lend_function *gpu, const struct lend_function *sibling);
