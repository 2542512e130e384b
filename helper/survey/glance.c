/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey at a glance:
 *
 *	DEVICE        VERDICT             GROUP  DRIVER  NAME
 *	0000:01:00.0  warning                 2  nvidia  NVIDIA GP104 [GeForce GTX 1080]
 *	0000:04:00.0  not now (in-use)       17  nvme    Samsung NVMe SSD Controller SM981/PM981/PM983
 */
#include "survey/glance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/terminal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"

struct lend_glance_line {
	struct lend_address address;
	enum { GRAPHICS, NVME, OTHER } rank;
	enum lend_survey_word word;
	char verdict[48];
	char group[16];
	char driver[64];
	char name[LEND_NAME_MAX];
};

void lend_glance_clear(struct lend_glance *glance)
{
	free(glance->lines);
	*glance = (struct lend_glance){ 0 };
}

/* What everybody calls the maker: of "Advanced Micro Devices, Inc. [AMD/ATI] Navi 21" the "AMD/ATI", and no
 * "Corporation". */
static void shorten(const char *name, char *ret, size_t size)
{
	static const char *const endings[] = { " Corporation ", " Technologies ", " Electronics Co Ltd " };
	const char *open = strstr(name, "Inc. ["), *close = open ? strchr(open, ']') : NULL;

	if (close) {
		open += strlen("Inc. [");
		(void)snprintf(ret, size, "%.*s%s", (int)(close - open), open, close + 1);
		return;
	}
	for (size_t i = 0; i < LEND_ARRAY_SIZE(endings); i++) {
		const char *at = strstr(name, endings[i]);

		if (!at)
			continue;
		(void)snprintf(ret, size, "%.*s %s", (int)(at - name), name, at + strlen(endings[i]));
		return;
	}
	(void)snprintf(ret, size, "%s", name);
}

static int rank(const struct lend_function *function)
{
	if (lend_function_is_gpu(function))
		return GRAPHICS;
	return function->class >> 8 == 0x0108 ? NVME : OTHER;
}

int lend_glance_add(struct lend_glance *glance, const struct lend_survey *survey)
{
	const struct lend_function *function = &survey->device.function;
	struct lend_glance_line *line;

	line = reallocarray(glance->lines, glance->count + 1, sizeof(*line));
	if (!line)
		return -ENOMEM;
	glance->lines = line;
	line += glance->count++;
	*line = (struct lend_glance_line){ .address = function->address,
					   .rank = rank(function),
					   .word = lend_survey_word(&survey->verdict) };
	if (line->word == LEND_WORD_NO || line->word == LEND_WORD_NOT_NOW)
		(void)snprintf(line->verdict, sizeof(line->verdict), "%s (%s)", lend_survey_word_name(line->word),
			       survey->verdict.reasons[0].code);
	else
		(void)snprintf(line->verdict, sizeof(line->verdict), "%s", lend_survey_word_name(line->word));
	if (function->iommu_group == LEND_NO_GROUP)
		(void)strcpy(line->group, "-");
	else
		(void)snprintf(line->group, sizeof(line->group), "%d", function->iommu_group);
	(void)snprintf(line->driver, sizeof(line->driver), "%s", *function->driver ? function->driver : "-");
	shorten(survey->name, line->name, sizeof(line->name));
	lend_text_make_printable(line->driver);
	lend_text_make_printable(line->name);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct lend_glance_line *left = a, *right = b;

	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	return lend_address_compare(left->address, right->address);
}

/* Of a table: how wide each column has to be. */
struct widths {
	int address, verdict, group, driver;
};

static void widen(int *width, const char *text)
{
	const int columns = (int)lend_columns_of(text, strlen(text));

	*width = columns > *width ? columns : *width;
}

static struct widths measure(const struct lend_glance *glance)
{
	struct widths ret = { (int)strlen("DEVICE"), (int)strlen("VERDICT"), (int)strlen("GROUP"),
			      (int)strlen("DRIVER") };

	for (size_t i = 0; i < glance->count; i++) {
		widen(&ret.address, lend_address_text(glance->lines[i].address).text);
		widen(&ret.verdict, glance->lines[i].verdict);
		widen(&ret.group, glance->lines[i].group);
		widen(&ret.driver, glance->lines[i].driver);
	}
	/* A stranger's driver does not push the names off the screen. */
	ret.driver = ret.driver > 16 ? 16 : ret.driver;
	return ret;
}

static void print_line(FILE *out, struct widths widths, const struct lend_glance_line *line,
		       struct lend_survey_look look)
{
	const char *colour = look.colour ? lend_survey_word_colour(line->word) : "";
	const size_t before = (size_t)(widths.address + widths.verdict + widths.group + widths.driver) + 8;
	char driver[sizeof(line->driver)], name[sizeof(line->name)];

	(void)snprintf(driver, sizeof(driver), "%s", line->driver);
	lend_columns_cut(driver, (size_t)widths.driver);
	(void)snprintf(name, sizeof(name), "%s", line->name);
	lend_columns_cut(name, look.columns > before ? look.columns - before : 0);
	(void)fprintf(out, "%-*s  %s%-*s%s  %*s  %-*s  %s\n", widths.address, lend_address_text(line->address).text,
		      colour, widths.verdict, line->verdict, look.colour ? LEND_PLAIN : "", widths.group, line->group,
		      widths.driver, driver, name);
}

void lend_glance_print(FILE *out, struct lend_glance *glance, struct lend_survey_look look)
{
	const struct widths widths = measure(glance);

	if (!glance->count) {
		(void)fputs("no such device\n", out);
		return;
	}
	qsort(glance->lines, glance->count, sizeof(*glance->lines), compare);
	(void)fprintf(out, "%-*s  %-*s  %*s  %-*s  NAME\n", widths.address, "DEVICE", widths.verdict, "VERDICT",
		      widths.group, "GROUP", widths.driver, "DRIVER");
	for (size_t i = 0; i < glance->count; i++)
		print_line(out, widths, &glance->lines[i], look);
	(void)fputc('\n', out);
	lend_columns_wrap(out, "'lendpci survey DEVICE' tells why, and all of it; --tree where it is plugged in.", 0,
			  look.columns);
}
