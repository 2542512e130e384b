/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is plugged into a USB controller. */
#include "lendpci/know/pci/usb_devices.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/function.h"

/* USB allows five hubs one behind the other. */
enum { DEPTH_MAX = 8 };

static bool attribute_is(const struct lend_fs *fs, const char *directory, const char *attribute, const char *value)
{
	char path[PATH_MAX + 64], text[16];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, attribute);
	return lend_fs_read(fs, path, text, sizeof(text), NULL) == 0 && strcmp(text, value) == 0;
}

static bool read_text(const struct lend_fs *fs, const char *directory, const char *attribute, char *ret, size_t size)
{
	char path[PATH_MAX + 64];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, attribute);
	if (lend_fs_read(fs, path, ret, size, NULL) < 0)
		ret[0] = '\0';
	return *ret;
}

bool lend_usb_is_interface(const char *name)
{
	return isdigit((unsigned char)*name) && strchr(name, ':');
}

bool lend_usb_is_device(const char *name)
{
	return strncmp(name, "usb", 3) == 0 ? isdigit((unsigned char)name[3])
					    : isdigit((unsigned char)*name) && strchr(name, '-') && !strchr(name, ':');
}

static bool is_keyboard(const struct lend_fs *fs, const char *interface)
{
	return attribute_is(fs, interface, "bInterfaceClass", "03") &&
	       attribute_is(fs, interface, "bInterfaceProtocol", "01");
}

/* The maker's name only where the product's does not begin with it. */
static void name_device(const struct lend_fs *fs, const char *directory, char *ret, size_t size)
{
	char maker[64], product[64];

	(void)read_text(fs, directory, "manufacturer", maker, sizeof(maker));
	if (read_text(fs, directory, "product", product, sizeof(product))) {
		const bool is_said = !*maker || strncmp(product, maker, strlen(maker)) == 0;

		(void)snprintf(ret, size, "%s%s%s", is_said ? "" : maker, is_said ? "" : " ", product);
	} else {
		(void)read_text(fs, directory, "idVendor", maker, sizeof(maker));
		(void)read_text(fs, directory, "idProduct", product, sizeof(product));
		(void)snprintf(ret, size, "%s:%s", maker, product);
	}
	lend_text_make_printable(ret);
}

static void walk(const struct lend_fs *fs, const char *directory, unsigned depth, struct lend_usb_device *device,
		 struct lend_usb_devices *ret);

static void add(const struct lend_fs *fs, const char *directory, unsigned depth, struct lend_usb_devices *ret)
{
	struct lend_usb_device *device = NULL;

	if (!attribute_is(fs, directory, "bDeviceClass", "09") && ret->count < LEND_USB_DEVICES_MAX) {
		device = &ret->items[ret->count++];
		*device = (struct lend_usb_device){ 0 };
		name_device(fs, directory, device->name, sizeof(device->name));
	}
	walk(fs, directory, depth, device, ret);
}

/* What is in @directory: interfaces of @device, NULL for a hub, and devices behind a hub. */
static void walk(const struct lend_fs *fs, const char *directory, unsigned depth, struct lend_usb_device *device,
		 struct lend_usb_devices *ret)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (depth == DEPTH_MAX || lend_fs_list(fs, directory, &names, NULL, NULL) < 0)
		return;
	for (char **name = names; *name; name++) {
		char path[PATH_MAX];

		if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, *name) >= sizeof(path))
			continue;
		if (lend_usb_is_interface(*name) && device)
			device->is_keyboard |= is_keyboard(fs, path);
		else if (lend_usb_is_device(*name))
			add(fs, path, depth + 1, ret);
	}
}

void lend_usb_devices_read(const struct lend_fs *fs, struct lend_address address, struct lend_usb_devices *ret)
{
	char path[PATH_MAX];

	*ret = (struct lend_usb_devices){ 0 };
	if (lend_fs_resolve(fs, lend_function_path(address, "").text, path, sizeof(path), NULL) == 0)
		walk(fs, path, 0, NULL, ret);
}
