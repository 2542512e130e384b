/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The whole room, for who has not yet chosen: list.h for what a holder is, find.h, vfio.h and kernel_users.h for the
 * searches. */
#include "lendpci/know/holders/find.h"
#include "lendpci/know/holders/kernel_users.h"
#include "lendpci/know/holders/list.h"
#include "lendpci/know/holders/vfio.h"
