/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's answer to query-pci, which a guest that has taken over its QEMU chooses. */
#include "lendpci/know/domain/guest_pci.h"

#include <stdlib.h>

#include "fuzz.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(lend_guest_pci_clear) struct lend_guest_pci guest = { 0 };
	_cleanup_free_ char *text = fuzz_text(data, size);
	struct lend_error error = { 0 };
	int r;

	r = lend_guest_pci_parse(text, size, &guest, &error);
	FUZZ_RULE(r == 0 || *error.text, "an answer, or a sentence");
	for (size_t i = 0; i < guest.count; i++)
		FUZZ_RULE(guest.functions[i].bars.count <= LEND_BARS_MAX, "a function has no more BARs than there are");
	return 0;
}
