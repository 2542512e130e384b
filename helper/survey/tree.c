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

#include <string.h>

#include "cli/terminal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"
#include "survey/leaves.h"

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

static void print_leaf(FILE *out, const struct lend_survey_host *host, const struct lend_leaf *leaf,
		       struct lend_survey_look look)
{
	const struct lend_function *function = leaf->function;
	char name[LEND_NAME_MAX], word[96], group[24] = "no group", place[192];
	const char *colour;
	size_t used;
	const int depth = (int)lend_leaf_depth(leaf);

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

int lend_survey_print_tree(FILE *out, const struct lend_survey_host *host, struct lend_survey_look look,
			   struct lend_error *error)
{
	_cleanup_(lend_leaves_clear) struct lend_leaves leaves = { 0 };
	int r;

	r = lend_leaves_read(host, &leaves, error);
	for (size_t i = 0; r == 0 && i < leaves.count; i++) {
		if (lend_leaf_is_on_new_root(&leaves, i))
			(void)fprintf(out, "%.*s\n", (int)strcspn(leaves.items[i].path, "#"), leaves.items[i].path);
		print_leaf(out, host, &leaves.items[i], look);
	}
	return r;
}
