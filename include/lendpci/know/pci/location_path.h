/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lendpci/know/pci/address.h"

struct lend_addresses;
struct lend_error;
struct lend_fs;

/** Room for any location path that a real machine has: 40 hops. */
enum { LEND_LOCATION_MAX = 512 };

/**
 * A location path says where a function is plugged, in the form of Hyper-V: `PCIROOT(0)#PCI(0500)#PCI(0000)`.
 *
 * PCIROOT(n) is the root bus, n its number in hexadecimal. Each PCI(DDFF) is one hop downwards: device and function,
 * two hexadecimal digits each. No number of a secondary bus is in it, so it stays the same when firmware renumbers
 * buses because a card was added elsewhere; an address does not.
 *
 * A root bus that hangs from a PCI function, as Intel VMD's does, follows that function's hop:
 * `PCIROOT(0)#PCI(0E00)#PCIROOT(E0)#PCI(0600)#PCI(0000)`; its PCI domain is handed out in the order of discovery and
 * is left out. Any other root bus of a PCI domain but 0000 is written with it: `PCIROOT(1:0)#PCI(0000)`.
 *
 * Letters are written in upper case and read in either.
 */

/**
 * Writes the location path of @address, which must exist. -ENODEV when it does not, -ENAMETOOLONG when @size is too
 * small (LEND_LOCATION_MAX is enough), -EINVAL when sysfs shows it outside any PCI tree.
 *
 * Source: the target of sys/bus/pci/devices/ADDRESS.
 */
int lend_location_path(const struct lend_fs *fs, struct lend_address address, char *ret, size_t size,
		       struct lend_error *error);

/**
 * Finds the function at a location path. -EINVAL with a sentence that shows the character where @path stops being one,
 * -ENODEV when nothing is plugged there. @ret is untouched on failure.
 */
int lend_location_resolve(const struct lend_fs *fs, const char *path, struct lend_address *ret,
			  struct lend_error *error);

/** The bridges above @address, from the root bus down; empty for a function on a root bus. Errors as above. */
int lend_location_bridges(const struct lend_fs *fs, struct lend_address address, struct lend_addresses *ret,
			  struct lend_error *error);

/** Both with one look; @ret_path is "" for a function in no PCI tree. */
int lend_location_read(const struct lend_fs *fs, struct lend_address address, char ret_path[static LEND_LOCATION_MAX],
		       struct lend_addresses *ret_bridges, struct lend_error *error);
