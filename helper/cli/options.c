/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of options.def as a table. */
#include "cli/verb.h"
#include "lendpci/base/cleanup.h"

#define FIELD(field) offsetof(struct lend_call, field)

const struct lend_option lend_options[] = {
#define FLAG(field, bit, name, summary) { name, NULL, summary, LEND_OPTION_##bit, FIELD(field) },
#define VALUE(field, bit, name, argument, summary) { name, argument, summary, LEND_OPTION_##bit, FIELD(field) },
#define COMMON(field, name, summary) { name, NULL, summary, 0, FIELD(field) },
#include "cli/options.def"
};
const size_t lend_option_count = LEND_ARRAY_SIZE(lend_options);
