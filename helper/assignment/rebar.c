/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --rebar SIZE: found out before it is written into a definition, as a start would refuse what cannot be. */
#include "assignment/rebar.h"

#include <errno.h>

#include "assignment/inject.h"
#include "assignment/make.h"
#include "cli/verb.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/bars.h"
#include "lendpci/know/pci/resize.h"

/* The first function with a BAR that can be resized: a card has one. */
static int find(const struct lend_fs *fs, const struct lend_assignment *assignment, struct lend_address *ret,
		struct lend_bars *ret_bars, struct lend_error *error)
{
	struct lend_resize resize;

	for (size_t i = 0; i < assignment->count; i++) {
		const struct lend_assigned *one = &assignment->functions[i];
		int r;

		if (one->companion)
			continue;
		r = lend_bars_read(fs, one->facts.address, ret_bars, error);
		if (r < 0)
			return r;
		if (lend_resize_find(ret_bars, "max", &resize, NULL) < 0)
			continue;
		*ret = one->facts.address;
		return 0;
	}
	lend_error_set(error, -ENOTSUP, "--rebar: none of these devices has a BAR that can be resized");
	return lend_error_hint(
		error, -ENOTSUP,
		"'lendpci survey --verbose' shows the BARs; some cards have it only with 'Resizable BAR' on in the firmware's setup");
}

int lend_assignment_choose_rebar(const struct lend_call *call, const struct lend_fs *fs,
				 const struct lend_assignment *assignment, struct lend_assign_options *options,
				 struct lend_error *error)
{
	struct lend_resize resize;
	struct lend_bars bars;
	int r;

	if (!call->rebar)
		return 0;
	r = find(fs, assignment, &options->rebar_function, &bars, error);
	if (r < 0)
		return r;
	r = lend_resize_find(&bars, call->rebar, &resize, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", lend_address_text(options->rebar_function).text);
	options->rebar = call->rebar;
	return 0;
}
