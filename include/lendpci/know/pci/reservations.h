/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/location_path.h"

struct lend_error;
struct lend_fs;
struct lend_function;

/** Where the list is. helper/data/reserve/reserve reads it at boot; root only. */
#define LEND_RESERVED_PATH "etc/lendpci/reserved"

enum { LEND_RESERVATIONS_MAX = 256 };

/** A function that the host's drivers are not to have: the card with these ids, where it is plugged in. */
struct lend_reservation {
	char location[LEND_LOCATION_MAX];
	uint16_t vendor, device;
	char hops[LEND_LOCATION_MAX]; /* the way to it below /sys/devices, for a shell: "pci0000:00/01.0/00.0" */
};

struct lend_reservations {
	struct lend_reservation *items;
	size_t count;
};
void lend_reservations_clear(struct lend_reservations *reservations);

/** Reads the list; without one it is empty. -EINVAL with the number of a line that is not understood. */
int lend_reservations_read(const struct lend_fs *fs, struct lend_reservations *ret, struct lend_error *error);

/** The list as text, to be written; the caller's. NULL when memory runs out. */
char *lend_reservations_format(const struct lend_reservations *reservations);

/** What a reservation of @function says. -ENODEV when it is not there, -EINVAL outside any PCI tree. */
int lend_reservation_make(const struct lend_fs *fs, const struct lend_function *function, struct lend_reservation *ret,
			  struct lend_error *error);

/** Adds a copy, or replaces the one of its place. -ENOMEM, -E2BIG. */
int lend_reservations_put(struct lend_reservations *reservations, const struct lend_reservation *reservation);

/** Drops the one of @location. Whether there was one. */
bool lend_reservations_drop(struct lend_reservations *reservations, const char *location);

/** The one of @location, borrowed; NULL for none. */
const struct lend_reservation *lend_reservations_find(const struct lend_reservations *reservations,
						      const char *location);
