/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Between the files of the journal: an entry as JSON. */

#include "lendpci/act/journal.h"

enum { LEND_ENTRY_VERSION = 2 };

/** Sets @loan's keys in @entry, and its steps unless @records is NULL. Other keys stay. -ENOMEM. */
int lend_entry_set(struct json_t *entry, const struct lend_loan *loan, const struct lend_records *records);

/** Reads @entry. -EBADMSG when its shape is not that of an entry, -EPROTONOSUPPORT when it is newer than this lendpci.
 */
int lend_entry_get(const struct json_t *entry, struct lend_loan *ret, struct lend_records *ret_records);

/** Makes an entry of version 1 one of version 2, in place. -EBADMSG when it has not the shape of one. */
int lend_entry_upgrade(struct json_t *entry);
