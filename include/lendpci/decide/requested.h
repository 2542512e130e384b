/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "lendpci/know/pci/address.h"
#include "lendpci/know/pci/function.h"

struct lend_domain;
struct lend_error;
struct lend_policy_device;

/**
 * The host functions that a domain's XML asks to borrow, sorted and without repetition: every PCI hostdev and NVMe disk
 * with managed='yes', and every one that the policy names. A hostdev with managed='no' and without a policy is the
 * administrator's own business. Empty is fine: nothing to lend.
 *
 * -EINVAL when the policy names a function that no hostdev has: the definition is not what assign wrote.
 */
int lend_requested_by_domain(const struct lend_domain *domain, struct lend_addresses *ret, struct lend_error *error);

/**
 * Whether @function is the card that the policy means. -ESTALE with both ids when it is another one: PCI addresses move
 * when a card is added, and the wrong device in a VM is a security matter. A policy without ids accepts any.
 *
 * @serial is the function's own, 0 when it is not known: reading it takes root. -ESTALE with both when the policy has
 * another one: a twin of the same model was plugged into the slot. What either side does not know is not compared.
 */
int lend_requested_verify(const struct lend_policy_device *device, const struct lend_function *function,
			  uint64_t serial, struct lend_error *error);

/**
 * Where the card that the policy means is now. @at_path is the function at the policy's location path, NULL when
 * nothing is plugged in there; a policy without a path goes by its address, and @at_path is the function there. @serial
 * as above.
 *
 * A location path outlives a renumbering of the buses, so it decides: @ret may differ from the policy's address.
 * -ENODEV when the place is empty, -ESTALE when another card sits there.
 */
int lend_requested_locate(const struct lend_policy_device *device, const struct lend_function *at_path, uint64_t serial,
			  struct lend_address *ret, struct lend_error *error);
