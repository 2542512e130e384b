/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/device_name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/verb.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/names.h"

/* A shorter word would match too much to have been meant. */
enum { NAME_LEAST = 3 };

/* What is looked for: ids, graphics cards, or names that contain @text. */
struct query {
	const char *text;
	enum { BY_IDS, BY_KIND, BY_NAME } by;
	uint32_t vendor, device;
	struct lend_names *names;
};

static bool parse_ids(const char *text, struct query *query)
{
	char vendor[5], device[5];

	if (strlen(text) != strlen("10de:2684") || text[4] != ':')
		return false;
	(void)snprintf(vendor, sizeof(vendor), "%.4s", text);
	(void)snprintf(device, sizeof(device), "%.4s", text + 5);
	return lend_text_to_u32(vendor, 16, &query->vendor) == 0 && lend_text_to_u32(device, 16, &query->device) == 0;
}

static bool matches(const struct query *query, const struct lend_function *function)
{
	char name[LEND_NAME_MAX];

	switch (query->by) {
	case BY_IDS:
		return function->vendor == query->vendor && function->device == query->device;
	case BY_KIND:
		return lend_function_is_gpu(function);
	default:
		lend_names_function(query->names, function, name);
		return !lend_function_is_bridge(function) && strcasestr(name, query->text);
	}
}

/* The functions that match, and for the first few of them what to tell people. */
struct matches {
	size_t count, listed;
	struct lend_address first;
	char list[260]; /* of a hint */
};

static void add_match(const struct query *query, const struct lend_function *function, struct matches *matches)
{
	const size_t length = strlen(matches->list);
	char name[LEND_NAME_MAX], entry[LEND_NAME_MAX + 64];

	if (matches->count++ == 0)
		matches->first = function->address;
	lend_names_function(query->names, function, name);
	(void)snprintf(entry, sizeof(entry), "%s%s (%s)", length ? ", " : "", lend_address_text(function->address).text,
		       name);
	/* Whole entries only; the rest is counted. */
	if (length + strlen(entry) >= sizeof(matches->list))
		return;
	memcpy(matches->list + length, entry, strlen(entry) + 1);
	matches->listed++;
}

static int find(const struct lend_fs *fs, const struct query *query, const struct lend_addresses *known,
		struct matches *ret, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses all = { 0 };
	int r;

	r = lend_functions_list(fs, &all, error);
	for (size_t i = 0; r == 0 && i < all.count; i++) {
		struct lend_function function;

		if (known && !lend_addresses_contain(known, all.items[i]))
			continue;
		/* Unplugged meanwhile. */
		if (lend_function_read(fs, all.items[i], &function, NULL) == 0 && matches(query, &function))
			add_match(query, &function, ret);
	}
	return r;
}

static int refuse_none(const struct query *query, const struct lend_addresses *known, struct lend_error *error)
{
	static const char *const what[] = {
		[BY_IDS] = "no device has these ids",
		[BY_KIND] = "there is no graphics card",
		[BY_NAME] = "it is not a PCI device",
	};

	if (query->by == BY_NAME) {
		lend_error_set(error, LEND_EXIT_USAGE, "%s: %s", query->text, what[query->by]);
		return lend_error_hint(
			error, LEND_EXIT_USAGE,
			"a device is 0000:01:00.0, 01:00.0, 01:00, or PCIROOT(0)#PCI(0100)#PCI(0000); or 10de:2684, gpu, or a part of its name, when only one is so");
	}
	lend_error_set(error, -ENODEV, "%s: %s%s", query->text, what[query->by],
		       known ? " among those in question" : "");
	return lend_error_hint(error, -ENODEV, "'lendpci survey' lists what there is");
}

static int refuse_several(const struct query *query, const struct matches *matches, struct lend_error *error)
{
	lend_error_set(error, LEND_EXIT_USAGE, "%s: it may be any of %zu devices", query->text, matches->count);
	return lend_error_hint(error, LEND_EXIT_USAGE, "name one by its address: %s%s", matches->list,
			       matches->listed < matches->count ? ", ..." : "");
}

int lend_device_name_find(const struct lend_fs *fs, const char *text, const struct lend_addresses *known,
			  struct lend_address *ret, struct lend_error *error)
{
	_cleanup_(lend_names_freep) struct lend_names *names = NULL;
	struct query query = { .text = text, .by = BY_NAME };
	struct matches found = { 0 };
	int r;

	if (parse_ids(text, &query))
		query.by = BY_IDS;
	else if (strcasecmp(text, "gpu") == 0)
		query.by = BY_KIND;
	else if (strlen(text) < NAME_LEAST)
		return refuse_none(&query, known, error);
	r = lend_names_new(NULL, &names, error);
	if (r < 0)
		return r;
	query.names = names;
	r = find(fs, &query, known, &found, error);
	if (r < 0)
		return r;
	if (found.count == 0)
		return refuse_none(&query, known, error);
	if (found.count > 1)
		return refuse_several(&query, &found, error);
	*ret = found.first;
	return 0;
}
