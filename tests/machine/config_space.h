/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** A configuration space that is put together capability by capability. Zero-initialise, then config_space_begin(). */
struct config_space {
	uint8_t bytes[4096];
	size_t size;          /* what can be read of it: 0, 64, 256 or 4096 */
	size_t last, end;     /* of the capability list: the last entry, where the next one goes */
	size_t last_extended; /* the same of the extended list */
	size_t end_extended;
};

void config_space_begin(struct config_space *config);
void config_space_put(struct config_space *config, size_t at, size_t width, uint32_t value);

/** Appends a capability of @length bytes. Returns where it begins. */
size_t config_space_add(struct config_space *config, uint8_t id, size_t length);
size_t config_space_add_extended(struct config_space *config, uint16_t id, size_t length);
