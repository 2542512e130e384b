/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey for people:
 *
 *	0000:01:00.0  NVIDIA Corporation GP104 [GeForce GTX 1080]
 *	  verdict     can be lent, with 1 warning
 *	  warning     it shows the host's screen, which stays dark while it is lent
 *
 * A word on the left, what there is to say on the right, wrapped where the screen ends.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/terminal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"
#include "lendpci/decide/companion.h"
#include "lendpci/know/pci/serial.h"
#include "survey/survey.h"

enum { INDENT = 14 };

struct page {
	FILE *out;
	bool colour;
	size_t columns;
};

static void print_row(const struct page *page, const char *colour, const char *label, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void print_row(const struct page *page, const char *colour, const char *label, const char *format, ...)
{
	char text[2048];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	lend_text_make_printable(text);

	(void)fprintf(page->out, "  %s%-*s%s", page->colour && colour ? colour : "", INDENT - 2, label,
		      page->colour && colour ? LEND_PLAIN : "");
	lend_columns_wrap(page->out, text, INDENT, page->columns);
}

const char *lend_survey_kind(enum lend_pci_kind kind)
{
	static const char *const names[] = {
		[LEND_KIND_CONVENTIONAL] = "conventional PCI",
		[LEND_KIND_ENDPOINT] = "PCI Express endpoint",
		[LEND_KIND_LEGACY_ENDPOINT] = "PCI Express legacy endpoint",
		[LEND_KIND_INTEGRATED_ENDPOINT] = "root complex integrated endpoint",
		[LEND_KIND_ROOT_PORT] = "root port",
		[LEND_KIND_UPSTREAM_PORT] = "switch upstream port",
		[LEND_KIND_DOWNSTREAM_PORT] = "switch downstream port",
		[LEND_KIND_PCI_BRIDGE] = "PCI Express to PCI bridge",
		[LEND_KIND_EVENT_COLLECTOR] = "root complex event collector",
	};

	return names[kind];
}

static void print_verdict(const struct page *page, const struct lend_verdict *verdict)
{
	unsigned warnings = 0;

	for (size_t i = 0; i < verdict->count; i++)
		warnings += verdict->reasons[i].severity == LEND_SEVERITY_WARNING;
	if (verdict->assignable && warnings)
		print_row(page, LEND_YELLOW, "verdict", "can be lent, with %u warning%s", warnings,
			  warnings > 1 ? "s" : "");
	else if (verdict->assignable)
		print_row(page, LEND_GREEN, "verdict", "can be lent");
	else
		print_row(page, LEND_RED, "verdict", verdict->passing ? "cannot be lent now" : "cannot be lent");

	for (size_t i = 0; i < verdict->count; i++) {
		static const char *const colours[] = { LEND_RED, LEND_YELLOW, NULL };
		const struct lend_reason *reason = &verdict->reasons[i];

		print_row(page, colours[reason->severity], lend_severity_name(reason->severity), "%s", reason->text);
		if (*reason->hint)
			print_row(page, NULL, "", "hint: %s", reason->hint);
	}
}

/* The addresses of @list but for @self, after @before. */
static void list_others(char *ret, size_t size, const char *before, const struct lend_addresses *list,
			struct lend_address self)
{
	size_t length = 0;

	*ret = '\0';
	for (size_t i = 0; i < list->count && length < size; i++)
		if (!lend_address_equal(list->items[i], self))
			length += (size_t)snprintf(ret + length, size - length, "%s%s", length ? ", " : before,
						   lend_address_text(list->items[i]).text);
}

static void print_group(const struct page *page, const struct lend_device *device)
{
	char others[1024] = "";
	size_t length = 0;

	if (device->function.iommu_group == LEND_NO_GROUP) {
		print_row(page, NULL, "group", "none");
		return;
	}
	for (size_t i = 0; i < device->group_count && length < sizeof(others); i++)
		if (!lend_address_equal(device->group[i]->address, device->function.address))
			length += (size_t)snprintf(others + length, sizeof(others) - length, "%s%s",
						   length ? ", " : ", with ",
						   lend_address_text(device->group[i]->address).text);
	print_row(page, NULL, "group", "%d%s", device->function.iommu_group, others);
}

static void print_reset(const struct page *page, const struct lend_survey *survey)
{
	const struct lend_reset_methods *reset = &survey->device.reset;
	char list[256] = "";

	for (size_t i = 0; i < reset->count; i++) {
		(void)strcat(list, i ? ", " : "");
		(void)strcat(list, reset->methods[i]);
	}
	if (!reset->count)
		(void)strcat(list, lend_verdict_find(&survey->verdict, "reset-together") ? "with its whole slot only"
											 : "none");
	print_row(page, NULL, "reset", "%s", list);
}

static void print_mmio(const struct page *page, const struct lend_mmio_need *need)
{
	const uint64_t mib = UINT64_C(1) << 20;

	print_row(page, NULL, "MMIO", "%s low, %s high: needs %" PRIu64 " MB (Hyper-V calls it MMIO gap space)",
		  lend_size_text(need->low).text, lend_size_text(need->high).text,
		  (need->low + need->high + mib - 1) / mib);
}

/* @kind is "BAR", or "VF BAR" for what each virtual function has. */
static void print_bars(const struct page *page, const char *kind, const struct lend_bars *bars)
{
	for (size_t i = 0; i < bars->count; i++) {
		const struct lend_bar *bar = &bars->items[i];
		char label[16] = "ROM", place[48] = ", without an address", sizes[96] = "";

		if (bar->index != LEND_BAR_ROM)
			(void)snprintf(label, sizeof(label), "%s %u", kind, bar->index);
		if (bar->start)
			(void)snprintf(place, sizeof(place), " at 0x%" PRIx64, bar->start);
		if (bar->sizes)
			(void)snprintf(sizes, sizeof(sizes), ", resizable from %s to %s",
				       lend_size_text(UINT64_C(1) << (20 + __builtin_ctzll(bar->sizes))).text,
				       lend_size_text(UINT64_C(1) << (83 - __builtin_clzll(bar->sizes))).text);
		print_row(page, NULL, label, "%s, %u-bit%s%s%s", lend_size_text(bar->size).text, bar->bits,
			  bar->prefetchable ? " prefetchable" : "", sizes, place);
	}
}

static void print_capabilities(const struct page *page, const struct lend_capabilities *can)
{
	if (!can->known)
		return;
	print_row(page, NULL, "interrupts", "%s%s%s%s", can->msix ? "MSI-X " : "", can->msi ? "MSI " : "",
		  can->intx ? "INTx" : "", can->msix || can->msi || can->intx ? "" : "none");
	if (can->serial)
		print_row(page, NULL, "serial", "%s", lend_serial_text(can->serial).text);
}

void lend_survey_print(FILE *out, const struct lend_survey *survey, struct lend_survey_look look)
{
	const struct page page = { out, look.colour, look.columns };
	const struct lend_device *device = &survey->device;
	const struct lend_function *function = &device->function;
	const char *kind = lend_survey_kind(device->capabilities.kind);
	char others[256];

	(void)fprintf(out, "%s%-*s%s", page.colour ? LEND_BOLD : "", INDENT, lend_address_text(function->address).text,
		      page.colour ? LEND_PLAIN : "");
	lend_columns_wrap(out, survey->name, INDENT, look.columns);
	print_verdict(&page, &survey->verdict);

	print_row(&page, NULL, "kind", "%s [%04x:%04x]%s%s%s", survey->class_name, function->vendor, function->device,
		  device->function.is_virtual ? ", virtual function" : "", kind ? ", " : "", kind ? kind : "");
	print_row(&page, NULL, "driver", "%s", *function->driver ? function->driver : "none");
	for (size_t i = 0; i < survey->holders->count; i++) {
		_cleanup_free_ char *who = NULL;

		const struct lend_holder *holder = &survey->holders->items[i];
		const bool own = lend_address_equal(holder->function, function->address);

		if (!lend_companion_goes_along(device, holder->function))
			continue;
		who = lend_holder_describe(holder);
		print_row(&page, NULL, "in use by", "%s%s%s", who ? who : "", own ? "" : ", through ",
			  own ? "" : lend_address_text(holder->function).text);
	}
	print_group(&page, device);
	list_others(others, sizeof(others), "", &device->card, function->address);
	list_others(others + strlen(others), sizeof(others) - strlen(others), *others ? ", " : "", &device->parts,
		    function->address);
	if (*others)
		print_row(&page, NULL, "same card", "%s", others);
	print_reset(&page, survey);
	print_mmio(&page, &survey->need);
	if (look.verbose) {
		print_row(&page, NULL, "combines", "%s", survey->caching.text);
		print_bars(&page, "BAR", &device->bars);
		print_bars(&page, "VF BAR", &device->virtual_bars);
		print_capabilities(&page, &device->capabilities);
	}
	if (*device->location)
		print_row(&page, NULL, "location", "%s", device->location);
}
