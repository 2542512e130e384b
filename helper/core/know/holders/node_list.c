/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device nodes and network interfaces to look for: the list itself, without a word on where they come from. */
#include "node_list.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "lendpci/base/fs.h"

void lend_nodes_clear(struct lend_nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		free(nodes->items[i].path);
		free(nodes->items[i].label);
		free(nodes->items[i].block);
	}
	for (size_t i = 0; i < nodes->interface_count; i++)
		free(nodes->interfaces[i].name);
	free(nodes->items);
	free(nodes->interfaces);
	*nodes = (struct lend_nodes){ 0 };
}

const char *lend_node_name(const struct lend_node *node)
{
	return node->label ? node->label : node->path;
}

dev_t lend_node_number(const struct lend_fs *fs, const char *directory)
{
	unsigned major, minor;
	char path[PATH_MAX], text[32];

	if ((size_t)snprintf(path, sizeof(path), "%s/dev", directory) >= sizeof(path) ||
	    lend_fs_read(fs, path, text, sizeof(text), NULL) < 0 || sscanf(text, "%u:%u", &major, &minor) != 2)
		return 0;
	return makedev(major, minor);
}

int lend_nodes_add(struct lend_nodes *nodes, struct lend_address function, const char *path, const char *block,
		   dev_t number)
{
	struct lend_node *bigger;

	for (size_t i = 0; i < nodes->count; i++)
		if (lend_address_equal(nodes->items[i].function, function) && strcmp(nodes->items[i].path, path) == 0)
			return 0;
	bigger = reallocarray(nodes->items, nodes->count + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	nodes->items = bigger;
	bigger[nodes->count] = (struct lend_node){
		.function = function,
		.path = strdup(path),
		.block = block ? strdup(block) : NULL,
		.number = number,
	};
	if (!bigger[nodes->count].path || (block && !bigger[nodes->count].block)) {
		free(bigger[nodes->count].path);
		free(bigger[nodes->count].block);
		return -ENOMEM;
	}
	nodes->count++;
	return 0;
}

int lend_nodes_add_interface(struct lend_nodes *nodes, struct lend_address function, const char *name)
{
	struct lend_interface *bigger =
		reallocarray(nodes->interfaces, nodes->interface_count + 1, sizeof(*nodes->interfaces));
	char *copy = strdup(name);

	if (bigger)
		nodes->interfaces = bigger;
	if (!bigger || !copy) {
		free(copy);
		return -ENOMEM;
	}
	bigger[nodes->interface_count++] = (struct lend_interface){ function, copy };
	return 0;
}
