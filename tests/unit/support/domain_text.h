/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "data_text.h"

/** Definitions as a real libvirt printed them: tests/data/domains. */
static const char *const domain_texts[] = { "q35", "i440fx", "virt-manager", "pxb", "empty-metadata", "sleepy" };

/** One of them, as text. The caller's to free. */
static inline char *domain_text(const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "domains/%s.xml", name);
	return data_text(path);
}
