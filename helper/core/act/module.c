/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel modules: vfio-pci before a loan, a host driver that was unloaded meanwhile after it. libkmod behind one door.
 */
#include "lendpci/act/module.h"

#include <errno.h>
#include <libkmod.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"

static void unref_kmod(struct kmod_ctx **ctx)
{
	if (*ctx)
		(void)kmod_unref(*ctx);
}

static void unref_modules(struct kmod_list **list)
{
	if (*list)
		(void)kmod_module_unref_list(*list);
}

int lend_module_load(const struct lend_fs *fs, const char *name, struct lend_error *error)
{
	_cleanup_(unref_modules) struct kmod_list *modules = NULL;
	_cleanup_(unref_kmod) struct kmod_ctx *ctx = NULL;
	struct kmod_list *item;
	int r;

	r = lend_fs_ask(fs, LEND_CHANGE_MODULE, name, NULL, error);
	if (r != 0)
		return r < 0 ? r : 0;
	if (!lend_fs_is_host(fs))
		return lend_error_set(error, -EOPNOTSUPP, "%s: modules are loaded on the running host only", name);

	ctx = kmod_new(NULL, NULL);
	if (!ctx)
		return lend_error_set(error, -ENOMEM, "%s: cannot read the host's kernel modules", name);
	r = kmod_module_new_from_lookup(ctx, name, &modules);
	if (r < 0 || !modules)
		return lend_error_set(error, r < 0 ? r : -ENOENT, "%s: the running kernel has no such module", name);

	kmod_list_foreach(item, modules)
	{
		struct kmod_module *module = kmod_module_get_module(item);

		r = kmod_module_probe_insert_module(module, KMOD_PROBE_IGNORE_LOADED, NULL, NULL, NULL, NULL);
		(void)kmod_module_unref(module);
		if (r < 0)
			return lend_error_set(error, r, "%s: the module cannot be loaded: %s", name, strerror(-r));
	}
	return 0;
}
