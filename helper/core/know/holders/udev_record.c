/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What udev found on a disk.
 *
 * Relies on run/udev/data/bMAJOR:MINOR: lines of "E:NAME=value" (systemd, src/libsystemd/sd-device). It is as old as
 * the last event of the disk.
 */
#include "udev_record.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"

enum { RECORD_MAX = 256 * 1024 };

/* The value of property @name in the lines of @text. */
static bool find_property(const char *text, const char *name, char *ret, size_t size)
{
	const size_t length = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "E:", 2) != 0 || strncmp(line + 2, name, length) != 0 || line[2 + length] != '=')
			continue;
		line += 2 + length + 1;
		return (size_t)snprintf(ret, size, "%.*s", (int)strcspn(line, "\n"), line) < size;
	}
	return false;
}

/* In values that end in _ENC, what is no plain character is written as \x20. */
static void decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		const char digits[3] = { from[1] == 'x' ? from[2] : '\0', from[1] == 'x' && from[2] ? from[3] : '\0' };
		uint32_t byte;

		if (*from == '\\' && digits[1] && lend_text_to_u32(digits, 16, &byte) == 0 && byte) {
			*to = (char)byte;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

bool lend_udev_zfs_pool(const struct lend_fs *fs, dev_t number, char *ret, size_t size)
{
	_cleanup_free_ char *text = NULL;
	char path[64], type[32];

	(void)snprintf(path, sizeof(path), "run/udev/data/b%u:%u", major(number), minor(number));
	if (!number || lend_fs_read_all(fs, path, RECORD_MAX, &text, NULL, NULL) < 0 ||
	    !find_property(text, "ID_FS_TYPE", type, sizeof(type)) || strcmp(type, "zfs_member") != 0)
		return false;
	if (find_property(text, "ID_FS_LABEL_ENC", ret, size))
		decode(ret);
	else if (!find_property(text, "ID_FS_LABEL", ret, size))
		*ret = '\0';
	return true;
}
