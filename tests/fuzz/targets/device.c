/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DEVICE as it is typed: an address, a slot, a location path; and what comes of it printed again. */
#include "cli/device_argument.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/location_path.h"
#include "lendpci/know/pci/serial.h"

/* Anything else is looked for among the names of the host's devices, which takes a thousand times as long. */
static bool says_where(const char *text)
{
	struct lend_address address;

	return strncasecmp(text, "PCIROOT", strlen("PCIROOT")) == 0 || lend_address_parse(text, &address, NULL) == 0 ||
	       lend_address_parse_slot(text, &address, NULL) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses found = { 0 };
	_cleanup_free_ char *text = fuzz_text(data, size);
	const struct lend_fs *fs = fuzz_host("lab");
	struct lend_address address, again;
	struct lend_error error = { 0 };
	char path[LEND_LOCATION_MAX];
	uint64_t number;
	int r;

	if (size % 64 == 63 || says_where(text)) {
		r = lend_device_arguments(fs, &text, 1, &found, &error);
		FUZZ_RULE(r == 0 ? found.count > 0 : *error.text != '\0', "a device, or a sentence");
	}
	if (lend_address_parse(text, &address, NULL) == 0)
		FUZZ_RULE(lend_address_parse(lend_address_text(address).text, &again, NULL) == 0 &&
				  lend_address_equal(address, again),
			  "an address is read as it is printed");
	if (lend_location_resolve(fs, text, &address, NULL) == 0)
		FUZZ_RULE(lend_location_path(fs, address, path, sizeof(path), NULL) == 0 &&
				  lend_location_resolve(fs, path, &again, NULL) == 0 &&
				  lend_address_equal(address, again),
			  "a location path leads to where it was made");
	(void)lend_text_to_size(text, &number);
	(void)lend_serial_parse(text, &number);
	lend_text_make_printable(text);
	for (const char *at = text; *at; at++)
		FUZZ_RULE((unsigned char)*at >= ' ' && *at != 0x7f, "printable text drives no terminal");
	return 0;
}
