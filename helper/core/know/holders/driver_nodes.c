/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device nodes that sysfs does not place below the function: NVIDIA's own driver makes its nodes without sysfs, and
 * amdgpu has one /dev/kfd for all cards.
 *
 * A node that several cards share tells nothing of one of them. It counts when no card stays behind that it could be
 * open for; otherwise the nodes of the card's own decide, which every user of the card has open as well.
 *
 * Relies on proc/driver/nvidia/gpus/ADDRESS/information and on the fixed major 195 with minors 254 and 255 for the
 * shared nodes (NVIDIA driver, nv.h and nvidia-modprobe-utils).
 */
#include "driver_nodes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/function.h"
#include "node_list.h"

enum { NVIDIA_MAJOR = 195, NVIDIA_MODESET_MINOR = 254, NVIDIA_CONTROL_MINOR = 255 };
enum { INFORMATION_MAX = 64 * 1024 };

/* Whether @driver has a card that is not among @functions. */
static bool has_other_card(const struct lend_fs *fs, const char *driver, const struct lend_addresses *functions)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	char path[128];

	(void)snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s", driver);
	if (lend_fs_list(fs, path, &names, NULL, NULL) < 0)
		return false;
	for (char **name = names; *name; name++) {
		struct lend_address card;

		if (lend_address_parse(*name, &card, NULL) == 0 &&
		    !bsearch(&card, functions->items, functions->count, sizeof(card), lend_address_compare_qsort))
			return true;
	}
	return false;
}

/* The major number that @name got in /proc/devices: lines of "511 nvidia-uvm". 0 when it has none. */
static unsigned find_major(const struct lend_fs *fs, const char *name)
{
	_cleanup_free_ char *text = NULL;
	char *save = NULL;

	if (lend_fs_read_all(fs, "proc/devices", INFORMATION_MAX, &text, NULL, NULL) < 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char found[64];
		unsigned major;

		if (sscanf(line, "%u %63s", &major, found) == 2 && strcmp(found, name) == 0)
			return major;
	}
	return 0;
}

/* The N of /dev/nvidiaN, from the line "Device Minor: 	 0". */
static int find_nvidia_minor(const struct lend_fs *fs, struct lend_address function, uint32_t *ret)
{
	static const char label[] = "Device Minor:";
	_cleanup_free_ char *text = NULL;
	char path[128], *at;
	int r;

	(void)snprintf(path, sizeof(path), "proc/driver/nvidia/gpus/%s/information", lend_address_text(function).text);
	r = lend_fs_read_all(fs, path, INFORMATION_MAX, &text, NULL, NULL);
	if (r < 0)
		return r;
	at = strstr(text, label);
	if (!at)
		return -ENOENT;
	at += strlen(label);
	at += strspn(at, " \t");
	at[strspn(at, "0123456789")] = '\0';
	return lend_text_to_u32(at, 10, ret);
}

static int add_nvidia(const struct lend_fs *fs, struct lend_address function, bool alone, struct lend_nodes *nodes)
{
	char path[32];
	uint32_t minor;
	unsigned uvm;
	int r = 0;

	if (find_nvidia_minor(fs, function, &minor) == 0) {
		(void)snprintf(path, sizeof(path), "/dev/nvidia%u", minor);
		r = lend_nodes_add(nodes, function, path, NULL, makedev(NVIDIA_MAJOR, minor));
	}
	if (r < 0 || !alone)
		return r;

	uvm = find_major(fs, "nvidia-uvm");
	if (lend_nodes_add(nodes, function, "/dev/nvidiactl", NULL, makedev(NVIDIA_MAJOR, NVIDIA_CONTROL_MINOR)) < 0 ||
	    lend_nodes_add(nodes, function, "/dev/nvidia-modeset", NULL, makedev(NVIDIA_MAJOR, NVIDIA_MODESET_MINOR)) <
		    0 ||
	    lend_nodes_add(nodes, function, "/dev/nvidia-uvm", NULL, uvm ? makedev(uvm, 0) : 0) < 0 ||
	    lend_nodes_add(nodes, function, "/dev/nvidia-uvm-tools", NULL, uvm ? makedev(uvm, 1) : 0) < 0)
		return -ENOMEM;
	return 0;
}

int lend_nodes_add_of_driver(const struct lend_fs *fs, struct lend_address function, const char *driver,
			     const struct lend_addresses *functions, struct lend_driver_cards *cards,
			     struct lend_nodes *nodes, struct lend_error *error)
{
	int r = 0;

	if (strcmp(driver, "nvidia") == 0) {
		if (!cards->nvidia.known)
			cards->nvidia.alone = !has_other_card(fs, driver, functions);
		cards->nvidia.known = true;
		r = add_nvidia(fs, function, cards->nvidia.alone, nodes);
	} else if (strcmp(driver, "amdgpu") == 0) {
		if (!cards->amdgpu.known)
			cards->amdgpu.alone = !has_other_card(fs, driver, functions);
		cards->amdgpu.known = true;
		if (cards->amdgpu.alone)
			r = lend_nodes_add(nodes, function, "/dev/kfd", NULL,
					   lend_node_number(fs, "sys/class/kfd/kfd"));
	}
	return r < 0 ? lend_error_set(error, r, "%s: out of memory", lend_address_text(function).text) : 0;
}
