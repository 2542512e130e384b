/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What status --guest prints. */
#include "guest/bar_report.h"

#include <inttypes.h>

#include "lendpci/base/text.h"
#include "lendpci/decide/bar_placement.h"
#include "lendpci/know/domain/guest_pci.h"

static void print_bar(FILE *out, const struct lend_bar_placement *placement, const struct lend_bar_placement_bar *bar)
{
	const char *without = placement->fit == LEND_PLACEMENT_SWITCHED_OFF ? "switched off"
			      : bar->fits                                   ? "left out with the others"
									    : "has no place";
	char kind[32];

	(void)snprintf(kind, sizeof(kind), "%u-bit%s", bar->host.bits, bar->host.prefetchable ? " prefetchable" : "");
	(void)fprintf(out, "  BAR %u  %-8s  %-19s  ", bar->host.index, lend_size_text(bar->host.size).text, kind);
	if (bar->address)
		(void)fprintf(out, "at 0x%" PRIx64 ", %s 4 GiB\n", bar->address,
			      bar->address >> 32 ? "above" : "below");
	else
		(void)fprintf(out, "%s\n", without);
}

void lend_guest_bar_report_print(FILE *out, const char *domain, const struct lend_bar_placement *placement)
{
	const bool many = placement->count > 1;
	char all[32] = "its BAR";

	if (placement->count == 2)
		(void)snprintf(all, sizeof(all), "both BARs");
	else if (many)
		(void)snprintf(all, sizeof(all), "all %zu BARs", placement->count);
	(void)fprintf(out, "%s: %s: ", lend_text_printable(domain).text, lend_address_text(placement->source).text);
	switch (placement->fit) {
	case LEND_PLACEMENT_PLACED:
		if (placement->count)
			(void)fprintf(out, "%s %s place\n", all, many ? "have their" : "has its");
		else
			(void)fprintf(out, "has no memory that needs a place\n");
		break;
	case LEND_PLACEMENT_SWITCHED_OFF:
		(void)fprintf(out,
			      "there is room for %s; the guest has the function switched off: no driver, or asleep\n",
			      all);
		break;
	case LEND_PLACEMENT_NO_PLACE:
		(void)fprintf(out, "not all of its memory has a place\n");
		break;
	case LEND_PLACEMENT_NOT_SEEN:
		(void)fprintf(out, "not seen by QEMU\n");
		break;
	}
	for (size_t i = 0; i < placement->count; i++)
		print_bar(out, placement, &placement->bars[i]);
}

static json_t *bar_as_json(const struct lend_bar_placement_bar *bar)
{
	return json_pack("{s:i s:I s:i s:b s:o s:b}", "index", bar->host.index, "size", (json_int_t)bar->host.size,
			 "bits", bar->host.bits, "prefetchable", bar->host.prefetchable, "address",
			 bar->address ? json_integer((json_int_t)bar->address) : json_null(), "fits", bar->fits);
}

json_t *lend_guest_bar_report_to_json(const struct lend_bar_placement *placement)
{
	const bool placed = placement->fit == LEND_PLACEMENT_PLACED || placement->fit == LEND_PLACEMENT_SWITCHED_OFF;
	json_t *bars = json_array();

	for (size_t i = 0; i < placement->count; i++)
		if (json_array_append_new(bars, bar_as_json(&placement->bars[i])) < 0) {
			json_decref(bars);
			return NULL;
		}
	return json_pack("{s:s s:s? s:s s:b s:o}", "address", lend_address_text(placement->source).text,
			 "guest_address", placement->guest ? lend_address_text(placement->guest->address).text : NULL,
			 "state", lend_placement_name(placement->fit), "placed", placed, "bars", bars);
}
