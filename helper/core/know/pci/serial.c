/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serial numbers as lspci writes them. */
#include "lendpci/know/pci/serial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/text.h"

enum { BYTES = 8, LENGTH = 3 * BYTES - 1 };

struct lend_serial_text lend_serial_text(uint64_t serial)
{
	struct lend_serial_text ret;

	for (size_t i = 0; i < BYTES; i++)
		(void)snprintf(ret.text + 3 * i, sizeof(ret.text) - 3 * i, "%02x%s",
			       (unsigned)(serial >> (8 * (BYTES - 1 - i)) & 0xff), i < BYTES - 1 ? "-" : "");
	return ret;
}

int lend_serial_parse(const char *text, uint64_t *ret)
{
	uint64_t serial = 0;

	if (strlen(text) != LENGTH)
		return -EINVAL;
	for (size_t i = 0; i < BYTES; i++) {
		const char digits[] = { text[3 * i], text[3 * i + 1], '\0' };
		uint32_t byte;

		if (lend_text_to_u32(digits, 16, &byte) < 0 || (i < BYTES - 1 && text[3 * i + 2] != '-'))
			return -EINVAL;
		serial = serial << 8 | byte;
	}
	if (!lend_serial_is_valid(serial))
		return -EINVAL;
	*ret = serial;
	return 0;
}

bool lend_serial_is_valid(uint64_t serial)
{
	return serial != 0 && serial != UINT64_MAX;
}
