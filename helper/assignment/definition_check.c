/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a definition, told to whoever asked. */
#include "assignment/definition_check.h"

#include <errno.h>

#include "cli/message.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/decide/definition_problems.h"
#include "lendpci/know/domain/definition_facts.h"
#include "lendpci/know/domain/domain.h"

int lend_definition_check(const struct lend_fs *fs, const struct lend_domain *domain, const char *xml, size_t size,
			  struct lend_error *error)
{
	_cleanup_(lend_definition_facts_clear) struct lend_definition_facts facts = { 0 };
	_cleanup_(lend_problems_clear) struct lend_problems problems = { 0 };
	int r;

	r = lend_definition_facts_read(fs, domain, xml, size, &facts, error);
	if (r == 0)
		r = lend_definition_problems_find(&facts, &problems, error);
	for (size_t i = 0; r == 0 && i < problems.count; i++) {
		const struct lend_problem *problem = &problems.items[i];

		if (problem->severity == LEND_SEVERITY_ERROR && i == 0)
			continue;
		if (problem->severity == LEND_SEVERITY_INFO)
			lend_tell(domain->name, problem->hint, "%s", problem->text);
		else
			lend_warn(domain->name, problem->hint, "%s", problem->text);
	}
	if (r < 0 || !problems.has_error)
		return r;
	lend_error_set(error, -ENOTSUP, "%s", problems.items[0].text);
	return lend_error_hint(error, -ENOTSUP, "%s", problems.items[0].hint);
}
