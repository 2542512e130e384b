/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/know/pci/address.h"

struct lend_fs;

enum { LEND_USB_DEVICES_MAX = 32 };

/** The class of a controller, without its programming interface. */
enum { LEND_CLASS_USB = 0x0c03 };

/** What is plugged into a USB controller, hubs aside. */
struct lend_usb_device {
	char name[128]; /* "Logitech USB Keyboard"; its ids where it does not say. Printable */
	bool is_keyboard;
};

/** Those of a controller, or of what hangs from it. */
struct lend_usb_devices {
	struct lend_usb_device items[LEND_USB_DEVICES_MAX];
	size_t count; /* at most LEND_USB_DEVICES_MAX */
};

/** What @name in sysfs is: "usb3", a controller's own hub, "3-1" or "3-1.4"; or "3-1:1.0" below "3-1". */
bool lend_usb_is_device(const char *name);
bool lend_usb_is_interface(const char *name);

/**
 * Reads what is plugged into @address; empty for what is no USB controller, or has no driver of the host's. What cannot
 * be read is left out.
 *
 * Source: sysfs' usbN and N-PORT[.PORT…] below the function, and their product, manufacturer, bDeviceClass and
 * interfaces (Documentation/ABI/testing/sysfs-bus-usb). A keyboard is an HID interface of the boot protocol 1
 * (HID 1.11, 4.3), which a receiver of wireless ones has, too.
 */
void lend_usb_devices_read(const struct lend_fs *fs, struct lend_address address, struct lend_usb_devices *ret);
