/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Definitions edited as text, for the tests of the editor. */
#include "domain_text.h"
#include "lendpci/base/fs.h"
#include "lendpci/decide/edit/edit.h"
#include "lendpci/know/domain/template.h"

#define GIB (1ULL << 30)

static const struct lend_policy_device card_0 = {
	.address = { .bus = 1 }, .vendor = 0x10de, .device = 0x2684, .serial = 0x0011223344556677
};
static const struct lend_policy_device card_1 = { .address = { .bus = 1, .function = 1 }, .vendor = 0x10de };
static const struct lend_policy_device other = { .address = { .bus = 2 },
						 .location_path = (char *)"PCIROOT(0)#PCI(0200)" };

/** The built-in templates, and what the last edit reported. */
static struct lend_templates *templates;
static struct lend_edit_report report;

static inline int load_templates(void **state)
{
	_cleanup_(lend_fs_freep) struct lend_fs *fs = NULL;

	(void)state;
	/* No administrator's templates there. */
	assert_done(lend_fs_new(TESTS_DATA, &fs, error));
	assert_done(lend_templates_load(fs, &templates, error));
	return 0;
}

static inline int free_templates(void **state)
{
	(void)state;
	lend_templates_free(templates);
	return 0;
}

/* @xml with @count devices injected; the caller's to free. */
static inline char *injected(const char *xml, const struct lend_policy_device *devices, size_t count, uint64_t window)
{
	const struct lend_edit_request request = { .devices = devices, .count = count, .window.pcihole64 = window };
	char *text = NULL;

	assert_done(lend_edit_inject(xml, strlen(xml), &request, templates, &text, &report, error));
	return text;
}

/* @xml without @count devices, 0 for all. */
static inline char *withdrawn(const char *xml, const struct lend_policy_device *devices, size_t count)
{
	struct lend_address gone[4];
	char *text = NULL;

	for (size_t i = 0; i < count; i++)
		gone[i] = devices[i].address;
	assert_done(lend_edit_withdraw(xml, strlen(xml), gone, count, NULL, templates, &text, &report, error));
	return text;
}

static inline void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static inline void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' is in:\n%s", part, text);
}

static inline unsigned count_of(const char *text, const char *part)
{
	unsigned count = 0;

	for (const char *at = text; (at = strstr(at, part)); at++)
		count++;
	return count;
}
