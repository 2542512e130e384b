/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Framebuffers and text consoles. The rules are those of fbcon.c in Linux 6.1 and 6.12: fbcon takes the consoles over
 * when fb0 comes or when there was no framebuffer before; when the one that they are on goes they fall to the dummy,
 * also where there is another one; fbcon is gone from sysfs when the last one is.
 */
#include "fake_console.h"

#include <limits.h>
#include <string.h>

#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/firmware_framebuffer.h"
#include "test.h"

#define FRAMEBUFFERS "sys/class/graphics"
#define FAKE_FIRMWARE_DRIVER LEND_PLATFORM "/drivers/efi-framebuffer"
#define DUMMY "sys/class/vtconsole/vtcon0"

enum { FRAMEBUFFERS_MAX = 32, NONE = -1 };

struct text {
	char text[PATH_MAX];
};

static struct text framebuffer(int index, const char *rest)
{
	struct text ret;

	(void)snprintf(ret.text, sizeof(ret.text), FRAMEBUFFERS "/fb%d%s", index, rest);
	return ret;
}

/* Whose framebuffer it is; "" for none. */
static struct text owner(struct fake_kernel *kernel, int index)
{
	const struct text link = framebuffer(index, "/device");
	struct text ret = { "" };

	(void)lend_fs_link_name(fake_kernel_fs(kernel), link.text, ret.text, sizeof(ret.text), NULL);
	return ret;
}

/* The first framebuffer of @address, or of anybody for NULL. */
static int first(struct fake_kernel *kernel, const char *address)
{
	for (int i = 0; i < FRAMEBUFFERS_MAX; i++) {
		const struct text found = owner(kernel, i);

		if (address ? strcmp(found.text, address) == 0 : *found.text)
			return i;
	}
	return NONE;
}

void fake_console_bind(struct fake_kernel *kernel, bool bound)
{
	fake_attribute(kernel, FAKE_CONSOLE "/bind", bound ? "1\n" : "0\n");
	fake_attribute(kernel, DUMMY "/bind", bound ? "0\n" : "1\n");
}

void fake_console_begin(struct fake_kernel *kernel)
{
	fake_attribute(kernel, FRAMEBUFFERS "/fbcon/rotate", "0\n");
	fake_attribute(kernel, DUMMY "/name", "(S) dummy device\n");
	fake_attribute(kernel, DUMMY "/bind", "1\n");
}

static void add(struct fake_kernel *kernel, const char *address)
{
	const bool is_first = first(kernel, NULL) == NONE;
	struct text target;
	int index = 0;

	while (*owner(kernel, index).text)
		index++;
	(void)snprintf(target.text, sizeof(target.text), "../../../bus/pci/devices/%s", address);
	fake_link(kernel, framebuffer(index, "/device").text, target.text);
	if (is_first)
		fake_attribute(kernel, FAKE_CONSOLE "/name", "(M) frame buffer device\n");
	if (is_first || index == 0)
		fake_console_bind(kernel, true);
}

static void drop(struct fake_kernel *kernel, int index)
{
	const bool had_consoles = first(kernel, NULL) == index;

	fake_remove(kernel, framebuffer(index, "").text);
	if (had_consoles)
		fake_console_bind(kernel, false);
	if (first(kernel, NULL) == NONE)
		fake_remove(kernel, FAKE_CONSOLE);
}

void fake_console_bound(struct fake_kernel *kernel, const char *address, const char *driver)
{
	const int index = first(kernel, address);
	struct text path;

	if (index != NONE)
		drop(kernel, index);
	(void)snprintf(path.text, sizeof(path.text), "fake/framebuffers/%s", address);
	if (strcmp(fake_read(kernel, path.text), driver) == 0)
		add(kernel, address);
}

void fake_framebuffer(struct fake_kernel *kernel, const char *address, const char *driver)
{
	struct text path;

	(void)snprintf(path.text, sizeof(path.text), "fake/framebuffers/%s", address);
	if (driver)
		fake_attribute(kernel, path.text, driver);
	else
		fake_remove(kernel, path.text);
	(void)snprintf(path.text, sizeof(path.text), "%s", fake_driver(kernel, address));
	fake_console_bound(kernel, address, path.text);
}

/* efifb's claim and fb device are there as long as the driver is. */
static void draw_as_firmware_did(struct fake_kernel *kernel, bool draws)
{
	const char *address = fake_read(kernel, "fake/firmware-framebuffer");
	struct text path;

	(void)snprintf(path.text, sizeof(path.text), "c0000000-cfffffff : %s\n%sd0000000-d1ffffff : 0000:00:1f.2\n",
		       address, draws ? "  c0000000-c07e8fff : efifb\n" : "");
	fake_attribute(kernel, "proc/iomem", path.text);
	if (draws) {
		fake_link(kernel, LEND_PLATFORM "/devices/" FAKE_FIRMWARE_FRAMEBUFFER "/driver",
			  "../../drivers/efi-framebuffer");
		add(kernel, FAKE_FIRMWARE_FRAMEBUFFER);
	} else {
		fake_remove(kernel, LEND_PLATFORM "/devices/" FAKE_FIRMWARE_FRAMEBUFFER "/driver");
		drop(kernel, first(kernel, FAKE_FIRMWARE_FRAMEBUFFER));
	}
}

void fake_firmware_framebuffer(struct fake_kernel *kernel, const char *address)
{
	fake_attribute(kernel, "fake/firmware-framebuffer", address);
	fake_attribute(kernel, LEND_PLATFORM "/devices/" FAKE_FIRMWARE_FRAMEBUFFER "/modalias", "platform\n");
	fake_attribute(kernel, FAKE_FIRMWARE_DRIVER "/bind", "");
	fake_attribute(kernel, FAKE_FIRMWARE_DRIVER "/unbind", "");
	draw_as_firmware_did(kernel, true);
}

bool fake_console_write(struct fake_kernel *kernel, const char *path)
{
	if (strcmp(path, FAKE_FIRMWARE_DRIVER "/bind") != 0 && strcmp(path, FAKE_FIRMWARE_DRIVER "/unbind") != 0)
		return false;
	draw_as_firmware_did(kernel, lend_text_ends_with(path, "/bind"));
	return true;
}

void fake_console_dump(struct fake_kernel *kernel, FILE *out)
{
	for (int i = 0; i < FRAMEBUFFERS_MAX; i++)
		if (*owner(kernel, i).text)
			fprintf(out, "fb%d: %s\n", i, owner(kernel, i).text);
	fprintf(out, "consoles: dummy=%s", fake_read(kernel, DUMMY "/bind"));
	fprintf(out, " fbcon=%s\n", fake_read(kernel, FAKE_CONSOLE "/bind"));
}
