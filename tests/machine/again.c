/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One more of what a machine has already: the lines of a root port and of all behind it, as they read on another root
 * bus. Whatever two of a kind cannot share is made their own: addresses, IOMMU groups, the boot display, where BARs
 * lie.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "machine_internal.h"

#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

/* More than any description has. */
enum { GROUPS_APART = 100 };

struct copy {
	const char *root;
	int shift; /* of bus numbers */
	unsigned number;
	char members[4096]; /* addresses, as they were, each between blanks */
};

static bool is_member(const struct copy *copy, const char *address)
{
	char entry[32];

	(void)snprintf(entry, sizeof(entry), " %.24s ", address);
	return strstr(copy->members, entry);
}

/* Whether an outer line begins a function to copy: the root port, or what is below one that was copied. */
static bool join(struct copy *copy, const char *line)
{
	char address[25], parent[25];
	const int count = sscanf(line, "%24s below %24s", address, parent);

	if (count < 1 || !(count == 1 ? strcmp(address, copy->root) == 0 : is_member(copy, parent)))
		return false;
	(void)snprintf(copy->members + strlen(copy->members), sizeof(copy->members) - strlen(copy->members), " %s ",
		       address);
	return true;
}

/* 1 TiB further up for each; below 4 GiB, where that cannot be, without an address. */
static void move_bar(const struct copy *copy, const char *place, FILE *moved)
{
	const uint64_t start = strtoull(place, NULL, 16);

	if (start >= 4 * GIB)
		(void)fprintf(moved, "@%" PRIx64, start + copy->number * TIB);
}

static void move_word(const struct copy *copy, const char *before, const char *word, FILE *moved)
{
	unsigned domain, bus, slot, function;

	if (sscanf(word, "%x:%x:%x.%u", &domain, &bus, &slot, &function) == 4)
		(void)fprintf(moved, "%04x:%02x:%02x.%u", domain, bus + (unsigned)copy->shift, slot, function);
	else if (strcmp(before, "group") == 0)
		(void)fprintf(moved, "%lu", strtoul(word, NULL, 10) + copy->number * GROUPS_APART);
	else if (strcmp(before, "boot_vga") == 0)
		(void)fputc('0', moved);
	else if (*word == '@')
		move_bar(copy, word + 1, moved);
	else
		(void)fputs(word, moved);
}

static void move_line(const struct copy *copy, char *line, FILE *moved)
{
	const char *before = "";
	char *save = NULL;

	if (*line == '\t')
		(void)fputc('\t', moved);
	for (char *word = strtok_r(line, "\t ", &save); word; word = strtok_r(NULL, "\t ", &save)) {
		move_word(copy, before, word, moved);
		(void)fputc(' ', moved);
		before = word;
	}
	(void)fputc('\n', moved);
}

char *machine_again(struct machine *machine, const char *root, const char *bus)
{
	struct copy copy = { .root = root, .number = ++machine->copies };
	_cleanup_free_ char *told = NULL;
	char *text = NULL, *save = NULL;
	bool joined = false;
	unsigned from, to;
	FILE *moved;
	size_t size;

	if (sscanf(root, "%*x:%x:", &from) != 1 || sscanf(bus, "%x", &to) != 1)
		machine_wrong(machine, "'%s' is not an address, or '%s' not a bus", root, bus);
	copy.shift = (int)to - (int)from;
	(void)fflush(machine->told);
	told = strdup(machine->text);
	moved = open_memstream(&text, &size);
	if (!told || !moved)
		machine_wrong(machine, "out of memory");
	for (char *line = strtok_r(told, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (*line != '\t')
			joined = join(&copy, line);
		if (joined)
			move_line(&copy, line, moved);
	}
	(void)fclose(moved);
	if (!*text)
		machine_wrong(machine, "%s has not been described yet, or is on no root bus", root);
	return text;
}
