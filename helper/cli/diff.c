/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A unified diff of two short texts, so that --dry-run needs no other program.
 *
 * An edit of a definition changes few places: the common head and tail are set aside, and the longest common
 * subsequence of what is between is found in a table. Texts whose middles are too long for one are shown as replaced.
 */
#include "cli/diff.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"

enum { CONTEXT = 3, TABLE_MAX = 16 * 1024 * 1024 };

struct line {
	const char *text;
	size_t length;
};

struct lines {
	struct line *items;
	size_t count;
};

/* One line of the result: ' ' in both, '-' only before, '+' only after. */
struct step {
	char kind;
	struct line line;
};

struct script {
	struct step *steps;
	size_t count;
};

static int split(const char *text, struct lines *ret)
{
	size_t room = 1;

	for (const char *at = text; *at; at++)
		room += *at == '\n';
	ret->items = calloc(room, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	while (*text) {
		size_t length = strcspn(text, "\n");

		ret->items[ret->count++] = (struct line){ text, length };
		text += length + (text[length] == '\n');
	}
	return 0;
}

static bool is_same(struct line a, struct line b)
{
	return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

static void add(struct script *script, char kind, struct line line)
{
	script->steps[script->count++] = (struct step){ kind, line };
}

/* Length of the longest common subsequence of a[i..] and b[j..], for all i and j. NULL when it is too large. */
static uint32_t *measure(const struct line *a, size_t a_count, const struct line *b, size_t b_count)
{
	size_t width = b_count + 1;
	uint32_t *table;

	if (a_count >= TABLE_MAX / width)
		return NULL;
	table = calloc((a_count + 1) * width, sizeof(*table));
	if (!table)
		return NULL;
	for (size_t i = a_count; i-- > 0;) {
		for (size_t j = b_count; j-- > 0;) {
			uint32_t down = table[(i + 1) * width + j], right = table[i * width + j + 1];

			if (is_same(a[i], b[j]))
				table[i * width + j] = table[(i + 1) * width + j + 1] + 1;
			else
				table[i * width + j] = down > right ? down : right;
		}
	}
	return table;
}

static void compare_middles(struct script *script, const struct line *a, size_t a_count, const struct line *b,
			    size_t b_count)
{
	_cleanup_free_ uint32_t *table = measure(a, a_count, b, b_count);
	size_t i = 0, j = 0, width = b_count + 1;

	while (table && i < a_count && j < b_count) {
		if (is_same(a[i], b[j])) {
			add(script, ' ', a[i]);
			i++;
			j++;
		} else if (table[(i + 1) * width + j] >= table[i * width + j + 1]) {
			add(script, '-', a[i++]);
		} else {
			add(script, '+', b[j++]);
		}
	}
	while (i < a_count)
		add(script, '-', a[i++]);
	while (j < b_count)
		add(script, '+', b[j++]);
}

static void compare(struct script *script, const struct lines *a, const struct lines *b)
{
	size_t head = 0, tail = 0;

	while (head < a->count && head < b->count && is_same(a->items[head], b->items[head]))
		add(script, ' ', a->items[head++]);
	while (tail < a->count - head && tail < b->count - head &&
	       is_same(a->items[a->count - tail - 1], b->items[b->count - tail - 1]))
		tail++;
	compare_middles(script, a->items + head, a->count - head - tail, b->items + head, b->count - head - tail);
	for (size_t i = a->count - tail; i < a->count; i++)
		add(script, ' ', a->items[i]);
}

/* The end of the hunk that begins at @start: as far as the next change is close enough to share its context. */
static size_t find_hunk_end(const struct script *script, size_t start)
{
	size_t end = start, quiet = 0;

	for (size_t i = start; i < script->count && (quiet <= 2 * CONTEXT || end == start); i++) {
		quiet = script->steps[i].kind == ' ' ? quiet + 1 : 0;
		if (!quiet)
			end = i + 1;
	}
	return end + CONTEXT < script->count ? end + CONTEXT : script->count;
}

/* For patch(1) as it is; on a terminal, which what the domain's owner wrote could drive, printable. */
static void print_step(FILE *out, const struct step *step)
{
	_cleanup_free_ char *copy = isatty(fileno(out)) ? strndup(step->line.text, step->line.length) : NULL;

	if (copy)
		lend_text_make_lines_printable(copy);
	(void)fprintf(out, "%c%.*s\n", step->kind, (int)step->line.length, copy ? copy : step->line.text);
}

static void print_hunk(FILE *out, const struct script *script, size_t start, size_t end, size_t a_line, size_t b_line)
{
	size_t a_count = 0, b_count = 0;

	for (size_t i = start; i < end; i++) {
		a_count += script->steps[i].kind != '+';
		b_count += script->steps[i].kind != '-';
	}
	(void)fprintf(out, "@@ -%zu,%zu +%zu,%zu @@\n", a_line, a_count, b_line, b_count);
	for (size_t i = start; i < end; i++)
		print_step(out, &script->steps[i]);
}

static void print_script(FILE *out, const char *name, const struct script *script)
{
	size_t a_line = 1, b_line = 1, next_change = 0;
	bool any = false;

	for (size_t i = 0; i < script->count;) {
		size_t start, end;

		for (next_change = i; next_change < script->count && script->steps[next_change].kind == ' ';)
			next_change++;
		if (next_change == script->count)
			break;
		if (!any)
			(void)fprintf(out, "--- %s\n+++ %s\n", name, name);
		any = true;
		start = next_change - i > CONTEXT ? next_change - CONTEXT : i;
		a_line += start - i;
		b_line += start - i;
		end = find_hunk_end(script, next_change);
		print_hunk(out, script, start, end, a_line, b_line);
		for (i = start; i < end; i++) {
			a_line += script->steps[i].kind != '+';
			b_line += script->steps[i].kind != '-';
		}
	}
}

static void free_lines(struct lines *lines)
{
	free(lines->items);
}

static void free_script(struct script *script)
{
	free(script->steps);
}

int lend_diff_print(FILE *out, const char *name, const char *before, const char *after)
{
	_cleanup_(free_lines) struct lines a = { 0 };
	_cleanup_(free_lines) struct lines b = { 0 };
	_cleanup_(free_script) struct script script = { 0 };

	if (split(before, &a) < 0 || split(after, &b) < 0)
		return -ENOMEM;
	script.steps = calloc(a.count + b.count + 1, sizeof(*script.steps));
	if (!script.steps)
		return -ENOMEM;
	compare(&script, &a, &b);
	print_script(out, name, &script);
	return 0;
}
