/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/**
 * Writes one entry of @count fields, each "NAME=value", into the system's journal: MESSAGE, PRIORITY, and what else
 * shall be searched for. A host without journald gets the message by syslog(3). What cannot be written is lost: nobody
 * can be told.
 *
 * sd_journal_send(3) does the same, but loading its library takes a good part of the hook's time, which every start and
 * stop of a VM waits for. It is called for what does not go into one plain datagram.
 *
 * Source: systemd, docs/JOURNAL_NATIVE_PROTOCOL.md.
 */
void lend_system_log(const char *const fields[], size_t count);
