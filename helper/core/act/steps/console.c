/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console step.
 *
 * Relies on sys/class/graphics/fbN, whose "device" is the function also where DRM emulates the framebuffer, and on
 * sys/class/vtconsole/vtconN/{name,bind}. "bind" takes the console lock to be read and to be written, and whoever draws
 * on a display holds that lock, so both happen in an isolated child. A write says nothing when the kernel did not obey.
 */
#include "lendpci/act/steps/console.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/isolate.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/function.h"

#define FRAMEBUFFERS "sys/class/graphics"
#define CONSOLES "sys/class/vtconsole"

/* fbcon has a directory of its own beside fb0. */
static bool is_framebuffer(const char *name)
{
	return strncmp(name, "fb", 2) == 0 && isdigit((unsigned char)name[2]);
}

/* Whose framebuffer it is; false where its parent is no PCI function. */
static bool read_owner(const struct lend_fs *fs, const char *framebuffer, struct lend_address *ret)
{
	char path[320], device[64];

	(void)snprintf(path, sizeof(path), FRAMEBUFFERS "/%s/device", framebuffer);
	return lend_fs_link_name(fs, path, device, sizeof(device), NULL) == 0 &&
	       lend_address_parse(device, ret, NULL) == 0;
}

bool lend_console_has_framebuffer(const struct lend_fs *fs, struct lend_address address)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	struct lend_address owner;

	if (lend_fs_list(fs, FRAMEBUFFERS, &names, NULL, NULL) < 0)
		return false;
	for (char **name = names; *name; name++)
		if (is_framebuffer(*name) && read_owner(fs, *name, &owner) && lend_address_equal(owner, address))
			return true;
	return false;
}

bool lend_console_is_only_of(const struct lend_fs *fs, const struct lend_addresses *functions)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	struct lend_address owner;

	if (lend_fs_list(fs, FRAMEBUFFERS, &names, NULL, NULL) < 0)
		return false;
	for (char **name = names; *name; name++)
		if (is_framebuffer(*name) &&
		    (!read_owner(fs, *name, &owner) || !lend_addresses_contain(functions, owner)))
			return false;
	return true;
}

struct input {
	struct lend_address address;
	struct lend_console console;
	char bind[320]; /* its attribute */
	bool bound;     /* what is wanted of it */
};

static bool is_wanted(const struct lend_console *console, const char *name)
{
	if (*console->name)
		return strcmp(name, console->name) == 0;
	/* A console whose last framebuffer is gone lingers for a moment, and is then called "(S) …". */
	return strncmp(name, "(M) ", 4) == 0 && strstr(name, "frame buffer device");
}

/*
 * Finds the console of that name, or what draws on framebuffers, and completes @input. By name, since its number may be
 * another one when a framebuffer comes after the last one has gone.
 */
static bool find(const struct lend_fs *fs, struct input *input)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (lend_fs_list(fs, CONSOLES, &names, NULL, NULL) < 0)
		return false;
	for (char **name = names; *name; name++) {
		struct lend_console console;
		char path[320];

		(void)snprintf(path, sizeof(path), CONSOLES "/%s/name", *name);
		if (lend_fs_read(fs, path, console.name, sizeof(console.name), NULL) < 0 ||
		    !is_wanted(&input->console, console.name))
			continue;
		input->console = console;
		(void)snprintf(input->bind, sizeof(input->bind), CONSOLES "/%s/bind", *name);
		return true;
	}
	return false;
}

static int read_bound(const struct lend_fs *fs, const char *bind, bool *ret, struct lend_error *error)
{
	char now[8];
	int r;

	r = lend_fs_read(fs, bind, now, sizeof(now), error);
	if (r < 0)
		return r;
	*ret = strcmp(now, "0") != 0;
	return 0;
}

static int read_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			 struct lend_error *error)
{
	const struct input *in = input;

	(void)snprintf(progress->doing, sizeof(progress->doing), "reading what its console is bound to");
	return read_bound(fs, in->bind, output, error);
}

int lend_console_read(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		      struct lend_console *ret, struct lend_error *error)
{
	struct input input = { .address = address };
	bool bound = false;
	int r = -ENOENT;

	if (lend_console_has_framebuffer(fs, address) && find(fs, &input))
		r = lend_isolate(fs, lend_address_text(address).text, deadline_ms, read_in_child, &input, &bound,
				 sizeof(bound), NULL, error);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret = bound ? input.console : (struct lend_console){ "" };
	return 0;
}

static int apply_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			  struct lend_error *error)
{
	const struct input *in = input;
	bool now;
	int r;

	(void)output;
	(void)snprintf(progress->doing, sizeof(progress->doing), "%s its console", in->bound ? "binding" : "unbinding");
	r = read_bound(fs, in->bind, &now, error);
	if (r < 0 || now == in->bound)
		return r;
	r = lend_fs_write(fs, in->bind, in->bound ? "1" : "0", error);
	if (r < 0)
		return r;
	r = read_bound(fs, in->bind, &now, error);
	if (r < 0)
		return r;
	if (now != in->bound)
		return lend_error_set(error, -EIO, "%s: the kernel kept /%s at '%d' instead of '%d'",
				      lend_address_text(in->address).text, in->bind, now, in->bound);
	return 1;
}

int lend_console_apply(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		       const struct lend_console *console, bool bound, pid_t *ret_hanging, struct lend_error *error)
{
	struct input input = { .address = address, .console = *console, .bound = bound };
	int r = -ENOENT;

	if (ret_hanging)
		*ret_hanging = 0;
	if (find(fs, &input))
		r = lend_isolate(fs, lend_address_text(address).text, deadline_ms, apply_in_child, &input, NULL, 0,
				 ret_hanging, error);
	if (r != -ENOENT)
		return r;
	return bound ? lend_error_set(error, r, "%s: its text console did not come back: the host has no framebuffer",
				      lend_address_text(address).text)
		     : 0;
}
