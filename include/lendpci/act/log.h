/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The system's log: what the hook and the service tell of loans, with fields for programs (base/system_log says
 * how it is written, and where without journald).
 *
 * Fields, beside MESSAGE, PRIORITY and SYSLOG_IDENTIFIER=lendpci; `lendpci log` and `lendpci metrics` read them:
 *
 *	MESSAGE_ID          which event, as in lendpci.catalog; only for events
 *	LENDPCI_EVENT       the same as a word: lent, returned, refused, unreturned
 *	LENDPCI_DOMAIN      whose loan
 *	LENDPCI_OPERATION   of libvirt: prepare, release, ...
 *	LENDPCI_ADDRESS     a function that it is about; as often as there are functions
 *	LENDPCI_STEP        a step that was done; as often as there are steps
 *	LENDPCI_DURATIONS   how long each took, in milliseconds: "unbind=30 probe=5"
 *	LENDPCI_REASON      of what was refused or failed, a word: lend_log_reason()
 *	LENDPCI_HINT        what to do about it
 */

/** What happened to a loan. */
enum lend_event_kind {
	LEND_EVENT_NONE, /* good to know, and nothing to count */
	LEND_EVENT_LENT,
	LEND_EVENT_RETURNED,
	LEND_EVENT_REFUSED,    /* a domain was not let start */
	LEND_EVENT_UNRETURNED, /* a device is not home */
	LEND_EVENT_COUNT,
};

/** "lent", "returned", "refused", "unreturned"; "" for LEND_EVENT_NONE. */
const char *lend_event_name(enum lend_event_kind kind);

/** The MESSAGE_ID of @kind, 32 hexadecimal digits; NULL for LEND_EVENT_NONE. */
const char *lend_event_message_id(enum lend_event_kind kind);

/** A line of the log. All borrowed; what is NULL is left out. */
struct lend_log_line {
	int priority; /* LOG_INFO and the like */
	enum lend_event_kind kind;
	const char *sentence; /* printable */
	const char *domain, *operation, *reason, *hint;
	const char *addresses; /* blank-separated; NULL: the first that @sentence names */
	const char *durations; /* "unbind=30 probe=5" */
};

/** Logs it. Never fails: nobody could be told. */
void lend_log(const struct lend_log_line *line);

/** Why something failed, from its -errno, in a word that stays: "in-use", "other-card", "no-room", ... */
const char *lend_log_reason(int code);
