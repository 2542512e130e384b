/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told of loans, with fields: systemd.journal-fields(7). */
#include "lendpci/act/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/system_log.h"
#include "lendpci/know/pci/address.h"

/* As many as lend_system_log() takes; more functions than that are found by the domain. */
enum { FIELDS_MAX = 64 };

static const struct {
	const char *name, *message_id;
} kinds[] = {
	[LEND_EVENT_NONE] = { "", NULL },
	[LEND_EVENT_LENT] = { "lent", "08b529bd73e049d98b3e4cc48584d177" },
	[LEND_EVENT_RETURNED] = { "returned", "805a867c0d634db28d79a8aafd3c87ae" },
	[LEND_EVENT_REFUSED] = { "refused", "c8ff9eb605244004955daf7652c21eab" },
	[LEND_EVENT_UNRETURNED] = { "unreturned", "3b28998a5be94447a3a1bd7cee419d45" },
};

const char *lend_event_name(enum lend_event_kind kind)
{
	return kinds[kind].name;
}

const char *lend_event_message_id(enum lend_event_kind kind)
{
	return kinds[kind].message_id;
}

const char *lend_log_reason(int code)
{
	static const struct {
		int code;
		const char *reason;
	} reasons[] = {
		{ EBUSY, "in-use" },          { EAGAIN, "locked" },        { ESTALE, "other-card" },
		{ ENODEV, "no-such-device" }, { ENOTSUP, "unsupported" },  { EINVAL, "bad-definition" },
		{ EPERM, "not-allowed" },     { EACCES, "not-allowed" },   { ENOSPC, "no-room" },
		{ ETIMEDOUT, "timeout" },     { ENOMEM, "out-of-memory" }, { EIO, "input-output" },
	};

	for (size_t i = 0; i < LEND_ARRAY_SIZE(reasons); i++)
		if (reasons[i].code == -code)
			return reasons[i].reason;
	return "other";
}

/* The fields of a line, each "NAME=value". */
struct fields {
	char *items[FIELDS_MAX];
	size_t count;
};

static void fields_clear(struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		free(fields->items[i]);
}

static void add(struct fields *fields, const char *name, const char *value, size_t length)
{
	char *field;

	if (!value || !length || fields->count == FIELDS_MAX)
		return;
	if (asprintf(&field, "%s=%.*s", name, (int)length, value) >= 0)
		fields->items[fields->count++] = field;
}

static void add_text(struct fields *fields, const char *name, const char *value)
{
	add(fields, name, value, value ? strlen(value) : 0);
}

/* One field for each blank-separated word, as far as the first of @end in it. */
static void add_words(struct fields *fields, const char *name, const char *words, const char *end)
{
	while (words && *words) {
		const size_t length = strcspn(words, " "), inner = strcspn(words, end);

		add(fields, name, words, inner < length ? inner : length);
		words += length;
		words += strspn(words, " ");
	}
}

/* "win11: 0000:01:00.0: in use by Xorg": sentences name their subject first. */
static void add_address_of(struct fields *fields, const char *sentence)
{
	for (const char *at = sentence; at; at = strstr(at, ": ") ? strstr(at, ": ") + 2 : NULL) {
		struct lend_address address;
		char word[24];

		(void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, " "), at);
		if (*word && word[strlen(word) - 1] == ':')
			word[strlen(word) - 1] = '\0';
		if (lend_address_parse(word, &address, NULL) < 0)
			continue;
		add_text(fields, "LENDPCI_ADDRESS", lend_address_text(address).text);
		return;
	}
}

void lend_log(const struct lend_log_line *line)
{
	_cleanup_(fields_clear) struct fields fields = { .count = 0 };
	const char priority[] = { (char)('0' + (line->priority & 7)), '\0' };

	add_text(&fields, "MESSAGE", line->sentence);
	add_text(&fields, "PRIORITY", priority);
	add_text(&fields, "SYSLOG_IDENTIFIER", "lendpci");
	add_text(&fields, "MESSAGE_ID", kinds[line->kind].message_id);
	add_text(&fields, "LENDPCI_EVENT", kinds[line->kind].name);
	add_text(&fields, "LENDPCI_DOMAIN", line->domain);
	add_text(&fields, "LENDPCI_OPERATION", line->operation);
	add_text(&fields, "LENDPCI_REASON", line->reason);
	add_text(&fields, "LENDPCI_HINT", line->hint);
	if (line->addresses)
		add_words(&fields, "LENDPCI_ADDRESS", line->addresses, " ");
	else
		add_address_of(&fields, line->sentence);
	add_text(&fields, "LENDPCI_DURATIONS", line->durations);
	add_words(&fields, "LENDPCI_STEP", line->durations, "=");
	lend_system_log((const char *const *)fields.items, fields.count);
}
