/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device nodes and network interfaces to look for: the list itself, without a word on where they come from. */
#include "node_list.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
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
	free(nodes->places);
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

/* FNV-1a over the path, with the function mixed in. */
static size_t hash(struct lend_address function, const char *path)
{
	uint64_t value = 14695981039346656037U ^ ((uint64_t)function.domain << 16 | (uint64_t)function.bus << 8 |
						  (uint64_t)function.device << 3 | function.function);

	for (; *path; path++)
		value = (value ^ (unsigned char)*path) * 1099511628211U;
	return (size_t)(value ^ value >> 32);
}

/* The place of a node in the table, or the free one where it belongs. */
static size_t *find_place(const struct lend_nodes *nodes, struct lend_address function, const char *path)
{
	for (size_t at = hash(function, path);; at++) {
		size_t *place = &nodes->places[at & (nodes->place_count - 1)];

		if (!*place || (lend_address_equal(nodes->items[*place - 1].function, function) &&
				strcmp(nodes->items[*place - 1].path, path) == 0))
			return place;
	}
}

/* Makes room for one more in a table that is never more than half full. */
static int grow(struct lend_nodes *nodes)
{
	const size_t count = nodes->place_count ? 2 * nodes->place_count : 64;
	struct lend_node *bigger;
	size_t *places;

	if (2 * (nodes->count + 1) <= nodes->place_count)
		return 0;
	bigger = reallocarray(nodes->items, count / 2, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	nodes->items = bigger;
	places = calloc(count, sizeof(*places));
	if (!places)
		return -ENOMEM;
	free(nodes->places);
	nodes->places = places;
	nodes->place_count = count;
	for (size_t i = 0; i < nodes->count; i++)
		*find_place(nodes, nodes->items[i].function, nodes->items[i].path) = i + 1;
	return 0;
}

static int add(struct lend_nodes *nodes, const struct lend_node *node)
{
	struct lend_node copy = *node;
	size_t *place;

	if (grow(nodes) < 0)
		return -ENOMEM;
	place = find_place(nodes, node->function, node->path);
	if (*place)
		return 0;
	copy.path = strdup(node->path);
	copy.label = node->label ? strdup(node->label) : NULL;
	copy.block = node->block ? strdup(node->block) : NULL;
	if (!copy.path || (node->label && !copy.label) || (node->block && !copy.block)) {
		free(copy.path);
		free(copy.label);
		free(copy.block);
		return -ENOMEM;
	}
	nodes->items[nodes->count++] = copy;
	*place = nodes->count;
	return 0;
}

int lend_nodes_add(struct lend_nodes *nodes, struct lend_address function, const char *path, const char *block,
		   dev_t number)
{
	return add(nodes, &(struct lend_node){
				  .function = function,
				  .path = (char *)path,
				  .block = (char *)block,
				  .number = number,
			  });
}

int lend_nodes_add_labelled(struct lend_nodes *nodes, struct lend_address function, const char *path, dev_t number,
			    const char *label)
{
	return add(nodes, &(struct lend_node){
				  .function = function,
				  .path = (char *)path,
				  .label = (char *)label,
				  .number = number,
			  });
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
