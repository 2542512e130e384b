/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lendpci wrote into the system journal. sd-journal(3); a user who may not read it finds it empty. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "lendpci/act/log.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "log/entry.h"

static void close_journal(sd_journal **journal)
{
	sd_journal_close(*journal);
}

/* The value of "NAME=value" goes to @ret, made printable: anybody can write to the journal in lendpci's name. */
static void store(const char *value, size_t length, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%.*s", (int)length, value);
	lend_text_make_printable(ret);
}

static void store_field(const char *data, size_t length, struct lend_log_entry *entry)
{
	const struct {
		const char *name;
		char *field;
		size_t size;
	} fields[] = {
		{ "MESSAGE", entry->message, sizeof(entry->message) },
		{ "LENDPCI_DOMAIN", entry->domain, sizeof(entry->domain) },
		{ "LENDPCI_OPERATION", entry->operation, sizeof(entry->operation) },
		{ "LENDPCI_EVENT", entry->event, sizeof(entry->event) },
		{ "LENDPCI_REASON", entry->reason, sizeof(entry->reason) },
		{ "LENDPCI_HINT", entry->hint, sizeof(entry->hint) },
		{ "LENDPCI_DURATIONS", entry->durations, sizeof(entry->durations) },
	};
	const char *value = memchr(data, '=', length);
	const size_t name_length = value ? (size_t)(value - data) : 0;
	char number[16];

	if (!value)
		return;
	value++;
	length -= name_length + 1;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(fields); i++)
		if (strlen(fields[i].name) == name_length && memcmp(fields[i].name, data, name_length) == 0)
			store(value, length, fields[i].field, fields[i].size);
	store(value, length, number, sizeof(number));
	if (name_length == strlen("PRIORITY") && memcmp(data, "PRIORITY", name_length) == 0)
		entry->priority = atoi(number);
	if (name_length == strlen("_PID") && memcmp(data, "_PID", name_length) == 0)
		entry->pid = atoi(number);
	if (name_length == strlen("LENDPCI_ADDRESS") && memcmp(data, "LENDPCI_ADDRESS", name_length) == 0) {
		const size_t used = strlen(entry->addresses);

		(void)snprintf(entry->addresses + used, sizeof(entry->addresses) - used, "%s%.*s", used ? " " : "",
			       (int)length, value);
		lend_text_make_printable(entry->addresses);
	}
}

static void read_entry(sd_journal *journal, struct lend_log_entry *ret)
{
	const void *data;
	size_t length;

	*ret = (struct lend_log_entry){ .priority = LOG_INFO };
	(void)sd_journal_get_realtime_usec(journal, &ret->usec);
	sd_journal_restart_data(journal);
	while (sd_journal_enumerate_available_data(journal, &data, &length) > 0)
		store_field(data, length, ret);
}

static int fail(int code, struct lend_error *error)
{
	lend_error_set(error, code, "the system journal cannot be read: %s", strerror(-code));
	return lend_error_hint(error, code,
			       "without journald lendpci writes to syslog: look for 'lendpci' in /var/log");
}

/* Matches of one field are alternatives; root wrote it, whoever else calls himself lendpci. */
static int open_journal(sd_journal **ret, struct lend_error *error)
{
	int r;

	r = sd_journal_open(ret, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
	if (r >= 0)
		r = sd_journal_add_match(*ret, "SYSLOG_IDENTIFIER=lendpci", 0);
	if (r >= 0)
		r = sd_journal_add_match(*ret, "_UID=0", 0);
	return r < 0 ? fail(r, error) : 0;
}

int lend_log_read_back(const char *domain, lend_log_taker *take, void *userdata, struct lend_error *error)
{
	_cleanup_(close_journal) sd_journal *journal = NULL;
	_cleanup_free_ char *match = NULL;
	int r;

	r = open_journal(&journal, error);
	if (r < 0)
		return r;
	if (domain && asprintf(&match, "LENDPCI_DOMAIN=%s", domain) < 0)
		return fail(-ENOMEM, error);
	if (match)
		r = sd_journal_add_match(journal, match, 0);
	if (r >= 0)
		r = sd_journal_seek_tail(journal);
	if (r < 0)
		return fail(r, error);
	while ((r = sd_journal_previous(journal)) > 0) {
		struct lend_log_entry entry;

		read_entry(journal, &entry);
		if (entry.priority < LOG_DEBUG && !take(userdata, &entry))
			return 0;
	}
	return r < 0 ? fail(r, error) : 0;
}

int lend_log_read_events(lend_log_taker *take, void *userdata, struct lend_error *error)
{
	char boot[sizeof("_BOOT_ID=") + SD_ID128_STRING_MAX], match[64];
	_cleanup_(close_journal) sd_journal *journal = NULL;
	sd_id128_t id;
	int r;

	r = open_journal(&journal, error);
	if (r < 0)
		return r;
	r = sd_id128_get_boot(&id);
	if (r >= 0) {
		(void)snprintf(boot, sizeof(boot), "_BOOT_ID=" SD_ID128_FORMAT_STR, SD_ID128_FORMAT_VAL(id));
		r = sd_journal_add_match(journal, boot, 0);
	}
	for (int kind = LEND_EVENT_NONE + 1; r >= 0 && kind < LEND_EVENT_COUNT; kind++) {
		(void)snprintf(match, sizeof(match), "MESSAGE_ID=%s", lend_event_message_id(kind));
		r = sd_journal_add_match(journal, match, 0);
	}
	while (r >= 0 && (r = sd_journal_next(journal)) > 0) {
		struct lend_log_entry entry;

		read_entry(journal, &entry);
		if (!take(userdata, &entry))
			return 0;
	}
	return r < 0 ? fail(r, error) : 0;
}

bool lend_log_next_duration(const char **at, char step[static 32], uint64_t *ret_ms)
{
	while (**at) {
		const size_t length = strcspn(*at, " "), name = strcspn(*at, "=");
		const char *this = *at;
		char number[24];

		*at += length;
		*at += strspn(*at, " ");
		if (name == 0 || name >= length || name >= 32)
			continue;
		(void)snprintf(step, 32, "%.*s", (int)name, this);
		(void)snprintf(number, sizeof(number), "%.*s", (int)(length - name - 1), this + name + 1);
		if (lend_text_to_u64(number, 10, ret_ms) == 0)
			return true;
	}
	return false;
}
