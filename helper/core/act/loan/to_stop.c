/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host's configuration lets stop for a loan: units that it names, and users' sessions. */
#include "to_stop.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"
#include "lendpci/base/text.h"
#include "lendpci/know/holders/list.h"
#include "lendpci/know/host/control_group.h"
#include "lendpci/know/pci/function.h"

#define DISPLAY_MANAGER "display-manager.service"

struct unit_name {
	char text[NAME_MAX + 1];
};

/*
 * What @alias is another name of: display-manager.service is gdm.service or sddm.service, and a process is found in
 * that one's control group. An alias is a symbolic link in one of systemd's folders; the first folder that has the name
 * decides, and a masked unit leads to "null". False for no alias.
 *
 * Source: systemd.unit(5), "Unit File Load Path" and Alias=.
 */
static bool find_unit_of(const struct lend_fs *fs, const char *alias, struct unit_name *ret)
{
	static const char *const folders[] = { "etc/systemd/system", "run/systemd/system",
					       "usr/local/lib/systemd/system", "usr/lib/systemd/system",
					       "lib/systemd/system" };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(folders); i++) {
		char path[NAME_MAX + 64];
		int r;

		(void)snprintf(path, sizeof(path), "%s/%s", folders[i], alias);
		r = lend_fs_link_name(fs, path, ret->text, sizeof(ret->text), NULL);
		if (r != -ENOENT)
			return r >= 0;
	}
	return false;
}

static bool is_named(const struct lend_context *context, const char *unit)
{
	char names[sizeof(context->settings->stop_units)], *save = NULL;
	struct unit_name target;

	(void)snprintf(names, sizeof(names), "%s", context->settings->stop_units);
	for (char *name = strtok_r(names, " \t", &save); name; name = strtok_r(NULL, " \t", &save))
		if (strcmp(name, unit) == 0 ||
		    (find_unit_of(context->fs, name, &target) && strcmp(target.text, unit) == 0))
			return true;
	return false;
}

static int add(char *list, size_t size, const char *name, const char *subject, struct lend_error *error)
{
	if (lend_text_add_words(list, size, name) < 0)
		return lend_error_set(error, -E2BIG, "%s: too much would have to stop for it", subject);
	return 1;
}

int lend_to_stop_add(const struct lend_context *context, const struct lend_holder *holder, struct lend_to_stop *to_stop,
		     struct lend_error *error)
{
	const struct lend_address_text subject = lend_address_text(holder->function);

	/* A user can name a unit of their own as they like; it is not the one that the host's configuration means. */
	if (holder->unit && !holder->is_user_unit && is_named(context, holder->unit))
		return add(to_stop->units, sizeof(to_stop->units), holder->unit, subject.text, error);
	if (holder->session && context->settings->stop_sessions)
		return add(to_stop->sessions, sizeof(to_stop->sessions), holder->session, subject.text, error);
	return 0;
}

/* Of the card as a whole: its sound goes along. */
static bool is_first_display(const struct lend_fs *fs, struct lend_address address)
{
	for (address.function = 0; address.function < 8; address.function++) {
		char text[8];

		if (lend_fs_read(fs, lend_function_path(address, "boot_vga").text, text, sizeof(text), NULL) == 0 &&
		    strcmp(text, "1") == 0)
			return true;
	}
	return false;
}

bool lend_to_stop_can_release(const struct lend_context *context, const struct lend_holder *holder)
{
	return holder->pid &&
	       (strncmp(holder->node, "/dev/dri/", strlen("/dev/dri/")) == 0 ||
		strncmp(holder->node, "/dev/snd/", strlen("/dev/snd/")) == 0) &&
	       !is_first_display(context->fs, holder->function);
}

/* A unit that runs has a control group. */
static bool is_running(const struct lend_fs *fs, const char *unit)
{
	static const char *const trees[] = { "sys/fs/cgroup", "sys/fs/cgroup/systemd" };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(trees); i++) {
		char path[NAME_MAX + 64];

		(void)snprintf(path, sizeof(path), "%s/system.slice/%s", trees[i], unit);
		if (lend_fs_exists(fs, path))
			return true;
	}
	return false;
}

int lend_to_stop_add_display_manager(const struct lend_context *context, struct lend_to_stop *to_stop,
				     struct lend_error *error)
{
	struct unit_name unit = { DISPLAY_MANAGER };

	if (!*to_stop->sessions)
		return 0;
	if (!find_unit_of(context->fs, DISPLAY_MANAGER, &unit))
		unit = (struct unit_name){ DISPLAY_MANAGER };
	if ((!is_named(context, unit.text) && !is_named(context, DISPLAY_MANAGER)) ||
	    !is_running(context->fs, unit.text))
		return 0;
	return add(to_stop->units, sizeof(to_stop->units), unit.text, unit.text, error);
}

int lend_to_stop_check_self(const struct lend_context *context, const struct lend_to_stop *to_stop,
			    struct lend_error *error)
{
	struct lend_control_group self;

	lend_control_group_read(context->fs, "self", &self);
	if (!*self.session || !lend_text_has_word(to_stop->sessions, self.session))
		return 0;
	lend_error_set(error, -EBUSY, "%s: has to end for it, and with it this command, which runs in it",
		       self.session);
	return lend_error_hint(error, -EBUSY, "start the VM with virsh, or log in over the network");
}
