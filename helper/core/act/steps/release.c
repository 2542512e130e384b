/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Step "release": asks the desktop to let go of a card that is not its only one, where the host's configuration says
 * holders = release.
 *
 * A compositor keeps the DRM node of every card open, and a sound server the control node of every sound card. What
 * makes them close it is the event of a card that was unplugged: so they get that, and the ones that obey are gone
 * before the driver is. When the card comes home, its driver makes new nodes, which is the event of a card that was
 * plugged in. Where a loan fails before the driver went, the same nodes are still there, and are announced again.
 *
 *	echo remove > /sys/class/drm/card1/uevent
 *
 * Whether all have let go is looked at afterwards, as after a unit was stopped (act/loan/users). The node itself stays,
 * and so does the card's driver: who does not listen notices nothing.
 *
 * Source: Documentation/ABI/testing/sysfs-uevent.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lendpci/act/steps/step.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"

/* A card has two DRM nodes and a sound card; eight are four of them in one loan. */
enum { NODES_MAX = 10 };

/* What hangs below a function in sysfs and has an event of its own. */
struct node {
	char path[56];  /* "0000:02:00.0/drm/card1" */
	uint64_t inode; /* of its directory: another one of that name was made by another bind of the driver */
};

struct release {
	unsigned count;
	struct node nodes[NODES_MAX];
};

static bool release_applies(const struct lend_target *target)
{
	return target->facts->release;
}

/* 0 where it is gone. */
static uint64_t read_inode(const struct lend_fs *fs, const struct node *node)
{
	_cleanup_close_ int fd = -1;
	struct stat status;
	char path[128];

	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", node->path);
	fd = lend_fs_open(fs, path, O_RDONLY | O_DIRECTORY, NULL);
	return fd >= 0 && fstat(fd, &status) == 0 ? status.st_ino : 0;
}

/* Those of @class, "drm" or "sound", whose names begin with @prefix. */
static int add_nodes(const struct lend_fs *fs, struct lend_address function, const char *class, const char *prefix,
		     struct release *release, struct lend_error *error)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	if (lend_fs_list(fs, lend_function_path(function, class).text, &names, NULL, NULL) < 0)
		return 0;
	for (char **name = names; *name; name++) {
		struct node node = { 0 };

		if (strncmp(*name, prefix, strlen(prefix)) != 0)
			continue;
		if (release->count == NODES_MAX ||
		    (size_t)snprintf(node.path, sizeof(node.path), "%s/%s/%s", lend_address_text(function).text, class,
				     *name) >= sizeof(node.path))
			return lend_error_set(error, -E2BIG, "%s: too many nodes to have it let go of",
					      lend_address_text(function).text);
		node.inode = read_inode(fs, &node);
		release->nodes[release->count++] = node;
	}
	return 0;
}

static int release_read(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct lend_addresses *functions = call->target->functions;
	struct release *release = state;
	int r = 0;

	for (size_t i = 0; r == 0 && i < functions->count; i++) {
		r = add_nodes(call->fs, functions->items[i], "drm", "card", release, error);
		if (r == 0)
			r = add_nodes(call->fs, functions->items[i], "drm", "renderD", release, error);
		if (r == 0)
			r = add_nodes(call->fs, functions->items[i], "sound", "card", release, error);
	}
	return r < 0 ? r : release->count > 0;
}

static int tell(const struct lend_step_call *call, const struct node *node, const char *action,
		struct lend_error *error)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/uevent", node->path);
	return lend_fs_write(call->fs, path, action, error);
}

static int release_apply(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct release *release = state;

	for (unsigned i = 0; i < release->count; i++) {
		int r = tell(call, &release->nodes[i], "remove", error);

		if (r < 0)
			return r;
	}
	lend_progress_note(call->progress, "%s: told the desktop that it is gone",
			   lend_address_text(call->target->address).text);
	return 0;
}

/* Goes on after a failure and reports the first one. */
static int release_restore(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct release *release = state;
	int first = 0;

	for (unsigned i = 0; i < release->count; i++) {
		struct lend_error failure = { 0 };
		int r;

		/* One that the driver has made since was announced by the kernel. */
		if (read_inode(call->fs, &release->nodes[i]) != release->nodes[i].inode)
			continue;
		r = tell(call, &release->nodes[i], "add", &failure);
		if (r < 0 && first == 0) {
			first = r;
			*error = failure;
		}
	}
	return first;
}

static json_t *release_to_json(const void *state)
{
	const struct release *release = state;
	json_t *nodes = json_array();

	for (unsigned i = 0; nodes && i < release->count; i++)
		(void)json_array_append_new(nodes, json_pack("{s:s s:I}", "path", release->nodes[i].path, "inode",
							     (json_int_t)release->nodes[i].inode));
	return json_pack("{s:o}", "nodes", nodes);
}

static bool release_from_json(const json_t *json, void *state)
{
	const json_t *nodes = json_object_get(json, "nodes");
	struct release *release = state;

	if (!json_is_array(nodes) || json_array_size(nodes) > NODES_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(nodes); i++) {
		struct node *node = &release->nodes[i];
		json_int_t inode;
		const char *path;

		if (json_unpack(json_array_get(nodes, i), "{s:s s:I}", "path", &path, "inode", &inode) < 0 ||
		    strlen(path) >= sizeof(node->path) || strstr(path, ".."))
			return false;
		(void)snprintf(node->path, sizeof(node->path), "%s", path);
		node->inode = (uint64_t)inode;
	}
	release->count = (unsigned)json_array_size(nodes);
	return true;
}

static void release_describe(const void *state, enum lend_direction direction, char *ret, size_t size)
{
	const struct release *release = state;
	size_t length;

	(void)snprintf(ret, size, "tell the desktop that it is %s:", direction == LEND_DOWN ? "gone" : "back");
	for (unsigned i = 0; i < release->count && i < 4; i++) {
		const char *name = strrchr(release->nodes[i].path, '/');

		length = strlen(ret);
		(void)snprintf(ret + length, size - length, " %s", name ? name + 1 : release->nodes[i].path);
	}
}

const struct lend_step lend_step_release = {
	.name = "release",
	.scope = LEND_SCOPE_LOAN,
	.flags = LEND_STEP_TOLERANT,
	.state_size = sizeof(struct release),
	.deadline_ms = lend_step_unbind_deadline,
	.applies = release_applies,
	.read = release_read,
	.apply = release_apply,
	.restore = release_restore,
	.to_json = release_to_json,
	.from_json = release_from_json,
	.describe = release_describe,
};
