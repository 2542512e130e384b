/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: what undoes a loan, written before the loan changes anything.
 *
 * One file per function, so that a person can read it and that one damaged entry costs one function, and one for what
 * belongs to a loan as a whole.
 */
#include "lendpci/act/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "entry.h"
#include "lendpci/act/lock.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"

enum { ENTRY_MAX = 256 * 1024 };

#define LOANS LEND_STATE_DIR "/loans"

struct entry_path {
	char text[128];
};

static struct entry_path entry_path(const char *directory, const char *name)
{
	struct entry_path ret;

	(void)snprintf(ret.text, sizeof(ret.text), LEND_STATE_DIR "/%s/%s.json", directory, name);
	return ret;
}

/* "0000:01:00.0", or the loan's id. */
static struct lend_loan_id entry_name(const struct lend_loan *loan)
{
	struct lend_loan_id ret = loan->id;

	if (!loan->is_shared)
		(void)snprintf(ret.text, sizeof(ret.text), "%s", lend_address_text(loan->address).text);
	return ret;
}

struct lend_loan_id lend_loan_id_of(const char *uuid, struct lend_address first)
{
	struct lend_loan_id ret;

	if (*uuid)
		(void)snprintf(ret.text, sizeof(ret.text), "%s", uuid);
	else
		(void)snprintf(ret.text, sizeof(ret.text), "hand-%s", lend_address_text(first).text);
	return ret;
}

int lend_journal_prepare(const struct lend_fs *fs, struct lend_error *error)
{
	static const char *const directories[] = { LOANS, LEND_STATE_DIR "/locks" };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(directories); i++) {
		int r = lend_fs_make_dir(fs, directories[i], error);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Loads entry @name as it is on file; -ENOENT or -EBADMSG without a sentence, other errors with one. */
static int load(const struct lend_fs *fs, const char *name, json_t **ret, struct lend_error *error)
{
	const struct entry_path path = entry_path("loans", name);
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	r = lend_fs_read_all(fs, path.text, ENTRY_MAX, &text, &size, NULL);
	if (r == -ENOENT)
		return r;
	if (r < 0)
		return lend_error_set(error, r, "%s: cannot read its journal entry /%s: %s", name, path.text,
				      strerror(-r));
	*ret = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	return json_is_object(*ret) ? 0 : -EBADMSG;
}

int lend_journal_write(const struct lend_fs *fs, const struct lend_loan *loan, const struct lend_records *records,
		       struct lend_error *error)
{
	const struct lend_records none = { 0 };
	const struct lend_loan_id name = entry_name(loan);
	_cleanup_free_ char *text = NULL;
	json_t *entry = NULL;
	int r;

	/* Over what is on file, so that what another version put there survives. A damaged entry has nothing to keep.
	 */
	r = load(fs, name.text, &entry, NULL);
	if (r == 0 && json_integer_value(json_object_get(entry, "version")) == 1)
		r = lend_entry_upgrade(entry);
	if (r < 0) {
		json_decref(entry);
		entry = json_object();
		records = records ? records : &none;
	}
	if (entry && lend_entry_set(entry, loan, records) == 0)
		text = json_dumps(entry, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(entry);
	if (!text)
		return lend_error_set(error, -ENOMEM, "%s: cannot form a journal entry", name.text);

	r = lend_fs_replace(fs, entry_path("loans", name.text).text, text, error);
	return r < 0 ? lend_error_wrap(error, r, "%s: cannot write the journal", name.text) : 0;
}

static int complain(int code, const char *name, struct lend_error *error)
{
	const struct entry_path path = entry_path("loans", name);

	if (code == -EPROTONOSUPPORT) {
		lend_error_set(error, code, "%s: its journal entry /%s was written by a newer lendpci", name,
			       path.text);
		return lend_error_hint(error, code, "install that version again to bring the device home");
	}
	lend_error_set(error, -EBADMSG, "%s: its journal entry /%s is damaged", name, path.text);
	return lend_error_hint(error, -EBADMSG,
			       "'lendpci return %s' sets it aside and lets the kernel choose the driver", name);
}

static int read_entry(const struct lend_fs *fs, const char *name, struct lend_loan *ret,
		      struct lend_records *ret_records, struct lend_error *error)
{
	json_t *entry = NULL;
	int r;

	r = load(fs, name, &entry, error);
	if (r == 0 && json_integer_value(json_object_get(entry, "version")) == 1)
		r = lend_entry_upgrade(entry);
	if (r == 0)
		r = lend_entry_get(entry, ret, ret_records);
	json_decref(entry);
	/* The name is the index: an entry that says it is another one's is as good as damaged. */
	if (r == 0 && strcmp(entry_name(ret).text, name) != 0) {
		if (ret_records)
			lend_records_clear(ret_records);
		r = -EBADMSG;
	}
	return r == -EBADMSG || r == -EPROTONOSUPPORT ? complain(r, name, error) : r;
}

int lend_journal_read(const struct lend_fs *fs, struct lend_address address, struct lend_loan *ret,
		      struct lend_records *ret_records, struct lend_error *error)
{
	return read_entry(fs, lend_address_text(address).text, ret, ret_records, error);
}

int lend_journal_read_shared(const struct lend_fs *fs, const struct lend_loan_id *id, struct lend_loan *ret,
			     struct lend_records *ret_records, struct lend_error *error)
{
	return read_entry(fs, id->text, ret, ret_records, error);
}

int lend_journal_remove(const struct lend_fs *fs, const struct lend_loan *loan, struct lend_error *error)
{
	return lend_fs_remove(fs, entry_path("loans", entry_name(loan).text).text, error);
}

int lend_journal_set_aside(const struct lend_fs *fs, struct lend_address address, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(address);
	char to[160];
	int r;

	r = lend_fs_make_dir(fs, LEND_STATE_DIR "/set-aside", error);
	if (r < 0)
		return r;
	(void)snprintf(to, sizeof(to), "%s.%" PRId64, entry_path("set-aside", name.text).text, (int64_t)time(NULL));
	return lend_fs_rename(fs, entry_path("loans", name.text).text, to, error);
}

/* The address in @prefix ADDRESS @suffix. */
static bool address_from_name(const char *name, const char *prefix, const char *suffix, struct lend_address *ret)
{
	size_t length = strlen(name), before = strlen(prefix), behind = strlen(suffix);
	char text[64];

	if (length <= before + behind || length - before - behind >= sizeof(text) ||
	    strncmp(name, prefix, before) != 0 || strcmp(name + length - behind, suffix) != 0)
		return false;
	(void)snprintf(text, sizeof(text), "%.*s", (int)(length - before - behind), name + before);
	return lend_address_parse(text, ret, NULL) == 0;
}

/* The domain's UUID in .UUID.json.new. */
static bool uuid_from_unfinished(const char *name, char ret[static 37])
{
	if (*name != '.' || strlen(name) != 1 + 36 + strlen(".json" LEND_UNFINISHED) ||
	    strspn(name + 1, "0123456789abcdef-") != 36 || strcmp(name + 37, ".json" LEND_UNFINISHED) != 0)
		return false;
	(void)snprintf(ret, 37, "%s", name + 1);
	return true;
}

/* Locks what the entry that @name is the beginning of belongs to. False when somebody is at work on it. */
static bool lock_unfinished(const struct lend_fs *fs, const char *name, struct lend_locks *locks)
{
	struct lend_address address;
	char uuid[37];

	if (address_from_name(name, ".", ".json" LEND_UNFINISHED, &address) ||
	    address_from_name(name, ".hand-", ".json" LEND_UNFINISHED, &address))
		return lend_lock_function(fs, address, 0, locks, NULL) == 0;
	return uuid_from_unfinished(name, uuid) && lend_lock_domain(fs, uuid, 0, locks, NULL) == 0 &&
	       lend_lock_loans(fs, 0, locks, NULL) == 0;
}

int lend_journal_sweep(const struct lend_fs *fs, struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r;

	r = lend_fs_list(fs, LOANS, &names, NULL, error);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (char **name = names; *name; name++) {
		_cleanup_(lend_locks_release) struct lend_locks locks = { 0 };
		char path[320];

		if (!lock_unfinished(fs, *name, &locks))
			continue;
		(void)snprintf(path, sizeof(path), LOANS "/%s", *name);
		r = lend_fs_remove(fs, path, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int lend_journal_list(const struct lend_fs *fs, struct lend_addresses *ret, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses addresses = { 0 };
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r;

	r = lend_fs_list(fs, LOANS, &names, NULL, error);
	if (r < 0 && r != -ENOENT)
		return r;
	for (char **name = names; name && *name; name++) {
		struct lend_address address;

		/* Anything else is a killed writer's rest, or foreign. */
		if (!address_from_name(*name, "", ".json", &address))
			continue;
		if (lend_addresses_add(&addresses, address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the journal");
	}
	*ret = addresses;
	addresses = (struct lend_addresses){ 0 };
	return 0;
}

void lend_loan_ids_clear(struct lend_loan_ids *ids)
{
	free(ids->items);
	*ids = (struct lend_loan_ids){ 0 };
}

int lend_journal_list_shared(const struct lend_fs *fs, struct lend_loan_ids *ret, struct lend_error *error)
{
	_cleanup_(lend_loan_ids_clear) struct lend_loan_ids ids = { 0 };
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	size_t count = 0;
	int r;

	r = lend_fs_list(fs, LOANS, &names, &count, error);
	if (r < 0 && r != -ENOENT)
		return r;
	ids.items = calloc(count + 1, sizeof(*ids.items));
	if (!ids.items)
		return lend_error_set(error, -ENOMEM, "out of memory for the journal");
	for (char **name = names; name && *name; name++) {
		struct lend_address address;
		size_t length = strlen(*name);

		if (**name == '.' || !lend_text_ends_with(*name, ".json") ||
		    length >= sizeof(ids.items->text) + strlen(".json") ||
		    address_from_name(*name, "", ".json", &address))
			continue;
		memcpy(ids.items[ids.count++].text, *name, length - strlen(".json"));
	}
	*ret = ids;
	ids = (struct lend_loan_ids){ 0 };
	return 0;
}
