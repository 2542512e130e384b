/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The framebuffer that firmware set up: whose memory it is in, and which platform device draws there.
 *
 * A host has one at most: the kernel knows of one (struct screen_info), and makes one platform device of it, by the
 * name of which its driver is chosen: drivers/firmware/sysfb.c. A driver that drives the card for real has the kernel
 * remove the device for good: drivers/video/aperture.c.
 */
#include "lendpci/know/pci/firmware_framebuffer.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/function.h"

/* A large server's /proc/iomem has some thousand lines. */
enum { IOMEM_MAX = 4 * 1024 * 1024 };

/* What the kernel calls it in /proc/iomem. */
static bool is_region(const char *name)
{
	static const char *const names[] = {
		"efifb", "vesafb", "simplefb", "simple-framebuffer", "simpledrm", "BOOTFB"
	};

	for (size_t i = 0; i < LEND_ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/*
 * /proc/iomem is a tree by indentation, two blanks a level:
 *
 *	c0000000-cfffffff : 0000:01:00.0
 *	  c0000000-c07e8fff : efifb
 */
int lend_firmware_framebuffer_owners(const struct lend_fs *fs, struct lend_addresses *ret, struct lend_error *error)
{
	_cleanup_free_ char *text = NULL;
	struct lend_address owner = { 0 };
	size_t owner_depth = SIZE_MAX;
	char *save = NULL;

	if (lend_fs_read_all(fs, "proc/iomem", IOMEM_MAX, &text, NULL, NULL) < 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t depth = strspn(line, " ");
		const char *name = strstr(line, " : ");

		if (!name)
			continue;
		name += strlen(" : ");
		if (depth <= owner_depth)
			owner_depth = SIZE_MAX;
		if (lend_address_parse(name, &owner, NULL) == 0)
			owner_depth = depth;
		if (owner_depth == SIZE_MAX || !is_region(name) || lend_addresses_contain(ret, owner))
			continue;
		if (lend_addresses_add(ret, owner) < 0)
			return lend_error_set(error, -ENOMEM, "%s: out of memory", lend_address_text(owner).text);
	}
	return 0;
}

bool lend_firmware_framebuffer_is_name(const char *device)
{
	static const char *const names[] = { "efi-framebuffer.", "vesa-framebuffer.", "simple-framebuffer." };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(names); i++)
		if (strncmp(device, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

bool lend_firmware_framebuffer_find(const struct lend_fs *fs, struct lend_firmware_framebuffer *ret)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (lend_fs_list(fs, LEND_PLATFORM "/devices", &names, NULL, NULL) < 0)
		return false;
	for (char **name = names; *name; name++) {
		struct lend_firmware_framebuffer found = { 0 };
		char path[320];

		if (!lend_firmware_framebuffer_is_name(*name) || strlen(*name) >= sizeof(found.device))
			continue;
		(void)snprintf(found.device, sizeof(found.device), "%s", *name);
		(void)snprintf(path, sizeof(path), LEND_PLATFORM "/devices/%s/driver", *name);
		if (lend_fs_link_name(fs, path, found.driver, sizeof(found.driver), NULL) < 0)
			found.driver[0] = '\0';
		*ret = found;
		return true;
	}
	return false;
}
