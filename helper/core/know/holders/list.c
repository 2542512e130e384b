/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a holder looks like, and a list of them. */
#include "lendpci/know/holders/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/text.h"

void lend_holder_clear(struct lend_holder *holder)
{
	free(holder->command);
	free(holder->unit);
	free(holder->session);
	free(holder->node);
	*holder = (struct lend_holder){ 0 };
}

void lend_holders_clear(struct lend_holders *holders)
{
	for (size_t i = 0; i < holders->count; i++)
		lend_holder_clear(&holders->items[i]);
	free(holders->items);
	lend_kernel_users_clear(&holders->in_kernel);
	*holders = (struct lend_holders){ 0 };
}

char *lend_holder_describe(const struct lend_holder *holder)
{
	char *text;
	int n;

	if (!holder->pid)
		n = asprintf(&text, "%s: %s", holder->command, holder->node);
	else if (holder->unit)
		n = asprintf(&text, "%s (pid %d, %s): %s", holder->command, holder->pid, holder->unit, holder->node);
	else
		n = asprintf(&text, "%s (pid %d): %s", holder->command, holder->pid, holder->node);
	return n < 0 ? NULL : text;
}

static char *printable_copy(const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (copy)
		lend_text_make_printable(copy);
	return copy;
}

int lend_holder_copy(const struct lend_holder *holder, struct lend_holder *ret)
{
	struct lend_holder copy = {
		.function = holder->function,
		.pid = holder->pid,
		.command = printable_copy(holder->command),
		.unit = printable_copy(holder->unit),
		.is_user_unit = holder->is_user_unit,
		.session = printable_copy(holder->session),
		.node = printable_copy(holder->node),
	};

	if (!copy.command || !copy.node || (holder->unit && !copy.unit) || (holder->session && !copy.session)) {
		lend_holder_clear(&copy);
		return -ENOMEM;
	}
	*ret = copy;
	return 0;
}

static int compare_holders(const void *a, const void *b)
{
	const struct lend_holder *x = a, *y = b;
	int r = lend_address_compare(x->function, y->function);

	if (r == 0)
		r = (x->pid > y->pid) - (x->pid < y->pid);
	if (r == 0)
		r = strcmp(x->command, y->command);
	return r ? r : strcmp(x->node, y->node);
}

int lend_holders_add(struct lend_holders *holders, const struct lend_holder *holder)
{
	struct lend_holder *bigger, copy;

	if (lend_holder_copy(holder, &copy) < 0)
		return -ENOMEM;
	/* The same descriptor may be open many times; what was added last is the most likely to come again. */
	for (size_t i = holders->count; i > 0; i--) {
		if (compare_holders(&holders->items[i - 1], &copy) != 0)
			continue;
		lend_holder_clear(&copy);
		return 0;
	}
	bigger = reallocarray(holders->items, holders->count + 1, sizeof(*bigger));
	if (!bigger) {
		lend_holder_clear(&copy);
		return -ENOMEM;
	}
	holders->items = bigger;
	bigger[holders->count++] = copy;
	return 0;
}

void lend_holders_sort(struct lend_holders *holders)
{
	if (holders->count)
		qsort(holders->items, holders->count, sizeof(*holders->items), compare_holders);
}
