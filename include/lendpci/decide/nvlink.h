/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct lend_function;

/**
 * The two ends of an NVLink fabric, NVIDIA's boards for servers (HGX, DGX): GPUs that reach each other through
 * switches, which are PCI functions of their own. A GPU of such a board computes nothing (CUDA's error 802, "system not
 * yet initialized") before a fabric manager has set the switches up: in the guest, which then needs them, or on the
 * host, which then has to keep them and to activate a partition of the VM's GPUs.
 *
 * The switches have class 0680: 10de:1ac2 beside V100, 1af1 beside A100, 22a3 beside H100 and H200. Blackwell's are no
 * PCI functions. GPUs of these boards have class 0302; nothing tells them from a card without links in the same host.
 *
 * Source: NVIDIA's Fabric Manager User Guide, "Virtualization Models".
 */
bool lend_nvlink_is_switch(const struct lend_function *function);
bool lend_nvlink_is_gpu(const struct lend_function *function);
