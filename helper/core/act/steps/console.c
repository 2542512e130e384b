/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Step "console": takes the host's text consoles off a screen that goes.
 *
 * fbcon draws them until the host driver takes the framebuffer away. It lets go earlier, while that driver is still
 * whole, when it is told so; but one switch serves all framebuffers of the host, so that is safe only where each of
 * them is lent. The firmware's framebuffer (efi-framebuffer.0, simple-framebuffer.0, …) is the function's in whose
 * memory it is, and somebody else's where that is not known.
 *
 * Relies on sys/class/graphics/fbN, whose "device" is the function also where DRM emulates the framebuffer, and on
 * sys/class/vtconsole/vtconN/{name,bind}. "bind" takes the console lock to be read and to be written, and whoever draws
 * on a display holds that lock. A write says nothing when the kernel did not obey.
 *
 * Source: the kernel's driver-api document "Console Drivers"; drivers/tty/vt/vt.c, drivers/video/fbdev/core/fbcon.c.
 */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/steps/driver.h"
#include "lendpci/act/steps/step.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/firmware_framebuffer.h"

#define FRAMEBUFFERS "sys/class/graphics"
#define CONSOLES "sys/class/vtconsole"

/* How long a driver that has the card again may take to make the framebuffer: i915 does so after its probe. */
enum { FRAMEBUFFER_MS = 2000, PAUSE_MS = 20 };

struct console {
	char function[32]; /* whose framebuffer it is */
	char name[64];     /* what draws, as the kernel calls it: "(M) frame buffer device" */
};

/* An attribute of vtconsole. */
struct bind_path {
	char text[320];
};

/* fbcon has a directory of its own beside fb0. */
static bool is_framebuffer(const char *name)
{
	return strncmp(name, "fb", 2) == 0 && isdigit((unsigned char)name[2]);
}

static bool read_firmwares_owner(const struct lend_fs *fs, struct lend_address *ret)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses owners = { 0 };

	if (lend_firmware_framebuffer_owners(fs, &owners, NULL) < 0 || owners.count != 1)
		return false;
	*ret = owners.items[0];
	return true;
}

/* Whose framebuffer it is; false where its parent is no PCI function. */
static bool read_owner(const struct lend_fs *fs, const char *framebuffer, struct lend_address *ret)
{
	char path[320], device[64];

	(void)snprintf(path, sizeof(path), FRAMEBUFFERS "/%s/device", framebuffer);
	if (lend_fs_link_name(fs, path, device, sizeof(device), NULL) < 0)
		return false;
	if (lend_firmware_framebuffer_is_name(device))
		return read_firmwares_owner(fs, ret);
	return lend_address_parse(device, ret, NULL) == 0;
}

/*
 * Finds the first of @functions that has a framebuffer. Returns false when none has, or when the host has another
 * screen too, whose text would go with theirs.
 */
static bool find_only_screen(const struct lend_fs *fs, const struct lend_addresses *functions, struct lend_address *ret)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	bool found = false;

	if (lend_fs_list(fs, FRAMEBUFFERS, &names, NULL, NULL) < 0)
		return false;
	for (char **name = names; *name; name++) {
		struct lend_address owner;

		if (!is_framebuffer(*name))
			continue;
		if (!read_owner(fs, *name, &owner) || !lend_addresses_contain(functions, owner))
			return false;
		if (!found || lend_address_compare(owner, *ret) < 0)
			*ret = owner;
		found = true;
	}
	return found;
}

static bool has_framebuffer(const struct lend_fs *fs, struct lend_address function)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	struct lend_address owner;

	if (lend_fs_list(fs, FRAMEBUFFERS, &names, NULL, NULL) < 0)
		return false;
	for (char **name = names; *name; name++)
		if (is_framebuffer(*name) && read_owner(fs, *name, &owner) && lend_address_equal(owner, function))
			return true;
	return false;
}

/* A console whose last framebuffer is gone lingers for a moment, and is then called "(S) …". */
static bool draws_on_framebuffers(const char *name)
{
	return strncmp(name, "(M) ", 4) == 0 && strstr(name, "frame buffer device");
}

/*
 * Finds the console called @name, or with "" the one that draws on framebuffers; then @name is completed. By name,
 * since its number may be another one when a framebuffer comes after the last one has gone.
 */
static bool find_console(const struct lend_fs *fs, char name[static 64], struct bind_path *ret)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (lend_fs_list(fs, CONSOLES, &names, NULL, NULL) < 0)
		return false;
	for (char **entry = names; *entry; entry++) {
		char path[320], text[64];

		(void)snprintf(path, sizeof(path), CONSOLES "/%s/name", *entry);
		if (lend_fs_read(fs, path, text, sizeof(text), NULL) < 0 ||
		    !(*name ? strcmp(text, name) == 0 : draws_on_framebuffers(text)))
			continue;
		memcpy(name, text, sizeof(text));
		(void)snprintf(ret->text, sizeof(ret->text), CONSOLES "/%s/bind", *entry);
		return true;
	}
	return false;
}

static int read_bound(const struct lend_fs *fs, const struct bind_path *bind, bool *ret, struct lend_error *error)
{
	char now[8];
	int r;

	r = lend_fs_read(fs, bind->text, now, sizeof(now), error);
	if (r < 0)
		return r;
	*ret = strcmp(now, "0") != 0;
	return 0;
}

/* Returns 1 when it did, 0 when it was so already, -ENOENT when the host has no such console now. */
static int set_bound(const struct lend_step_call *call, struct console *console, bool bound, struct lend_error *error)
{
	struct bind_path bind;
	bool now;
	int r;

	if (!find_console(call->fs, console->name, &bind))
		return -ENOENT;
	lend_progress_doing(call->progress, "%s its console", bound ? "binding" : "unbinding");
	r = read_bound(call->fs, &bind, &now, error);
	if (r < 0 || now == bound)
		return r;
	r = lend_fs_write(call->fs, bind.text, bound ? "1" : "0", error);
	if (r == 0)
		r = read_bound(call->fs, &bind, &now, error);
	if (r < 0)
		return r;
	if (now != bound)
		return lend_error_set(error, -EIO, "%s: the kernel kept /%s at '%d' instead of '%d'", console->function,
				      bind.text, now, bound);
	return 1;
}

static bool console_applies(const struct lend_target *target)
{
	for (size_t i = 0; i < target->facts->count; i++)
		if (lend_function_is_gpu(&target->facts->functions[i]))
			return true;
	return false;
}

static int console_read(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct console *console = state;
	struct lend_address screen;
	struct bind_path bind;
	bool bound = false;
	int r;

	if (!find_only_screen(call->fs, call->target->functions, &screen) ||
	    !find_console(call->fs, console->name, &bind))
		return 0;
	(void)snprintf(console->function, sizeof(console->function), "%s", lend_address_text(screen).text);
	lend_progress_doing(call->progress, "reading what its console is bound to");
	r = read_bound(call->fs, &bind, &bound, error);
	return r < 0 ? r : bound;
}

static int console_apply(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct console *console = state;
	struct lend_address screen;
	int r;

	/* Another screen may have come since. */
	if (!find_only_screen(call->fs, call->target->functions, &screen))
		return 0;
	r = set_bound(call, console, false, error);
	if (r > 0)
		lend_progress_note(call->progress, "%s: took the text consoles off its screen", console->function);
	return r == -ENOENT ? 0 : r;
}

/* A card that is gone, or without a driver of the host's, makes no framebuffer however long it is waited for. */
static bool may_have_framebuffer(const struct lend_fs *fs, struct lend_address function)
{
	char driver[64];

	return lend_function_driver(fs, function, driver, NULL) == 0 && *driver &&
	       strcmp(driver, LEND_VFIO_DRIVER) != 0;
}

/* The kernel mostly has done it already, as the framebuffer came back. */
static int console_restore(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct lend_deadline deadline = lend_deadline_in(FRAMEBUFFER_MS);
	struct console *console = state;
	struct lend_address function;
	int r;

	r = lend_address_parse(console->function, &function, error);
	if (r < 0)
		return r;
	lend_progress_doing(call->progress, "waiting for its framebuffer");
	for (;;) {
		const bool last = lend_deadline_has_passed(deadline) || !may_have_framebuffer(call->fs, function);

		r = last || has_framebuffer(call->fs, function) ? set_bound(call, console, true, error) : -ENOENT;
		if (r != -ENOENT)
			return r < 0 ? r : 0;
		if (last)
			return lend_error_set(error, r,
					      "%s: its text console did not come back: the host has no framebuffer",
					      console->function);
		lend_deadline_pause(deadline, PAUSE_MS);
	}
}

static json_t *console_to_json(const void *state)
{
	const struct console *console = state;

	return json_pack("{s:s s:s}", "function", console->function, "name", console->name);
}

static bool console_from_json(const json_t *json, void *state)
{
	struct console *console = state;
	const char *function, *name;

	if (json_unpack((json_t *)json, "{s:s s:s}", "function", &function, "name", &name) < 0 ||
	    strlen(function) >= sizeof(console->function) || strlen(name) >= sizeof(console->name))
		return false;
	(void)snprintf(console->function, sizeof(console->function), "%s", function);
	(void)snprintf(console->name, sizeof(console->name), "%s", name);
	return true;
}

static void console_describe(const void *state, enum lend_direction direction, char *ret, size_t size)
{
	const struct console *console = state;

	(void)snprintf(ret, size, "%s the screen of %s",
		       direction == LEND_DOWN ? "take the text consoles off" : "put the text consoles back on",
		       console->function);
}

static unsigned console_deadline(const struct lend_settings *settings)
{
	return lend_step_unbind_deadline(settings) + FRAMEBUFFER_MS;
}

const struct lend_step lend_step_console = {
	.name = "console",
	.scope = LEND_SCOPE_LOAN,
	.flags = LEND_STEP_TOLERANT,
	.state_size = sizeof(struct console),
	.deadline_ms = console_deadline,
	.applies = console_applies,
	.read = console_read,
	.apply = console_apply,
	.restore = console_restore,
	.to_json = console_to_json,
	.from_json = console_from_json,
	.describe = console_describe,
};
