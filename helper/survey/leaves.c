/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A location path begins with that of what is above, so their order is the tree, and their hops are its depth. */
#include "survey/leaves.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/error.h"

void lend_leaves_clear(struct lend_leaves *leaves)
{
	free(leaves->items);
	*leaves = (struct lend_leaves){ 0 };
}

static int compare(const void *a, const void *b)
{
	const struct lend_leaf *left = a, *right = b;

	return strcmp(left->path, right->path);
}

int lend_leaves_read(const struct lend_survey_host *host, struct lend_leaves *ret, struct lend_error *error)
{
	const struct lend_inventory *inventory = &host->inventory;

	ret->items = calloc(inventory->count + 1, sizeof(*ret->items));
	if (!ret->items)
		return lend_error_set(error, -ENOMEM, "out of memory for the tree");
	for (size_t i = 0; i < inventory->count; i++) {
		struct lend_leaf *leaf = &ret->items[ret->count];
		int r;

		leaf->function = &inventory->functions[i];
		r = lend_location_path(host->fs, leaf->function->address, leaf->path, sizeof(leaf->path), error);
		/* Unplugged meanwhile. */
		if (r == -ENODEV)
			continue;
		if (r < 0)
			return r;
		ret->count++;
	}
	qsort(ret->items, ret->count, sizeof(*ret->items), compare);
	return 0;
}

size_t lend_leaf_depth(const struct lend_leaf *leaf)
{
	size_t depth = 0;

	for (const char *at = leaf->path; (at = strchr(at, '#')); at++)
		depth++;
	return depth;
}

bool lend_leaf_is_on_new_root(const struct lend_leaves *leaves, size_t i)
{
	const char *path = leaves->items[i].path, *before = i ? leaves->items[i - 1].path : "";
	const size_t root = strcspn(path, "#");

	return i == 0 || strcspn(before, "#") != root || strncmp(path, before, root) != 0;
}
