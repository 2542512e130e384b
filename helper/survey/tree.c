/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey --tree:
 *
 *	PCIROOT(0)
 *	  0000:00:01.0  group 1   root port
 *	    0000:01:00.0  group 2   NVIDIA Corporation GP104 [GeForce GTX 1080]
 *
 * A location path begins with that of what is above, so their order is the tree, and their hops are its depth.
 */
#include "survey/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/pci/capabilities.h"
#include "lendpci/know/pci/inventory.h"
#include "lendpci/know/pci/location_path.h"
#include "lendpci/know/pci/names.h"
#include "survey/survey.h"

enum { COLUMNS = 100 };

/* A function, and where it is plugged. */
struct leaf {
	const struct lend_function *function;
	char path[LEND_LOCATION_MAX];
};

static int compare_leaves(const void *a, const void *b)
{
	const struct leaf *left = a, *right = b;

	return strcmp(left->path, right->path);
}

static void print_leaf(FILE *out, const struct lend_fs *fs, const struct leaf *leaf, struct lend_names *names)
{
	const struct lend_function *function = leaf->function;
	struct lend_capabilities capabilities = { 0 };
	char name[LEND_NAME_MAX], group[24] = "no group", line[LEND_NAME_MAX + 128];
	const char *kind;
	int depth = 0;

	for (const char *at = leaf->path; (at = strchr(at, '#')); at++)
		depth++;
	if (function->iommu_group != LEND_NO_GROUP)
		(void)snprintf(group, sizeof(group), "group %d", function->iommu_group);
	(void)lend_capabilities_read(fs, function->address, &capabilities, NULL);
	kind = lend_function_is_bridge(function) ? lend_survey_kind(capabilities.kind) : NULL;
	lend_names_function(names, function, name);
	(void)snprintf(line, sizeof(line), "%*s%s  %-9s %s%s%s", 2 * depth, "",
		       lend_address_text(function->address).text, group, kind ? kind : "", kind ? ": " : "", name);
	(void)fprintf(out, "%.*s\n", COLUMNS, line);
}

static int read_leaves(const struct lend_fs *fs, const struct lend_inventory *inventory, struct leaf *leaves,
		       size_t *ret_count, struct lend_error *error)
{
	*ret_count = 0;
	for (size_t i = 0; i < inventory->count; i++) {
		struct leaf *leaf = &leaves[*ret_count];
		int r;

		leaf->function = &inventory->functions[i];
		r = lend_location_path(fs, leaf->function->address, leaf->path, sizeof(leaf->path), error);
		/* Unplugged meanwhile. */
		if (r == -ENODEV)
			continue;
		if (r < 0)
			return r;
		(*ret_count)++;
	}
	return 0;
}

int lend_survey_print_tree(FILE *out, const struct lend_fs *fs, const struct lend_inventory *inventory,
			   struct lend_names *names, struct lend_error *error)
{
	_cleanup_free_ struct leaf *leaves = calloc(inventory->count + 1, sizeof(*leaves));
	size_t count, length = 0;
	int r;

	if (!leaves)
		return lend_error_set(error, -ENOMEM, "out of memory for the tree");
	r = read_leaves(fs, inventory, leaves, &count, error);
	if (r < 0)
		return r;
	qsort(leaves, count, sizeof(*leaves), compare_leaves);
	for (size_t i = 0; i < count; i++) {
		const size_t root = strcspn(leaves[i].path, "#");

		if (i == 0 || root != length || strncmp(leaves[i].path, leaves[i - 1].path, root) != 0)
			(void)fprintf(out, "%.*s\n", (int)root, leaves[i].path);
		length = root;
		print_leaf(out, fs, &leaves[i], names);
	}
	return 0;
}
