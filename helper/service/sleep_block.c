/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the host awake while a device is lent. */
#include "service/sleep_block.h"

#include <unistd.h>

#include "lendpci/act/context.h"
#include "lendpci/act/journal.h"
#include "lendpci/act/logind.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/pci/function.h"

static bool is_something_lent(const struct lend_context *context)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses lent = { 0 };

	return lend_journal_list(context->fs, &lent, NULL) == 0 && lent.count;
}

void lend_sleep_block_update(struct lend_sleep_block *block, const struct lend_context *context)
{
	struct lend_error failure = { 0 };
	int fd;

	if (!is_something_lent(context)) {
		lend_sleep_block_drop(block);
		return;
	}
	if (block->fd >= 0)
		return;
	fd = lend_logind_block_sleep("a virtual machine has a PCI device of this host", &failure);
	if (fd >= 0)
		block->fd = fd;
	else if (!block->has_told)
		lend_context_note(context, LEND_NOTE_WARNING, "%s", failure.text);
	block->has_told = fd < 0;
}

void lend_sleep_block_drop(struct lend_sleep_block *block)
{
	if (block->fd >= 0)
		(void)close(block->fd);
	block->fd = -1;
}
