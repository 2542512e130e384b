/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of what is reserved: a line each, LOCATION VENDOR DEVICE HOPS. */
#include "lendpci/know/pci/reservations.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/function.h"

enum { LIST_MAX = 512 * 1024 };

void lend_reservations_clear(struct lend_reservations *reservations)
{
	free(reservations->items);
	*reservations = (struct lend_reservations){ 0 };
}

static bool take(char *field, size_t size, const char *word)
{
	if (!word || strlen(word) >= size)
		return false;
	memcpy(field, word, strlen(word) + 1);
	return true;
}

static bool take_id(uint16_t *field, const char *word)
{
	uint32_t id;

	if (!word || lend_text_to_u32(word, 0, &id) < 0 || id > UINT16_MAX)
		return false;
	*field = (uint16_t)id;
	return true;
}

static bool parse(char *line, struct lend_reservation *ret)
{
	char *save = NULL;

	return take(ret->location, sizeof(ret->location), strtok_r(line, " \t", &save)) &&
	       take_id(&ret->vendor, strtok_r(NULL, " \t", &save)) &&
	       take_id(&ret->device, strtok_r(NULL, " \t", &save)) &&
	       take(ret->hops, sizeof(ret->hops), strtok_r(NULL, " \t", &save)) && !strtok_r(NULL, " \t", &save);
}

int lend_reservations_read(const struct lend_fs *fs, struct lend_reservations *ret, struct lend_error *error)
{
	_cleanup_(lend_reservations_clear) struct lend_reservations reservations = { 0 };
	_cleanup_free_ char *text = NULL;
	char *line, *rest;
	int r;

	r = lend_fs_read_all(fs, LEND_RESERVED_PATH, LIST_MAX, &text, NULL, error);
	if (r == -ENOENT) {
		*ret = reservations;
		return 0;
	}
	if (r < 0)
		return r;
	rest = text;
	for (unsigned number = 1; (line = strsep(&rest, "\n")); number++) {
		struct lend_reservation one = { 0 };

		if (*line == '\0' || *line == '#')
			continue;
		if (!parse(line, &one))
			return lend_error_set(error, -EINVAL, "/" LEND_RESERVED_PATH ": line %u is not understood",
					      number);
		if (lend_reservations_put(&reservations, &one) < 0)
			return lend_error_set(error, -E2BIG, "/" LEND_RESERVED_PATH ": it has too many lines");
	}
	*ret = reservations;
	reservations = (struct lend_reservations){ 0 };
	return 0;
}

char *lend_reservations_format(const struct lend_reservations *reservations)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	(void)fputs("# Written by 'lendpci reserve': what the host's drivers do not get at boot.\n", out);
	for (size_t i = 0; i < reservations->count; i++) {
		const struct lend_reservation *one = &reservations->items[i];

		(void)fprintf(out, "%s 0x%04x 0x%04x %s\n", one->location, one->vendor, one->device, one->hops);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
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
