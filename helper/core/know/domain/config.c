/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt's persistent domains, from the files in which it keeps them. */
#include "lendpci/know/domain/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/xml.h"

#define DEFINITIONS "etc/libvirt/qemu"
#define SAVED "var/lib/libvirt/qemu/save"

void lend_domain_configs_clear(struct lend_domain_configs *domains)
{
	for (size_t i = 0; i < domains->count; i++) {
		free(domains->items[i].name);
		lend_addresses_clear(&domains->items[i].functions);
	}
	free(domains->items);
	*domains = (struct lend_domain_configs){ 0 };
}

static int fill(const struct lend_fs *fs, const struct lend_domain *domain, struct lend_domain_config *stored)
{
	char path[sizeof(SAVED) + NAME_MAX + 16];
	int r = lend_domain_devices(domain, &stored->functions, NULL);

	for (size_t i = 0; r == 0 && i < domain->drives.count; i++)
		r = lend_addresses_add(&stored->functions, domain->drives.items[i]);
	stored->borrows = lend_domain_first_borrowed(domain);
	(void)snprintf(path, sizeof(path), SAVED "/%.*s.save", NAME_MAX, domain->name);
	stored->is_saved = lend_fs_exists(fs, path);
	stored->name = strdup(domain->name);
	return stored->name ? r : -ENOMEM;
}

static int read_text(const struct lend_fs *fs, const char *file, char **ret, size_t *ret_size, struct lend_error *error)
{
	char path[sizeof(DEFINITIONS) + NAME_MAX + 2];

	(void)snprintf(path, sizeof(path), DEFINITIONS "/%s", file);
	return lend_fs_read_all(fs, path, LEND_XML_SIZE_MAX, ret, ret_size, error);
}

/* Adds the domain of one file. A file that is no definition is counted and passed over. */
static int read_one(const struct lend_fs *fs, const char *file, struct lend_domain_configs *domains)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	struct lend_domain_config *bigger;
	_cleanup_free_ char *xml = NULL;
	size_t size = 0;

	if (read_text(fs, file, &xml, &size, NULL) < 0 || lend_domain_parse(xml, size, &domain, NULL) < 0) {
		domains->unread++;
		return 0;
	}
	bigger = reallocarray(domains->items, domains->count + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	domains->items = bigger;
	bigger[domains->count] = (struct lend_domain_config){ 0 };
	return fill(fs, domain, &bigger[domains->count++]);
}

int lend_domain_configs_read(const struct lend_fs *fs, struct lend_domain_configs *ret, struct lend_error *error)
{
	_cleanup_(lend_domain_configs_clear) struct lend_domain_configs domains = { 0 };
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	struct lend_error failure = { 0 };
	int r;

	r = lend_fs_list(fs, DEFINITIONS, &names, NULL, &failure);
	if (r < 0 && r != -ENOENT) {
		if (error)
			*error = failure;
		return r;
	}
	for (char **name = names; name && *name; name++) {
		if (!lend_text_ends_with(*name, ".xml"))
			continue;
		if (read_one(fs, *name, &domains) < 0)
			return lend_error_set(error, -ENOMEM, "/" DEFINITIONS "/%s: out of memory", *name);
	}
	*ret = domains;
	domains = (struct lend_domain_configs){ 0 };
	return 0;
}

int lend_domain_config_find(const struct lend_fs *fs, const char *name, struct lend_domain **ret,
			    struct lend_error *error)
{
	_cleanup_free_ char *xml = NULL;
	char file[NAME_MAX + 1];
	size_t size = 0;
	int r;

	/* Whoever names a domain must not choose which file root reads. */
	if (!*name || *name == '.' || strchr(name, '/') || strlen(name) > NAME_MAX - strlen(".xml"))
		return lend_error_set(error, -ENOENT, "no definition is kept under such a name");
	(void)snprintf(file, sizeof(file), "%s.xml", name);
	r = read_text(fs, file, &xml, &size, error);
	if (r < 0)
		return r;
	if (!lend_domain_text_may_concern(xml, size))
		return lend_error_set(error, -ENOENT, "/" DEFINITIONS "/%s: it has no device of this host", file);
	r = lend_domain_parse(xml, size, ret, error);
	return r < 0 ? lend_error_wrap(error, r, "/" DEFINITIONS "/%s", file) : 0;
}
