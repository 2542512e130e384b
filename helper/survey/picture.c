/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey --svg.
 *
 * The tree is a list of rows, as --tree prints it, in as many columns as fill a page best. A run of rows in one IOMMU
 * group has one shade. Whatever the host says goes through lend_markup_print().
 */
#include "survey/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/markup.h"
#include "cli/terminal.h"
#include "lendpci/act/journal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "survey/leaves.h"

/* Units of the drawing; letters of its fonts are about CHARACTER wide. */
enum {
	ROW = 22,
	COLUMN = 560,
	GAP = 24,
	MARGIN = 24,
	HEAD = 56,
	FOOT = 44,
	INDENT = 16,
	ADDRESS = 90,
	GROUP = 62,
	CHARACTER = 6,
	COLUMNS_MOST = 8,
	SLACK = 8,         /* rows that a column may be longer for, so that root buses stay whole */
	PAGE_WIDTH = 297,  /* mm */
	PAGE_HEIGHT = 210, /* mm */
};

static const char *const colours[] = {
	[LEND_WORD_YES] = "#2e9e4f",
	[LEND_WORD_WARNING] = "#e0a100",
	[LEND_WORD_NOT_NOW] = "#e06c1f",
	[LEND_WORD_NO] = "#c9302c",
};

/* A line of the drawing: a root bus, or a function. */
struct row {
	const struct lend_leaf *leaf; /* NULL: a root bus */
	char root[64];
	size_t depth;
	size_t slot; /* its place, column by column */
	enum lend_survey_word word;
	bool is_bridge, is_lent;
	char name[LEND_NAME_MAX];
	char lent_to[256];
};

struct drawing {
	FILE *out;
	struct row *rows;
	size_t count;
	size_t columns, rows_each;
};

static size_t column_of(const struct drawing *drawing, size_t i)
{
	return drawing->rows[i].slot / drawing->rows_each;
}

static double column_x(const struct drawing *drawing, size_t i)
{
	return MARGIN + (double)column_of(drawing, i) * (COLUMN + GAP);
}

static double row_y(const struct drawing *drawing, size_t i)
{
	return HEAD + (double)(drawing->rows[i].slot % drawing->rows_each) * ROW;
}

static double row_x(const struct drawing *drawing, size_t i)
{
	return column_x(drawing, i) + (double)drawing->rows[i].depth * INDENT;
}

static void text(FILE *out, double x, double y, const char *style, const char *words)
{
	(void)fprintf(out, "<text x='%.0f' y='%.0f' %s>", x, y, style);
	lend_markup_print(out, words);
	(void)fputs("</text>\n", out);
}

static int group_of(const struct drawing *drawing, size_t i)
{
	return drawing->rows[i].leaf ? drawing->rows[i].leaf->function->iommu_group : LEND_NO_GROUP;
}

static bool is_shared(const struct drawing *drawing, int group)
{
	size_t members = 0;

	for (size_t i = 0; i < drawing->count; i++)
		members += group_of(drawing, i) == group;
	return members > 1;
}

/* A group of one is grey; of several, each has a colour, the same wherever its members are. */
static void shade_groups(const struct drawing *drawing)
{
	static const char *const shades[] = { "#dbe9fb", "#fbe5d6", "#e0f2df", "#f3e0f3", "#fdf3cf", "#d9f0f2" };

	for (size_t i = 0, end; i < drawing->count; i = end) {
		const int group = group_of(drawing, i);

		for (end = i + 1; end < drawing->count && column_of(drawing, end) == column_of(drawing, i) &&
				  group_of(drawing, end) == group;)
			end++;
		if (group == LEND_NO_GROUP)
			continue;
		(void)fprintf(drawing->out, "<rect x='%.0f' y='%.0f' width='%d' height='%.0f' rx='4' fill='%s'/>\n",
			      column_x(drawing, i) - 4, row_y(drawing, i) + 1, COLUMN + 8, (double)(end - i) * ROW - 2,
			      is_shared(drawing, group) ? shades[(size_t)group % LEND_ARRAY_SIZE(shades)] : "#f4f4f4");
	}
}

/* From what a row is plugged into down to it; above the column, when that is in an earlier one. */
static void connect(const struct drawing *drawing, size_t i)
{
	const double x = row_x(drawing, i) - INDENT + 5, y = row_y(drawing, i) + ROW / 2.0;
	double top = HEAD;
	size_t parent = i;

	while (parent > 0 && drawing->rows[parent].depth >= drawing->rows[i].depth)
		parent--;
	if (column_of(drawing, parent) == column_of(drawing, i))
		top = row_y(drawing, parent) + ROW - 5;
	(void)fprintf(drawing->out, "<path d='M%.0f %.0fV%.0fH%.0f' fill='none' stroke='#999'/>\n", x, top, y, x + 9);
}

static void draw_mark(const struct drawing *drawing, size_t i)
{
	const struct row *row = &drawing->rows[i];
	const double x = row_x(drawing, i) + 5, y = row_y(drawing, i) + ROW / 2.0;

	if (row->is_bridge)
		(void)fprintf(drawing->out, "<rect x='%.0f' y='%.0f' width='7' height='7' fill='#999'/>\n", x - 3,
			      y - 3.5);
	else
		(void)fprintf(drawing->out, "<circle cx='%.0f' cy='%.0f' r='5' fill='%s'/>\n", x, y,
			      colours[row->word]);
}

/* On loan: a frame, and whose it is, before the name. Returns how much of the row that takes. */
static double draw_loan(const struct drawing *drawing, size_t i, double x)
{
	const struct row *row = &drawing->rows[i];
	char label[64];
	double width;

	if (!row->is_lent)
		return 0;
	(void)snprintf(label, sizeof(label), "%s%.40s", *row->lent_to ? "lent to " : "lent by hand", row->lent_to);
	lend_columns_cut(label, 24);
	width = (double)lend_columns_of(label, strlen(label)) * (CHARACTER + 1) + 12; /* bold */
	(void)fprintf(drawing->out, "<rect x='%.0f' y='%.0f' width='%d' height='%d' rx='4' class='loan-frame'/>\n",
		      column_x(drawing, i) - 4, row_y(drawing, i) + 1, COLUMN + 8, ROW - 2);
	(void)fprintf(drawing->out, "<rect x='%.0f' y='%.0f' width='%.0f' height='16' rx='8' fill='#1f5fbf'/>\n", x,
		      row_y(drawing, i) + 3, width);
	text(drawing->out, x + 6, row_y(drawing, i) + 15, "class='loan'", label);
	return width + 6;
}

static void draw_row(const struct drawing *drawing, size_t i)
{
	const struct row *row = &drawing->rows[i];
	const double base = row_y(drawing, i) + 15, right = column_x(drawing, i) + COLUMN;
	char name[LEND_NAME_MAX], group[24] = "no group";
	double x = row_x(drawing, i) + 14;

	if (!row->leaf) {
		text(drawing->out, column_x(drawing, i), base, "class='root'", row->root);
		return;
	}
	connect(drawing, i);
	draw_mark(drawing, i);
	text(drawing->out, x, base, "class='address'", lend_address_text(row->leaf->function->address).text);
	x += ADDRESS;
	x += draw_loan(drawing, i, x);
	(void)snprintf(name, sizeof(name), "%s", row->name);
	lend_columns_cut(name, right - GROUP > x ? (size_t)((right - GROUP - x) / CHARACTER) : 0);
	text(drawing->out, x, base, row->is_bridge ? "class='bridge'" : "class='name'", name);
	if (group_of(drawing, i) != LEND_NO_GROUP)
		(void)snprintf(group, sizeof(group), "group %d", group_of(drawing, i));
	text(drawing->out, right, base, "class='group'", group);
}

static void find_loan(const struct lend_survey_host *host, struct row *row)
{
	struct lend_loan loan;

	/* Who may not read the journal sees no loans. */
	row->is_lent = lend_journal_read(host->fs, row->leaf->function->address, &loan, NULL, NULL) == 0;
	if (row->is_lent)
		(void)snprintf(row->lent_to, sizeof(row->lent_to), "%s", loan.domain);
}

static void fill_row(const struct lend_survey_host *host, const struct lend_leaf *leaf, struct row *row)
{
	struct lend_survey survey = { 0 };

	*row = (struct row){ .leaf = leaf,
			     .depth = lend_leaf_depth(leaf),
			     .word = LEND_WORD_NO,
			     .is_bridge = lend_function_is_bridge(leaf->function) };
	lend_names_function(host->names, leaf->function, row->name);
	if (lend_survey_host_judge(host, leaf->function->address, &survey, NULL) == 0)
		row->word = lend_survey_word(&survey.verdict);
	lend_device_clear(&survey.device);
	find_loan(host, row);
}

/* How many rows a root bus has, itself included. */
static size_t rows_of_root(const struct drawing *drawing, size_t root)
{
	size_t end = root + 1;

	while (end < drawing->count && drawing->rows[end].leaf)
		end++;
	return end - root;
}

/* Places the rows in columns of so many; a root bus that fits into one column is not torn apart. */
static void place_rows(struct drawing *drawing, size_t rows_each)
{
	size_t slot = 0;

	drawing->rows_each = rows_each;
	for (size_t i = 0; i < drawing->count; i++) {
		const size_t size = drawing->rows[i].leaf ? 1 : rows_of_root(drawing, i);

		if (size <= rows_each && slot % rows_each + size > rows_each)
			slot += rows_each - slot % rows_each;
		drawing->rows[i].slot = slot++;
	}
	drawing->columns = slot ? (slot - 1) / rows_each + 1 : 1;
}

static double width_of(const struct drawing *drawing)
{
	return 2 * MARGIN + (double)drawing->columns * (COLUMN + GAP) - GAP;
}

static double height_of(const struct drawing *drawing)
{
	return HEAD + FOOT + (double)drawing->rows_each * ROW;
}

/* In as many columns as come nearest to a page. */
static void lay_out(struct drawing *drawing)
{
	size_t best_rows = 1;
	double best = 0;

	for (size_t columns = 1; columns <= COLUMNS_MOST; columns++)
		for (size_t slack = 0; slack < SLACK; slack++) {
			const size_t rows = (drawing->count + columns - 1) / columns + slack;
			double shape, fit;

			place_rows(drawing, rows ? rows : 1);
			shape = width_of(drawing) / height_of(drawing) * PAGE_HEIGHT / PAGE_WIDTH;
			fit = shape > 1 ? 1 / shape : shape;
			if (fit > best) {
				best = fit;
				best_rows = drawing->rows_each;
			}
		}
	place_rows(drawing, best_rows);
}

static void draw_legend(FILE *out, double y)
{
	double x = MARGIN;

	for (size_t i = 0; i < LEND_ARRAY_SIZE(colours); i++) {
		static const char *const words[] = {
			[LEND_WORD_YES] = "can be lent",
			[LEND_WORD_WARNING] = "with a warning",
			[LEND_WORD_NOT_NOW] = "not now",
			[LEND_WORD_NO] = "cannot",
		};

		(void)fprintf(out, "<circle cx='%.0f' cy='%.0f' r='5' fill='%s'/>\n", x + 5, y - 4, colours[i]);
		text(out, x + 14, y, "class='name'", words[i]);
		x += 14 + (double)strlen(words[i]) * CHARACTER + 12;
	}
	(void)fprintf(out, "<rect x='%.0f' y='%.0f' width='26' height='12' rx='4' fill='#dbe9fb'/>\n", x, y - 10);
	text(out, x + 32, y, "class='name'", "shared IOMMU group");
	x += 32 + (double)strlen("shared IOMMU group") * CHARACTER + 18;
	(void)fprintf(out, "<rect x='%.0f' y='%.0f' width='26' height='12' rx='4' class='loan-frame'/>\n", x, y - 10);
	text(out, x + 32, y, "class='name'", "on loan");
}

static void draw(const struct drawing *drawing)
{
	const double width = width_of(drawing), height = height_of(drawing);
	const double across = PAGE_WIDTH / width, down = PAGE_HEIGHT / height, scale = across < down ? across : down;
	FILE *out = drawing->out;

	(void)fprintf(
		out,
		"<svg xmlns='http://www.w3.org/2000/svg' width='%.1fmm' height='%.1fmm' viewBox='0 0 %.0f %.0f'>\n",
		width * scale, height * scale, width, height);
	(void)fputs(
		"<style>text{font-family:'DejaVu Sans','Liberation Sans',sans-serif;font-size:10.5px;fill:#222}"
		".address{font-family:'DejaVu Sans Mono','Liberation Mono',monospace;font-weight:bold}"
		".root{font-weight:bold;font-size:12px}.title{font-weight:bold;font-size:18px}"
		".bridge,.group{fill:#777}.group{text-anchor:end}.loan{fill:#fff;font-weight:bold}.loan-frame{fill:none;stroke:#1f5fbf;stroke-width:2}</style>\n",
		out);
	(void)fprintf(out, "<rect width='%.0f' height='%.0f' fill='#fff'/>\n", width, height);
	text(out, MARGIN, 34, "class='title'", "PCI devices of this host");
	shade_groups(drawing);
	for (size_t i = 0; i < drawing->count; i++)
		draw_row(drawing, i);
	draw_legend(out, height - 18);
	(void)fputs("</svg>\n", out);
}

int lend_survey_draw(FILE *out, const struct lend_survey_host *host, struct lend_error *error)
{
	_cleanup_(lend_leaves_clear) struct lend_leaves leaves = { 0 };
	_cleanup_free_ struct row *rows = NULL;
	struct drawing drawing = { .out = out };
	int r;

	r = lend_leaves_read(host, &leaves, error);
	if (r < 0)
		return r;
	/* Each may begin a root bus. */
	drawing.rows = rows = calloc(2 * leaves.count + 1, sizeof(*rows));
	if (!rows)
		return lend_error_set(error, -ENOMEM, "out of memory for the drawing");
	for (size_t i = 0; i < leaves.count; i++) {
		if (lend_leaf_is_on_new_root(&leaves, i))
			(void)snprintf(rows[drawing.count++].root, sizeof(rows->root), "%.*s",
				       (int)strcspn(leaves.items[i].path, "#"), leaves.items[i].path);
		fill_row(host, &leaves.items[i], &rows[drawing.count++]);
	}
	lay_out(&drawing);
	draw(&drawing);
	return 0;
}
