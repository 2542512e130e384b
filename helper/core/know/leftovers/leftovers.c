/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other ways of passing devices through have left on the host. */
#include "lendpci/know/leftovers/leftovers.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/domain/config.h"
#include "lendpci/know/host/readiness.h"
#include "lendpci/know/pci/inventory.h"

#define HOOKS "etc/libvirt/hooks"

/* More than anybody writes by hand. */
enum { SCRIPT_MAX = 1024 * 1024 };

struct search {
	const struct lend_fs *fs;
	const struct lend_inventory *inventory;
	const struct lend_domain_configs *domains;
	struct lend_leftovers found;
};

void lend_leftovers_clear(struct lend_leftovers *leftovers)
{
	free(leftovers->items);
	*leftovers = (struct lend_leftovers){ 0 };
}

/* A further one; false when memory runs out. Its hint is @hint, its text is made as printf() would. */
static bool __attribute__((format(printf, 3, 4))) add(struct search *search, const char *hint, const char *format, ...)
{
	struct lend_leftover *bigger =
		reallocarray(search->found.items, search->found.count + 1, sizeof(*search->found.items));
	va_list arguments;

	if (!bigger)
		return false;
	search->found.items = bigger;
	bigger += search->found.count++;
	va_start(arguments, format);
	(void)vsnprintf(bigger->text, sizeof(bigger->text), format, arguments);
	va_end(arguments);
	(void)snprintf(bigger->hint, sizeof(bigger->hint), "%s", hint);
	return true;
}

/* A script that binds drivers by itself, or waits for the daemon that waits for it; "" when @text does neither. */
static const char *what_it_does(const char *text)
{
	static const char *const binding[] = { "driver_override", "drivers/vfio-pci", "/unbind", "modprobe vfio",
					       "driverctl" };

	/* Nobody calls it in a comment alone that often; and who does gets a warning, no more. */
	if (strstr(text, "virsh "))
		return "calls virsh, which may wait for libvirt for ever while libvirt waits for its hooks";
	for (size_t i = 0; i < LEND_ARRAY_SIZE(binding); i++)
		if (strstr(text, binding[i]))
			return "binds drivers, as lendpci does";
	return "";
}

static bool look_at_script(struct search *search, const char *path)
{
	_cleanup_free_ char *text = NULL;
	const char *does;

	/* Programs may have any bytes, and say nothing to a search for words: only scripts are looked at. */
	if (lend_fs_read_all(search->fs, path, SCRIPT_MAX, &text, NULL, NULL) < 0 || strncmp(text, "#!", 2) != 0)
		return true;
	does = what_it_does(text);
	return !*does || add(search, "take it away, or what of it concerns devices, and 'lendpci assign' the device",
			     "the hook script /%.200s %s", path, does);
}

/* VFIO-Tools: a dispatcher in hooks/qemu runs qemu.d/DOMAIN/OPERATION/SUBOPERATION/SCRIPT. libvirt runs files alone. */
static bool look_at_folder(struct search *search, const char *name)
{
	static const char *const operations[] = { "prepare", "start", "started", "stopped", "release" };
	char path[NAME_MAX + 64];

	for (size_t i = 0; i < LEND_ARRAY_SIZE(operations); i++) {
		(void)snprintf(path, sizeof(path), HOOKS "/qemu.d/%s/%s", name, operations[i]);
		if (!lend_fs_exists(search->fs, path))
			continue;
		return add(search, "take it away once its domain's device is assigned with 'lendpci assign'",
			   "/" HOOKS "/qemu.d/%.100s has scripts for single operations, as VFIO-Tools lays them out",
			   name);
	}
	(void)snprintf(path, sizeof(path), HOOKS "/qemu.d/%s", name);
	return look_at_script(search, path);
}

static bool look_at_hooks(struct search *search)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (!look_at_script(search, HOOKS "/qemu"))
		return false;
	if (lend_fs_list(search->fs, HOOKS "/qemu.d", &names, NULL, NULL) < 0)
		return true;
	for (char **name = names; *name; name++)
		if (strcmp(*name, strrchr(LEND_HOOK_PATH, '/') + 1) != 0 && !look_at_folder(search, *name))
			return false;
	return true;
}

/* The first domain that has @address, or NULL. */
static const char *domain_of(const struct search *search, struct lend_address address)
{
	for (size_t i = 0; i < search->domains->count; i++)
		if (lend_addresses_contain(&search->domains->items[i].functions, address))
			return search->domains->items[i].name;
	return NULL;
}

/* @ids is a list as vfio-pci takes it, "10de:2684,10de:22ba"; @where says who gives it. */
static bool look_at_ids(struct search *search, const char *ids, const char *where)
{
	for (size_t i = 0; i < search->inventory->count; i++) {
		const struct lend_function *function = &search->inventory->functions[i];
		const char *domain = domain_of(search, function->address);
		char id[16];

		(void)snprintf(id, sizeof(id), "%04x:%04x", function->vendor, function->device);
		if (!domain || !strcasestr(ids, id))
			continue;
		return add(
			search,
			"take it out, make a new initramfs, and boot; 'lendpci reserve' keeps one card off the host's drivers",
			"%s keeps every %s on vfio-pci, and %s of %.60s is one: the host never gets it back", where, id,
			lend_address_text(function->address).text, domain);
	}
	return true;
}

static bool look_at_command_line(struct search *search)
{
	_cleanup_free_ char *text = NULL;
	char *save = NULL;

	if (lend_fs_read_all(search->fs, "proc/cmdline", SCRIPT_MAX, &text, NULL, NULL) < 0)
		return true;
	for (char *word = strtok_r(text, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if ((strncmp(word, "vfio-pci.ids=", 13) == 0 || strncmp(word, "vfio_pci.ids=", 13) == 0) &&
		    !look_at_ids(search, word + 13, "vfio-pci.ids= on the kernel's command line"))
			return false;
	return true;
}

/* "options vfio-pci ids=10de:2684,10de:22ba" */
static bool look_at_options(struct search *search, const char *path)
{
	_cleanup_free_ char *text = NULL;
	char where[160], *save = NULL;

	if (lend_fs_read_all(search->fs, path, SCRIPT_MAX, &text, NULL, NULL) < 0)
		return true;
	(void)snprintf(where, sizeof(where), "'options vfio-pci ids=' in /%.100s", path);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *ids = strstr(line, "ids=");

		line += strspn(line, " \t");
		if (ids && strncmp(line, "options", 7) == 0 && (strstr(line, "vfio-pci") || strstr(line, "vfio_pci")) &&
		    !look_at_ids(search, ids + 4, where))
			return false;
	}
	return true;
}

static bool look_at_modprobe(struct search *search)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (lend_fs_list(search->fs, "etc/modprobe.d", &names, NULL, NULL) < 0)
		return true;
	for (char **name = names; *name; name++) {
		char path[NAME_MAX + 32];

		(void)snprintf(path, sizeof(path), "etc/modprobe.d/%s", *name);
		if (!look_at_options(search, path))
			return false;
	}
	return true;
}

/* /etc/driverctl.d/ADDRESS holds the driver that it is to have at boot. */
static bool look_at_driverctl(struct search *search)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (lend_fs_list(search->fs, "etc/driverctl.d", &names, NULL, NULL) < 0)
		return true;
	for (char **name = names; *name; name++) {
		struct lend_address address;
		const char *domain;
		char hint[128];

		if (lend_address_parse(*name, &address, NULL) < 0 || !(domain = domain_of(search, address)))
			continue;
		(void)snprintf(hint, sizeof(hint), "driverctl unset-override %s", lend_address_text(address).text);
		if (!add(search, hint, "driverctl has an override for %s of %.60s: the host never gets it back",
			 lend_address_text(address).text, domain))
			return false;
	}
	return true;
}

int lend_leftovers_find(const struct lend_fs *fs, const struct lend_inventory *inventory,
			const struct lend_domain_configs *domains, struct lend_leftovers *ret, struct lend_error *error)
{
	struct search search = { .fs = fs, .inventory = inventory, .domains = domains };

	if (!look_at_hooks(&search) || !look_at_command_line(&search) || !look_at_modprobe(&search) ||
	    !look_at_driverctl(&search)) {
		lend_leftovers_clear(&search.found);
		return lend_error_set(error, -ENOMEM, "out of memory for what other tools have left");
	}
	*ret = search.found;
	return 0;
}
