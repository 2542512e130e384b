/* SPDX-License-Identifier: GPL-2.0-or-later */
/* survey --html. */
#include "survey/page.h"

#include <string.h>

#include "cli/markup.h"
#include "cli/terminal.h"
#include "lendpci/base/cleanup.h"
#include "survey/picture.h"

static const char head[] =
	"<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
	"<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	"<title>lendpci survey</title>\n"
	"<style>body{font-family:sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#222}"
	"svg{width:100%;height:auto;border:1px solid #ddd}table{border-collapse:collapse;width:100%}"
	"td,th{text-align:left;padding:.25em .6em;border-bottom:1px solid #ddd}td:first-child{font-family:monospace}"
	"pre{background:#f4f4f4;padding:.8em;overflow:auto}summary{cursor:pointer;padding:.2em}"
	".yes{color:#217a3c}.warning{color:#8a6300}.not-now{color:#b04d0f}.no{color:#b02622}</style>\n</head>\n<body>\n";

/* Calls @tell for each device that is no bridge and no part of the platform. */
static void for_each(FILE *out, const struct lend_survey_host *host,
		     void (*tell)(FILE *out, const struct lend_survey *survey))
{
	for (size_t i = 0; i < host->inventory.count; i++) {
		struct lend_survey survey = { 0 };

		if (lend_survey_host_judge(host, host->inventory.functions[i].address, &survey, NULL) == 0 &&
		    !lend_verdict_find(&survey.verdict, "bridge") && !lend_verdict_find(&survey.verdict, "platform"))
			tell(out, &survey);
		lend_device_clear(&survey.device);
	}
}

static void print_cell(FILE *out, const char *text)
{
	(void)fputs("<td>", out);
	lend_markup_print(out, text);
	(void)fputs("</td>", out);
}

static void print_line(FILE *out, const struct lend_survey *survey)
{
	static const char *const classes[] = { [LEND_WORD_YES] = "yes",
					       [LEND_WORD_WARNING] = "warning",
					       [LEND_WORD_NOT_NOW] = "not-now",
					       [LEND_WORD_NO] = "no" };
	const struct lend_function *function = &survey->device.function;
	const struct lend_address_text address = lend_address_text(function->address);
	const enum lend_survey_word word = lend_survey_word(&survey->verdict);
	char group[16] = "-";

	if (function->iommu_group != LEND_NO_GROUP)
		(void)snprintf(group, sizeof(group), "%d", function->iommu_group);
	(void)fprintf(out, "<tr><td><a href='#d%s'>%s</a></td><td class='%s'>%s</td>", address.text, address.text,
		      classes[word], lend_survey_word_name(word));
	print_cell(out, group);
	print_cell(out, *function->driver ? function->driver : "-");
	print_cell(out, survey->name);
	(void)fputs("</tr>\n", out);
}

/* The block that survey prints, line by line: its own line breaks stay. */
static void print_block(FILE *out, const struct lend_survey *survey)
{
	const struct lend_address_text address = lend_address_text(survey->device.function.address);
	_cleanup_free_ char *block = NULL;
	size_t size;
	FILE *lines = open_memstream(&block, &size);
	char *save = NULL;

	if (!lines)
		return;
	lend_survey_print(lines, survey, (struct lend_survey_look){ .columns = LEND_COLUMNS_DEFAULT });
	if (fclose(lines) != 0)
		return;
	(void)fprintf(out, "<details id='d%s' open><summary>%s ", address.text, address.text);
	lend_markup_print(out, survey->name);
	(void)fputs("</summary><pre>", out);
	for (char *line = strtok_r(block, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		lend_markup_print(out, line);
		(void)fputc('\n', out);
	}
	(void)fputs("</pre></details>\n", out);
}

int lend_survey_write_page(FILE *out, const struct lend_survey_host *host, struct lend_error *error)
{
	int r;

	(void)fputs(head, out);
	(void)fputs("<h1>lendpci survey</h1>\n", out);
	r = lend_survey_draw(out, host, error);
	if (r < 0)
		return r;
	(void)fputs(
		"<h2>At a glance</h2>\n<table>\n<tr><th>Device</th><th>Verdict</th><th>Group</th><th>Driver</th><th>Name</th></tr>\n",
		out);
	for_each(out, host, print_line);
	(void)fputs("</table>\n<h2>Each device</h2>\n", out);
	for_each(out, host, print_block);
	(void)fputs("<p>Made by lendpci " LENDPCI_VERSION ".</p>\n</body>\n</html>\n", out);
	return 0;
}
