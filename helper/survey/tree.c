/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey --tree:
 *
 *	PCIROOT(0)
 *	  0000:00:01.0  group 1   root port
 *	    0000:01:00.0  group 2   warning: NVIDIA Corporation GP104 [GeForce GTX 1080]
 *
 * Who uses a device now is not looked at: it is about where things are plugged in, and so about what can be lent at
 *all. A location path begins with that of what is above, so their order is the tree, and their hops are its depth.
 */
#include "survey/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/terminal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/location_path.h"

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

/* What stands before the name: what a bridge is, or whether the rest can be lent. */
static void describe(const struct lend_survey_host *host, const struct lend_function *function, char *ret, size_t size,
		     const char **ret_colour)
{
	struct lend_survey survey = { 0 };
	const char *kind;

	*ret = '\0';
	*ret_colour = "";
	if (lend_survey_host_judge(host, function->address, &survey, NULL) < 0) {
		(void)snprintf(ret, size, "unreadable: ");
	} else if (lend_function_is_bridge(function)) {
		kind = lend_survey_kind(survey.device.capabilities.kind);
		(void)snprintf(ret, size, "%s%s", kind ? kind : "", kind ? ": " : "");
	} else {
		const enum lend_survey_word word = lend_survey_word(&survey.verdict);

		(void)snprintf(ret, size, survey.verdict.assignable ? "%s: " : "%s (%s): ", lend_survey_word_name(word),
			       survey.verdict.reasons[0].code);
		*ret_colour = lend_survey_word_colour(word);
	}
	lend_device_clear(&survey.device);
}

static void print_leaf(FILE *out, const struct lend_survey_host *host, const struct leaf *leaf,
		       struct lend_survey_look look)
{
	const struct lend_function *function = leaf->function;
	char name[LEND_NAME_MAX], word[96], group[24] = "no group", place[192];
	const char *colour;
	size_t used;
	int depth = 0;

	for (const char *at = leaf->path; (at = strchr(at, '#')); at++)
		depth++;
	if (function->iommu_group != LEND_NO_GROUP)
		(void)snprintf(group, sizeof(group), "group %d", function->iommu_group);
	(void)snprintf(place, sizeof(place), "%*s%s  %-9s ", 2 * depth, "", lend_address_text(function->address).text,
		       group);
	describe(host, function, word, sizeof(word), &colour);
	lend_names_function(host->names, function, name);
	lend_text_make_printable(name);
	used = strlen(place) + strlen(word);
	lend_columns_cut(name, look.columns > used ? look.columns - used : 0);
	(void)fprintf(out, "%s%s%s%s%s\n", place, look.colour ? colour : "", word,
		      look.colour && *colour ? LEND_PLAIN : "", name);
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

int lend_survey_print_tree(FILE *out, const struct lend_survey_host *host, struct lend_survey_look look,
			   struct lend_error *error)
{
	_cleanup_free_ struct leaf *leaves = calloc(host->inventory.count + 1, sizeof(*leaves));
	size_t count, length = 0;
	int r;

	if (!leaves)
		return lend_error_set(error, -ENOMEM, "out of memory for the tree");
	r = read_leaves(host->fs, &host->inventory, leaves, &count, error);
	if (r < 0)
		return r;
	qsort(leaves, count, sizeof(*leaves), compare_leaves);
	for (size_t i = 0; i < count; i++) {
		const size_t root = strcspn(leaves[i].path, "#");

		if (i == 0 || root != length || strncmp(leaves[i].path, leaves[i - 1].path, root) != 0)
			(void)fprintf(out, "%.*s\n", (int)root, leaves[i].path);
		length = root;
		print_leaf(out, host, &leaves[i], look);
	}
	return 0;
}
