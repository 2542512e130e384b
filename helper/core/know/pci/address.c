/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI addresses as lspci and sysfs write them. Always hexadecimal: a bus number 08 is never octal. */
#include "lendpci/know/pci/address.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/error.h"

struct lend_address_text lend_address_text(struct lend_address address)
{
	struct lend_address_text ret;

	(void)snprintf(ret.text, sizeof(ret.text), "%04x:%02x:%02x.%x", address.domain, address.bus, address.device,
		       address.function);
	return ret;
}

struct lend_address_text lend_address_slot_text(struct lend_address address)
{
	struct lend_address_text ret;

	(void)snprintf(ret.text, sizeof(ret.text), "%04x:%02x:%02x", address.domain, address.bus, address.device);
	return ret;
}

/* Reads one hexadecimal number of @least to @most digits, and moves @at behind it. */
static bool take_hex(const char **at, int least, int most, uint32_t *ret)
{
	uint32_t value = 0;
	int digits = 0;

	for (; isxdigit((unsigned char)**at) && digits < most; (*at)++, digits++) {
		int c = tolower((unsigned char)**at);

		value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*ret = value;
	return digits >= least;
}

/* Reads [domain:]bus:device and moves @at behind it. */
static bool take_slot(const char **at, struct lend_address *ret)
{
	const char *first_colon = strchr(*at, ':');
	uint32_t domain = 0, bus, device;

	if (first_colon && strchr(first_colon + 1, ':')) {
		if (!take_hex(at, 4, 8, &domain) || *(*at)++ != ':')
			return false;
	}
	if (!take_hex(at, 1, 2, &bus) || *(*at)++ != ':')
		return false;
	if (!take_hex(at, 1, 2, &device) || device > 31)
		return false;

	*ret = (struct lend_address){ .domain = domain, .bus = (uint8_t)bus, .device = (uint8_t)device };
	return true;
}

int lend_address_parse(const char *text, struct lend_address *ret, struct lend_error *error)
{
	struct lend_address address;
	const char *at = text;
	uint32_t function;

	if (!take_slot(&at, &address) || *at++ != '.' || !take_hex(&at, 1, 1, &function) || function > 7 || *at)
		return lend_error_set(error, -EINVAL, "%s: not a PCI address: expected 0000:01:00.0 or 01:00.0", text);
	address.function = (uint8_t)function;
	*ret = address;
	return 0;
}

int lend_address_parse_slot(const char *text, struct lend_address *ret, struct lend_error *error)
{
	struct lend_address address;
	const char *at = text;

	if (!take_slot(&at, &address) || *at)
		return lend_error_set(error, -EINVAL, "%s: not a PCI slot: expected 0000:01:00 or 01:00", text);
	*ret = address;
	return 0;
}

int lend_address_compare(struct lend_address a, struct lend_address b)
{
	if (a.domain != b.domain)
		return a.domain < b.domain ? -1 : 1;
	if (a.bus != b.bus)
		return a.bus < b.bus ? -1 : 1;
	if (a.device != b.device)
		return a.device < b.device ? -1 : 1;
	return a.function < b.function ? -1 : a.function > b.function;
}

int lend_address_compare_qsort(const void *a, const void *b)
{
	return lend_address_compare(*(const struct lend_address *)a, *(const struct lend_address *)b);
}

bool lend_address_equal(struct lend_address a, struct lend_address b)
{
	return lend_address_compare(a, b) == 0;
}

bool lend_address_same_slot(struct lend_address a, struct lend_address b)
{
	return a.domain == b.domain && a.bus == b.bus && a.device == b.device;
}
