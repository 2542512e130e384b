/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Location paths: where a function is plugged, whatever its bus is called today.
 *
 * Relies on the kernel's device tree being the PCI tree: sys/devices/pci0000:00/0000:00:05.0/0000:01:00.0. Both
 * directions go through location_of(), so that a path which survey printed is found again as long as the card stays.
 */
#include "lendpci/know/pci/location_path.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/function.h"

/* A location path while it grows, and the hop it ends with. */
struct builder {
	char text[LEND_LOCATION_MAX];
	size_t length;
	uint8_t device, function;
};

static int append(struct builder *path, const char *element)
{
	int n = snprintf(path->text + path->length, sizeof(path->text) - path->length, "%s%s", path->length ? "#" : "",
			 element);

	if (n < 0 || (size_t)n >= sizeof(path->text) - path->length)
		return -ENAMETOOLONG;
	path->length += (size_t)n;
	return 0;
}

/* @domain is written where it tells apart what the hops before do not. */
static int append_root(struct builder *path, uint32_t domain, uint8_t bus)
{
	char element[32];

	if (domain && !path->length)
		(void)snprintf(element, sizeof(element), "PCIROOT(%X:%X)", domain, bus);
	else
		(void)snprintf(element, sizeof(element), "PCIROOT(%X)", bus);
	return append(path, element);
}

static int append_hop(struct builder *path, uint8_t device, uint8_t function)
{
	char element[32];

	(void)snprintf(element, sizeof(element), "PCI(%02X%02X)", device, function);
	path->device = device;
	path->function = function;
	return append(path, element);
}

/* Reads the name of a root bus in sysfs: "pci0000:80". */
static bool parse_root_bus(const char *name, uint32_t *ret_domain, uint8_t *ret_bus)
{
	char domain[9];
	const char *colon;
	uint32_t bus;

	if (strncmp(name, "pci", 3) != 0)
		return false;
	name += 3;
	colon = strchr(name, ':');
	if (!colon || (size_t)(colon - name) >= sizeof(domain))
		return false;
	memcpy(domain, name, (size_t)(colon - name));
	domain[colon - name] = '\0';
	if (lend_text_to_u32(domain, 16, ret_domain) < 0 || lend_text_to_u32(colon + 1, 16, &bus) < 0 || bus > 255)
		return false;
	*ret_bus = (uint8_t)bus;
	return true;
}

/* The location path of what sysfs keeps at @directory. -EINVAL when no PCI tree leads there. */
static int location_of(char *directory, struct builder *ret)
{
	struct builder path = { 0 };
	char *save = NULL;

	for (char *name = strtok_r(directory, "/", &save); name; name = strtok_r(NULL, "/", &save)) {
		struct lend_address address;
		uint32_t domain;
		uint8_t bus;
		int r;

		if (parse_root_bus(name, &domain, &bus))
			r = append_root(&path, domain, bus);
		else if (lend_address_parse(name, &address, NULL) == 0)
			r = path.length ? append_hop(&path, address.device, address.function) : -EINVAL;
		else
			continue; /* what the root bus itself is plugged into: a platform device, an ACPI node */
		if (r < 0)
			return r;
	}
	if (!path.length)
		return -EINVAL;
	*ret = path;
	return 0;
}

/* Finds the directory that is the function itself, and with it everything above it. */
static int find_directory(const struct lend_fs *fs, struct lend_address address, char ret[static PATH_MAX],
			  struct lend_error *error)
{
	int r;

	r = lend_fs_resolve(fs, lend_function_path(address, "").text, ret, PATH_MAX, error);
	if (r == -ENOENT)
		return lend_error_set(error, -ENODEV, "%s: this host has no such PCI function",
				      lend_address_text(address).text);
	return r;
}

/* The location path of what sysfs keeps at @directory. */
static int write_path(struct lend_address address, char *directory, char *ret, size_t size, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(address);
	struct builder path;
	int r;

	r = location_of(directory, &path);
	if (r == -EINVAL)
		return lend_error_set(error, r, "%s: /%s is in no PCI tree, so it has no location path", name.text,
				      lend_function_path(address, "").text);
	if (r == 0 && path.length >= size)
		r = -ENAMETOOLONG;
	if (r < 0)
		return lend_error_set(error, r, "%s: its location path is too long", name.text);
	memcpy(ret, path.text, path.length + 1);
	return 0;
}

int lend_location_path(const struct lend_fs *fs, struct lend_address address, char *ret, size_t size,
		       struct lend_error *error)
{
	char directory[PATH_MAX];
	int r;

	r = find_directory(fs, address, directory, error);
	return r < 0 ? r : write_path(address, directory, ret, size, error);
}

/* The functions that @directory, which this takes apart, lies below. */
static int list_bridges(struct lend_address address, char *directory, struct lend_addresses *ret,
			struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses bridges = { 0 };
	char *save = NULL;

	for (char *name = strtok_r(directory, "/", &save); name; name = strtok_r(NULL, "/", &save)) {
		struct lend_address bridge;

		if (lend_address_parse(name, &bridge, NULL) < 0 || lend_address_equal(bridge, address))
			continue;
		if (lend_addresses_add(&bridges, bridge) < 0)
			return lend_error_set(error, -ENOMEM, "%s: out of memory", lend_address_text(address).text);
	}
	*ret = bridges;
	bridges = (struct lend_addresses){ 0 };
	return 0;
}

int lend_location_bridges(const struct lend_fs *fs, struct lend_address address, struct lend_addresses *ret,
			  struct lend_error *error)
{
	char directory[PATH_MAX];
	int r;

	r = find_directory(fs, address, directory, error);
	return r < 0 ? r : list_bridges(address, directory, ret, error);
}

int lend_location_read(const struct lend_fs *fs, struct lend_address address, char ret_path[static LEND_LOCATION_MAX],
		       struct lend_addresses *ret_bridges, struct lend_error *error)
{
	char directory[PATH_MAX], copy[PATH_MAX];
	int r;

	r = find_directory(fs, address, directory, error);
	if (r < 0)
		return r;
	memcpy(copy, directory, sizeof(copy));
	ret_path[0] = '\0';
	(void)write_path(address, copy, ret_path, LEND_LOCATION_MAX, NULL);
	return list_bridges(address, directory, ret_bridges, error);
}

/* A location path as a person typed it, and how far it has been read. */
struct cursor {
	const char *text;
	const char *at;
};

static int expected(const struct cursor *cursor, const char *what, struct lend_error *error)
{
	size_t position = (size_t)(cursor->at - cursor->text);

	if (!*cursor->at)
		lend_error_set(error, -EINVAL, "%s: not a location path: it ends after character %zu, expected %s",
			       cursor->text, position, what);
	else
		lend_error_set(error, -EINVAL, "%s: not a location path: character %zu is '%c', expected %s",
			       cursor->text, position + 1, *cursor->at, what);
	return lend_error_hint(error, -EINVAL, "a location path looks like PCIROOT(0)#PCI(0500)#PCI(0000)");
}

static bool take(struct cursor *cursor, const char *literal)
{
	size_t length = strlen(literal);

	if (strncasecmp(cursor->at, literal, length) != 0)
		return false;
	cursor->at += length;
	return true;
}

/* Reads @least to @most hexadecimal digits. */
static int take_hex(struct cursor *cursor, int least, int most, uint32_t *ret, struct lend_error *error)
{
	uint32_t value = 0;
	int digits = 0;

	for (; digits < most && isxdigit((unsigned char)*cursor->at); cursor->at++, digits++) {
		int c = tolower((unsigned char)*cursor->at);

		value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	if (digits < least)
		return expected(cursor, "a hexadecimal digit", error);
	*ret = value;
	return 0;
}

/* Reads what follows "PCIROOT(": a bus, on the first root also a PCI domain before it. */
static int take_root(struct cursor *cursor, struct builder *path, struct lend_error *error)
{
	struct cursor start = *cursor;
	uint32_t domain = 0, bus = 0;
	int r;

	r = take_hex(cursor, 1, 8, &bus, error);
	if (r < 0)
		return r;
	if (!path->length && take(cursor, ":")) {
		start = *cursor;
		domain = bus;
		r = take_hex(cursor, 1, 8, &bus, error);
		if (r < 0)
			return r;
	}
	if (bus > 0xff)
		return expected(&start, "a bus number of at most FF", error);
	if (!take(cursor, ")"))
		return expected(cursor, "')'", error);
	return append_root(path, domain, (uint8_t)bus);
}

/* Reads what follows "PCI(": two digits of device, two of function. */
static int take_hop(struct cursor *cursor, struct builder *path, struct lend_error *error)
{
	const struct cursor start = *cursor;
	uint32_t hop = 0;
	int r;

	r = take_hex(cursor, 4, 4, &hop, error);
	if (r < 0)
		return r;
	if (hop >> 8 > 31)
		return expected(&start, "a device number of at most 1F", error);
	if ((hop & 0xff) > 7)
		return expected(&(struct cursor){ start.text, start.at + 2 }, "a function number of at most 07", error);
	if (!take(cursor, ")"))
		return expected(cursor, "')'", error);
	return append_hop(path, (uint8_t)(hop >> 8), (uint8_t)(hop & 0xff));
}

/* Brings a path into the form that lend_location_path() writes. */
static int parse_path(const char *text, struct builder *ret, struct lend_error *error)
{
	struct cursor cursor = { text, text };
	struct builder path = { 0 };
	bool after_hop = false;

	do {
		int r;

		if ((!path.length || after_hop) && take(&cursor, "PCIROOT(")) {
			r = take_root(&cursor, &path, error);
			after_hop = false;
		} else if (path.length && take(&cursor, "PCI(")) {
			r = take_hop(&cursor, &path, error);
			after_hop = true;
		} else {
			return expected(&cursor, path.length ? "PCI(" : "PCIROOT(", error);
		}
		if (r == -ENAMETOOLONG)
			return lend_error_set(error, r, "%s: the location path is too long", text);
		if (r < 0)
			return r;
	} while (take(&cursor, "#"));

	if (*cursor.at || !after_hop)
		return expected(&cursor, *cursor.at ? "'#' or the end" : "'#'", error);
	*ret = path;
	return 0;
}

int lend_location_resolve(const struct lend_fs *fs, const char *path, struct lend_address *ret,
			  struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses functions = { 0 };
	struct builder wanted;
	int r;

	r = parse_path(path, &wanted, error);
	if (r < 0)
		return r;
	r = lend_functions_list(fs, &functions, error);
	if (r < 0)
		return r;

	for (size_t i = 0; i < functions.count; i++) {
		const struct lend_address address = functions.items[i];
		char candidate[LEND_LOCATION_MAX];

		/* The address tells the last hop: most functions need no look at their place. */
		if (address.device != wanted.device || address.function != wanted.function)
			continue;
		if (lend_location_path(fs, address, candidate, sizeof(candidate), NULL) < 0 ||
		    strcmp(candidate, wanted.text) != 0)
			continue;
		*ret = address;
		return 0;
	}
	lend_error_set(error, -ENODEV, "%s: nothing is plugged there", wanted.text);
	return lend_error_hint(error, -ENODEV, "'lendpci survey' prints the location path of each device");
}
