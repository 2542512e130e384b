/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of what is reserved; the word of a line is how a shell gets there. */
#include "lendpci/know/pci/reservations.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/card_list.h"
#include "lendpci/know/pci/function.h"

enum { LIST_MAX = 512 * 1024 };

void lend_reservations_clear(struct lend_reservations *reservations)
{
	free(reservations->items);
	*reservations = (struct lend_reservations){ 0 };
}

static int take(const struct lend_listed_card *card, void *userdata)
{
	struct lend_reservation one = { .vendor = card->vendor, .device = card->device };

	memcpy(one.location, card->location, sizeof(one.location));
	memcpy(one.hops, card->word, sizeof(one.hops));
	return lend_reservations_put(userdata, &one);
}

int lend_reservations_read(const struct lend_fs *fs, struct lend_reservations *ret, struct lend_error *error)
{
	_cleanup_(lend_reservations_clear) struct lend_reservations reservations = { 0 };
	int r;

	r = lend_card_list_read(fs, LEND_RESERVED_PATH, LIST_MAX, take, &reservations, error);
	if (r < 0)
		return r;
	*ret = reservations;
	reservations = (struct lend_reservations){ 0 };
	return 0;
}

static void say(const void *list, size_t index, struct lend_listed_card *ret)
{
	const struct lend_reservations *reservations = list;
	const struct lend_reservation *one = &reservations->items[index];

	*ret = (struct lend_listed_card){ .vendor = one->vendor, .device = one->device };
	memcpy(ret->location, one->location, sizeof(ret->location));
	memcpy(ret->word, one->hops, sizeof(ret->word));
}

char *lend_reservations_format(const struct lend_reservations *reservations)
{
	return lend_card_list_format("Written by 'lendpci reserve': what the host's drivers do not get at boot.",
				     reservations, reservations->count, say);
}

/* "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0" -> "pci0000:00/01.0/00.0" */
static bool make_hops(char *path, char *ret, size_t size)
{
	char *save = NULL;
	size_t length = 0;

	*ret = '\0';
	for (char *name = strtok_r(path, "/", &save); name && length < size; name = strtok_r(NULL, "/", &save)) {
		struct lend_address address;
		const bool is_bus = strncmp(name, "pci", 3) == 0 && strchr(name, ':');

		if (!is_bus && (!length || lend_address_parse(name, &address, NULL) < 0))
			continue;
		/* A bus that hangs from a function has a domain that the kernel hands out. */
		if (is_bus && length)
			length += (size_t)snprintf(ret + length, size - length, "/pci*%s", strchr(name, ':'));
		else if (is_bus)
			length += (size_t)snprintf(ret + length, size - length, "%s", name);
		else
			length += (size_t)snprintf(ret + length, size - length, "/%02x.%x", address.device,
						   address.function);
	}
	return length && length < size;
}

int lend_reservation_make(const struct lend_fs *fs, const struct lend_function *function, struct lend_reservation *ret,
			  struct lend_error *error)
{
	struct lend_reservation made = { .vendor = function->vendor, .device = function->device };
	char path[PATH_MAX];
	int r;

	r = lend_location_path(fs, function->address, made.location, sizeof(made.location), error);
	if (r == 0)
		r = lend_fs_resolve(fs, lend_function_path(function->address, "").text, path, sizeof(path), error);
	if (r < 0)
		return r;
	if (!make_hops(path, made.hops, sizeof(made.hops)))
		return lend_error_set(error, -EINVAL, "%s: sysfs shows it outside any PCI tree",
				      lend_address_text(function->address).text);
	*ret = made;
	return 0;
}

static struct lend_reservation *find(const struct lend_reservations *reservations, const char *location)
{
	for (size_t i = 0; i < reservations->count; i++)
		if (strcmp(reservations->items[i].location, location) == 0)
			return &reservations->items[i];
	return NULL;
}

int lend_reservations_put(struct lend_reservations *reservations, const struct lend_reservation *reservation)
{
	struct lend_reservation *slot = find(reservations, reservation->location);

	if (!slot) {
		if (reservations->count == LEND_RESERVATIONS_MAX)
			return -E2BIG;
		slot = reallocarray(reservations->items, reservations->count + 1, sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		reservations->items = slot;
		slot += reservations->count++;
	}
	*slot = *reservation;
	return 0;
}

bool lend_reservations_drop(struct lend_reservations *reservations, const char *location)
{
	struct lend_reservation *gone = find(reservations, location);
	size_t after;

	if (!gone)
		return false;
	after = reservations->count - (size_t)(gone - reservations->items) - 1;
	memmove(gone, gone + 1, after * sizeof(*gone));
	reservations->count--;
	return true;
}

const struct lend_reservation *lend_reservations_find(const struct lend_reservations *reservations,
						      const char *location)
{
	return find(reservations, location);
}
