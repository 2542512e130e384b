/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/decide/write_combining.h"

#include <stdio.h>

#include "lendpci/know/host/address_width.h"
#include "lendpci/know/pci/bars.h"

#define TELL(...) (void)snprintf(ret->text, sizeof(ret->text), __VA_ARGS__)

static bool has_prefetchable(const struct lend_bars *bars)
{
	for (size_t i = 0; i < bars->count; i++)
		if (bars->items[i].prefetchable && bars->items[i].index != LEND_BAR_ROM)
			return true;
	return false;
}

void lend_write_combining_evaluate(const struct lend_address_width *host, const struct lend_bars *bars,
				   struct lend_write_combining *ret)
{
	*ret = (struct lend_write_combining){ .known = true };
	if (!has_prefetchable(bars)) {
		TELL("no: it has no prefetchable memory, where alone writes may be combined");
	} else if (host->vendor == LEND_VENDOR_AMD) {
		ret->combines = true;
		TELL("yes: under AMD's nested paging the guest's own page attributes count");
	} else if (host->vendor == LEND_VENDOR_INTEL) {
		ret->combines = true;
		TELL("yes: KVM leaves the memory of devices to the guest's page attributes%s",
		     !host->snoop_known     ? ""
		     : host->enforces_snoop ? "; its own memory stays write-back, since the IOMMU enforces snooping"
					    : "; those of its own memory too, since the IOMMU cannot enforce snooping");
	} else {
		ret->known = false;
		TELL("not known: the host does not tell whose CPU it has");
	}
}
