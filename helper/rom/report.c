/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rom/report.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/json.h"
#include "cli/message.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/decide/option_rom_check.h"
#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/option_rom.h"

static void print_image(const struct lend_rom_image *image)
{
	const char *checksum = image->code != LEND_ROM_CODE_LEGACY ? ""
			       : image->is_changed                 ? ", checksum wrong"
								   : ", checksum right";
	char more[32] = "";

	if (image->device_count > 1)
		(void)snprintf(more, sizeof(more), " and %zu more", image->device_count - 1);
	lend_say("  %#8zx  %-13s %7zu bytes, for %04x:%04x%s%s", image->offset, lend_rom_code_name(image->code),
		 image->size, image->vendor, image->devices[0], more, checksum);
}

static void print_finding(const char *file, const struct lend_rom_finding *finding)
{
	char sentence[1024];

	switch (finding->severity) {
	case LEND_SEVERITY_INFO:
		lend_say("%s: %s", file, finding->text);
		break;
	case LEND_SEVERITY_WARNING:
		lend_warn(file, finding->hint, "%s", finding->text);
		break;
	case LEND_SEVERITY_ERROR:
		(void)snprintf(sentence, sizeof(sentence), "%.512s: %s", file, finding->text);
		lend_message_print(stderr, "", sentence);
		lend_message_hint(finding->hint);
		break;
	}
}

void lend_rom_report_print(const struct lend_rom_report *report)
{
	lend_say("%s: %zu bytes %s %s", report->file, report->rom->size,
		 report->was_read ? "read out of" : "found there, checked as a ROM for",
		 lend_address_text(report->function->address).text);
	for (size_t i = 0; i < report->rom->count; i++)
		print_image(&report->rom->images[i]);
	for (size_t i = 0; i < report->findings->count; i++)
		print_finding(report->file, &report->findings->items[i]);
}

static json_t *id(unsigned value)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "0x%04x", value);
	return json_string(text);
}

static json_t *image_to_json(const struct lend_rom_image *image)
{
	json_t *devices = json_array();

	for (size_t i = 0; i < image->device_count; i++)
		(void)json_array_append_new(devices, id(image->devices[i]));
	return json_pack("{s:I s:I s:s s:i s:o s:o s:o}", "offset", (json_int_t)image->offset, "size",
			 (json_int_t)image->size, "type", lend_rom_code_name(image->code), "code", image->code,
			 "vendor", id(image->vendor), "devices", devices, "checksum",
			 image->code != LEND_ROM_CODE_LEGACY ? json_null() : json_boolean(!image->is_changed));
}

static json_t *finding_to_json(const struct lend_rom_finding *finding)
{
	return json_pack("{s:s s:s s:s s:o}", "code", finding->code, "severity", lend_severity_name(finding->severity),
			 "text", finding->text, "hint", *finding->hint ? json_string(finding->hint) : json_null());
}

int lend_rom_report_print_json(const struct lend_rom_report *report, struct lend_error *error)
{
	json_t *images = json_array(), *findings = json_array(), *whole;
	int r = 0;

	for (size_t i = 0; i < report->rom->count; i++)
		r |= json_array_append_new(images, image_to_json(&report->rom->images[i]));
	for (size_t i = 0; i < report->findings->count; i++)
		r |= json_array_append_new(findings, finding_to_json(&report->findings->items[i]));
	whole = json_pack("{s:s s:s s:b s:I s:b s:b s:o s:o}", "file", lend_text_printable(report->file).text,
			  "address", lend_address_text(report->function->address).text, "read", report->was_read,
			  "size", (json_int_t)report->rom->size, "valid", !report->findings->has_error, "shadow",
			  report->is_shadow, "images", images, "findings", findings);
	if (r < 0) {
		json_decref(whole);
		whole = NULL;
	}
	return lend_print_json(whole) < 0 ? lend_error_set(error, -ENOMEM, "rom: out of memory for JSON") : 0;
}
