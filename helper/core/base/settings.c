/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's configuration, from /etc/lendpci.
 *
 * libeconf parses each file; which files, and in which order, is decided here, since libeconf's own search cannot be
 * kept below a root and forgets which of two files held a wrong value. Only calls that libeconf 0.5 and 0.7 share.
 */
#include "lendpci/base/settings.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <libeconf.h>
#include <libeconf_ext.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/base/trace.h"

#define MAIN_FILE "etc/lendpci/lendpci.conf"
#define DROP_INS "etc/lendpci/lendpci.conf.d"

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS };

const struct lend_settings lend_settings_default = {
	.lock_deadline_ms = 10 * SECOND_MS,
	.unbind_deadline_ms = 30 * SECOND_MS,
	/* libvirt itself gives up killing QEMU after some 40 s. */
	.vfio_release_deadline_ms = 45 * SECOND_MS,
	/* A guest with terabytes of locked memory starts in minutes. */
	.start_deadline_ms = 10 * MINUTE_MS,
	.shutdown_deadline_ms = 60 * SECOND_MS,
	.holders = LEND_HOLDERS_REFUSE,
	.holders_wait_ms = 10 * SECOND_MS,
	.stop_units = "display-manager.service",
};

static const char *const policies[] = {
	[LEND_HOLDERS_REFUSE] = "refuse",   [LEND_HOLDERS_WAIT] = "wait",     [LEND_HOLDERS_STOP] = "stop",
	[LEND_HOLDERS_RELEASE] = "release", [LEND_HOLDERS_IGNORE] = "ignore",
};

static const struct key {
	const char *name;
	size_t offset;
	uint32_t least_ms, most_ms; /* of a time; 0 for what is none */
} keys[] = {
	{ "lock_deadline", offsetof(struct lend_settings, lock_deadline_ms), 0, 10 * MINUTE_MS },
	{ "unbind_deadline", offsetof(struct lend_settings, unbind_deadline_ms), SECOND_MS, 10 * MINUTE_MS },
	{ "vfio_release_deadline", offsetof(struct lend_settings, vfio_release_deadline_ms), SECOND_MS,
	  10 * MINUTE_MS },
	{ "start_deadline", offsetof(struct lend_settings, start_deadline_ms), MINUTE_MS, 24 * 60 * MINUTE_MS },
	{ "shutdown_deadline", offsetof(struct lend_settings, shutdown_deadline_ms), 0, 60 * MINUTE_MS },
	{ "holders", offsetof(struct lend_settings, holders), 0, 0 },
	{ "holders_wait", offsetof(struct lend_settings, holders_wait_ms), 0, 10 * MINUTE_MS },
	{ "stop_units", offsetof(struct lend_settings, stop_units), 0, 0 },
	{ "stop_sessions", offsetof(struct lend_settings, stop_sessions), 0, 0 },
	{ "display", offsetof(struct lend_settings, keep_display), 0, 0 },
	{ "network", offsetof(struct lend_settings, take_network), 0, 0 },
	{ "debug", offsetof(struct lend_settings, debug), 0, 0 },
};

/* Where a value stands, for messages. */
struct place {
	const char *path;
	uint64_t line;
	const char *key;
};

static void free_file(econf_file **file)
{
	if (*file)
		econf_freeFile(*file);
}

static void free_keys(char ***array)
{
	if (*array)
		econf_freeArray(*array);
}

static int parse_duration(const struct place *place, const struct key *key, const char *text, unsigned *ret,
			  struct lend_error *error)
{
	static const struct {
		const char *suffix;
		uint32_t ms;
	} units[] = { { "ms", 1 }, { "s", SECOND_MS }, { "min", MINUTE_MS }, { "", SECOND_MS } };
	const size_t digits = strspn(text, "0123456789");
	const char *suffix = text + digits + strspn(text + digits, " ");
	char number[16];
	uint32_t value;

	(void)snprintf(number, sizeof(number), "%.*s", (int)digits, text);
	for (size_t i = 0; i < LEND_ARRAY_SIZE(units); i++) {
		uint64_t ms;

		if (strcmp(suffix, units[i].suffix) != 0 || digits >= sizeof(number) ||
		    lend_text_to_u32(number, 10, &value) < 0)
			continue;
		ms = (uint64_t)value * units[i].ms;
		if (ms < key->least_ms || ms > key->most_ms)
			return lend_error_set(error, -EINVAL,
					      "/%s:%" PRIu64 ": %s: '%s' is out of range: expected %us to %us",
					      place->path, place->line, place->key, text, key->least_ms / SECOND_MS,
					      key->most_ms / SECOND_MS);
		*ret = (unsigned)ms;
		return 0;
	}
	return lend_error_set(error, -EINVAL, "/%s:%" PRIu64 ": %s: '%s' is not a time: expected 30s, 500ms or 2min",
			      place->path, place->line, place->key, text);
}

const char *lend_holders_policy_name(enum lend_holders_policy policy)
{
	return policies[policy];
}

int lend_holders_policy_from_name(const char *name, enum lend_holders_policy *ret)
{
	for (size_t i = 0; i < LEND_ARRAY_SIZE(policies); i++) {
		if (strcmp(name, policies[i]) != 0)
			continue;
		*ret = (enum lend_holders_policy)i;
		return 0;
	}
	return -EINVAL;
}

static int parse_policy(const struct place *place, const char *text, enum lend_holders_policy *ret,
			struct lend_error *error)
{
	if (lend_holders_policy_from_name(text, ret) == 0)
		return 0;
	return lend_error_set(error, -EINVAL,
			      "/%s:%" PRIu64 ": %s: '%s' is not one of refuse, wait, stop, release, ignore",
			      place->path, place->line, place->key, text);
}

static int parse_flag(const struct place *place, const char *text, bool *ret, struct lend_error *error)
{
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return lend_error_set(error, -EINVAL, "/%s:%" PRIu64 ": %s: '%s' is neither yes nor no", place->path,
				      place->line, place->key, text);
	*ret = strcmp(text, "yes") == 0;
	return 0;
}

/* Whether @text is "take", which is the opposite of "refuse". */
static int parse_take(const struct place *place, const char *text, bool *ret, struct lend_error *error)
{
	if (strcmp(text, "refuse") != 0 && strcmp(text, "take") != 0)
		return lend_error_set(error, -EINVAL, "/%s:%" PRIu64 ": %s: '%s' is neither refuse nor take",
				      place->path, place->line, place->key, text);
	*ret = strcmp(text, "take") == 0;
	return 0;
}

static int parse_display(const struct place *place, const char *text, bool *ret_keep, struct lend_error *error)
{
	int r = parse_take(place, text, ret_keep, error);

	*ret_keep = r == 0 && !*ret_keep;
	return r;
}

/* Units are asked for by their whole names, as `systemctl list-units` prints them. */
static int parse_units(const struct place *place, const char *text, char *ret, size_t size, struct lend_error *error)
{
	for (const char *at = text + strspn(text, " \t"); *at; at += strspn(at, " \t")) {
		size_t span = strcspn(at, " \t");

		if (!memchr(at, '.', span) || memchr(at, '/', span))
			return lend_error_set(error, -EINVAL,
					      "/%s:%" PRIu64
					      ": %s: '%.*s' is not a unit: expected display-manager.service",
					      place->path, place->line, place->key, (int)span, at);
		at += span;
	}
	if (strlen(text) >= size)
		return lend_error_set(error, -EINVAL, "/%s:%" PRIu64 ": %s: more than %zu characters", place->path,
				      place->line, place->key, size - 1);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

static const struct key *find_key(const char *name)
{
	for (size_t i = 0; i < LEND_ARRAY_SIZE(keys); i++)
		if (strcmp(name, keys[i].name) == 0)
			return &keys[i];
	return NULL;
}

static int store(const struct place *place, const struct key *key, const char *text, struct lend_settings *settings,
		 struct lend_error *error)
{
	if (key->most_ms)
		return parse_duration(place, key, text, (unsigned *)(void *)((char *)settings + key->offset), error);
	switch (key->offset) {
	case offsetof(struct lend_settings, stop_units):
		return parse_units(place, text, settings->stop_units, sizeof(settings->stop_units), error);
	case offsetof(struct lend_settings, stop_sessions):
		return parse_flag(place, text, &settings->stop_sessions, error);
	case offsetof(struct lend_settings, keep_display):
		return parse_display(place, text, &settings->keep_display, error);
	case offsetof(struct lend_settings, take_network):
		return parse_take(place, text, &settings->take_network, error);
	case offsetof(struct lend_settings, debug):
		return parse_flag(place, text, &settings->debug, error);
	default:
		return parse_policy(place, text, &settings->holders, error);
	}
}

static int apply(const struct place *place, char *text, struct lend_settings *settings, struct lend_error *error)
{
	const struct key *key = find_key(place->key);

	if (!key) {
		lend_error_set(error, -EINVAL, "/%s:%" PRIu64 ": '%s' is not a setting", place->path, place->line,
			       place->key);
		return lend_error_hint(
			error, -EINVAL,
			"the settings are lock_deadline, unbind_deadline, vfio_release_deadline, start_deadline, shutdown_deadline, holders, holders_wait, stop_units, stop_sessions, display, network, debug");
	}
	/* No unit at all is a wish that makes sense; no time or no policy is not. */
	if (key->offset == offsetof(struct lend_settings, stop_units) && !text)
		text = "";
	if (!text || (!*text && key->offset != offsetof(struct lend_settings, stop_units)))
		return lend_error_set(error, -EINVAL, "/%s:%" PRIu64 ": %s: has no value", place->path, place->line,
				      place->key);
	/* libeconf takes a line without '=' for more of the value above it. */
	if (strchr(text, '\n')) {
		*strchr(text, '\n') = '\0';
		return lend_error_set(error, -EINVAL, "/%s:%" PRIu64 ": more text after %s = %s: expected KEY = VALUE",
				      place->path, place->line, place->key, text);
	}
	lend_trace("/%s:%" PRIu64 ": %s = %s", place->path, place->line, place->key, text);
	return store(place, key, text, settings, error);
}

static int apply_key(econf_file *file, const char *path, const char *key, struct lend_settings *settings,
		     struct lend_error *error)
{
	struct place place = { .path = path, .key = key };
	_cleanup_free_ char *value = NULL;
	econf_ext_value *origin = NULL;

	if (econf_getExtValue(file, NULL, key, &origin) == ECONF_SUCCESS) {
		place.line = origin->line_number;
		econf_freeExtValue(origin);
	}
	if (econf_getStringValue(file, NULL, key, &value) != ECONF_SUCCESS)
		return lend_error_set(error, -EINVAL, "/%s:%" PRIu64 ": %s: cannot be read", path, place.line, key);
	return apply(&place, value, settings, error);
}

static int parse(const char *path, int fd, econf_file **ret, struct lend_error *error)
{
	_cleanup_free_ char *where = NULL;
	uint64_t line = 0;
	char link[64];
	econf_err e;

	/* The descriptor's own name: the file was opened below the root, and libeconf takes nothing but names. */
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	e = econf_readFile(ret, link, "=", "#");
	if (e == ECONF_SUCCESS)
		return 0;
	if (e == ECONF_NOMEM)
		return lend_error_set(error, -ENOMEM, "/%s: out of memory", path);
	econf_errLocation(&where, &line);
	return lend_error_set(error, -EINVAL, "/%s:%" PRIu64 ": %s: expected KEY = VALUE", path, line,
			      econf_errString(e));
}

static int load_file(const struct lend_fs *fs, const char *path, struct lend_settings *settings,
		     struct lend_error *error)
{
	_cleanup_(free_file) econf_file *file = NULL;
	_cleanup_(free_keys) char **groups = NULL;
	_cleanup_(free_keys) char **names = NULL;
	_cleanup_close_ int fd = -1;
	size_t count = 0;
	int r;

	fd = lend_fs_open_to_read(fs, path, error);
	if (fd < 0)
		return fd;
	r = parse(path, fd, &file, error);
	if (r < 0)
		return r;
	if (econf_getGroups(file, &count, &groups) == ECONF_SUCCESS && count)
		return lend_error_set(error, -EINVAL, "/%s: [%s]: the settings stand in no section", path, groups[0]);
	if (econf_getKeys(file, NULL, &count, &names) != ECONF_SUCCESS)
		return 0;
	for (size_t i = 0; i < count; i++) {
		r = apply_key(file, path, names[i], settings, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int load_drop_ins(const struct lend_fs *fs, struct lend_settings *settings, struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	int r;

	r = lend_fs_list(fs, DROP_INS, &names, NULL, error);
	if (r < 0)
		return r;
	for (char **name = names; *name; name++) {
		const size_t length = strlen(*name);
		char path[sizeof(DROP_INS) + NAME_MAX + 1];

		/* As everywhere: an editor's backup and a package's leftovers are no configuration. */
		if (**name == '.' || length <= strlen(".conf") ||
		    strcmp(*name + length - strlen(".conf"), ".conf") != 0)
			continue;
		(void)snprintf(path, sizeof(path), DROP_INS "/%s", *name);
		r = load_file(fs, path, settings, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int lend_settings_load(const struct lend_fs *fs, struct lend_settings *ret, struct lend_error *error)
{
	struct lend_settings settings = lend_settings_default;
	struct lend_error failure = { 0 };
	int r;

	r = load_file(fs, MAIN_FILE, &settings, &failure);
	if (r >= 0 || r == -ENOENT)
		r = load_drop_ins(fs, &settings, &failure);
	if (r < 0 && r != -ENOENT) {
		if (error)
			*error = failure;
		return r;
	}
	*ret = settings;
	return 0;
}
