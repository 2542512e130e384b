/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "lendpci/know/pci/address.h"

struct lend_context;
struct lend_error;

/**
 * Gives @address @count virtual functions, 0 for none. Its driver, which has to make them, is waited for until the
 * setting unbind_deadline is over; a function that has so many already is left alone.
 *
 * -ENOTSUP when it can have none, -EINVAL with how many it can have, -ENODEV without a driver, -EBUSY while one of
 * those that it has is on loan or in use: the kernel makes another number by taking away all that are there.
 *
 *	echo COUNT > /sys/bus/pci/devices/ADDRESS/sriov_numvfs
 *
 * Source: Documentation/PCI/pci-iov-howto.rst, Documentation/ABI/testing/sysfs-bus-pci.
 */
int lend_vfs_set(const struct lend_context *context, struct lend_address address, uint32_t count,
		 struct lend_error *error);
