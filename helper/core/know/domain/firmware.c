/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which OVMF a guest starts with. An image does not tell its version; the package that it came with does. */
#include "lendpci/know/domain/firmware.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/domain/guest.h"

#define DESCRIPTORS "usr/share/qemu/firmware"

/* A desktop's package list has some 5 MiB. */
enum { DESCRIPTOR_MAX = 64 * 1024, STATUS_MAX = 64 * 1024 * 1024 };

static void decref(json_t **json)
{
	json_decref(*json);
}

static bool has_string(const json_t *array, const char *text)
{
	const json_t *value;
	size_t i;

	json_array_foreach (array, i, value) {
		if (json_is_string(value) && strcmp(json_string_value(value), text) == 0)
			return true;
	}
	return false;
}

static bool is_for_x86(const json_t *descriptor)
{
	const json_t *target;
	size_t i;

	json_array_foreach (json_object_get(descriptor, "targets"), i, target) {
		const char *architecture = json_string_value(json_object_get(target, "architecture"));

		if (architecture && strcmp(architecture, "x86_64") == 0)
			return true;
	}
	return false;
}

/* The image of the UEFI firmware in one descriptor; false when it has none for x86. */
static bool read_descriptor(const struct lend_fs *fs, const char *name, char *ret, size_t size)
{
	_cleanup_(decref) json_t *descriptor = NULL;
	_cleanup_free_ char *text = NULL;
	const char *image;
	char path[320];

	(void)snprintf(path, sizeof(path), DESCRIPTORS "/%.255s", name);
	if (lend_fs_read_all(fs, path, DESCRIPTOR_MAX, &text, NULL, NULL) < 0)
		return false;
	descriptor = json_loads(text, 0, NULL);
	if (!has_string(json_object_get(descriptor, "interface-types"), "uefi") || !is_for_x86(descriptor))
		return false;
	image = json_string_value(
		json_object_get(json_object_get(json_object_get(descriptor, "mapping"), "executable"), "filename"));
	return image && (size_t)snprintf(ret, size, "%s", image) < size;
}

/* libvirt takes the first that fits, in the order of the names. */
static bool find_image(const struct lend_fs *fs, char *ret, size_t size)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (lend_fs_list(fs, DESCRIPTORS, &names, NULL, NULL) < 0)
		return false;
	for (char **name = names; *name; name++)
		if (read_descriptor(fs, *name, ret, size))
			return true;
	return false;
}

/* The version of @package in dpkg's list: paragraphs of "Package: ovmf", "Version: 2022.11-6". */
static unsigned package_release(const struct lend_fs *fs, const char *package)
{
	_cleanup_free_ char *text = NULL;
	unsigned year = 0, month = 0;
	char wanted[64], *at, *end;

	if (lend_fs_read_all(fs, "var/lib/dpkg/status", STATUS_MAX, &text, NULL, NULL) < 0)
		return 0;
	(void)snprintf(wanted, sizeof(wanted), "Package: %s\n", package);
	for (at = text; (at = strstr(at, wanted)); at++)
		if (at == text || at[-1] == '\n')
			break;
	if (!at)
		return 0;
	end = strstr(at, "\n\n");
	if (end)
		*end = '\0';
	at = strstr(at, "\nVersion: ");
	if (!at || sscanf(at, "\nVersion: %4u.%2u", &year, &month) != 2 || year < 2000 || month < 1 || month > 12)
		return 0;
	return year * 100 + month;
}

unsigned lend_firmware_release(const struct lend_fs *fs, const struct lend_guest *guest)
{
	char image[sizeof(guest->loader)];

	if (!guest->uefi)
		return 0;
	(void)snprintf(image, sizeof(image), "%s", guest->loader);
	if (!*image && !find_image(fs, image, sizeof(image)))
		return 0;
	if (strncasecmp(image, "/usr/share/ovmf/", strlen("/usr/share/ovmf/")) != 0)
		return 0;
	return package_release(fs, "ovmf");
}
