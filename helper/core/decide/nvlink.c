/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/decide/nvlink.h"

#include "lendpci/know/pci/function.h"

enum { VENDOR_NVIDIA = 0x10de };

bool lend_nvlink_is_switch(const struct lend_function *function)
{
	return function->vendor == VENDOR_NVIDIA && function->class >> 8 == 0x0680;
}

bool lend_nvlink_is_gpu(const struct lend_function *function)
{
	return function->vendor == VENDOR_NVIDIA && function->class >> 8 == 0x0302 && !function->is_virtual;
}
