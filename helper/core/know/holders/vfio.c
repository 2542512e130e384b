/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses IOMMU groups through VFIO. */
#include "lendpci/know/holders/vfio.h"

#include <errno.h>
#include <stdlib.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/pci/function.h"
#include "node_list.h"
#include "processes.h"
#include "vfio_nodes.h"

/* A search for the holders of several groups. Nodes [ends[i - 1], ends[i]) are those of groups[i]. */
struct search {
	const int *groups;
	size_t count;
	size_t *ends;
	struct lend_nodes nodes;
	struct lend_holder *found; /* one for each group */
	size_t missing;            /* groups without a holder so far */
};

static void search_clear(struct search *search)
{
	lend_nodes_clear(&search->nodes);
	free(search->ends);
	for (size_t i = 0; search->found && i < search->count; i++)
		lend_holder_clear(&search->found[i]);
	free(search->found);
}

/* The first of @search's groups that is the same as number @i. */
static size_t first_same(const struct search *search, size_t i)
{
	for (size_t first = 0; first < i; first++)
		if (search->groups[first] == search->groups[i])
			return first;
	return i;
}

static int prepare(const struct lend_fs *fs, struct search *search, struct lend_error *error)
{
	search->ends = calloc(search->count, sizeof(*search->ends));
	search->found = calloc(search->count, sizeof(*search->found));
	if (!search->ends || !search->found)
		return lend_error_set(error, -ENOMEM, "out of memory for the IOMMU groups to check");
	for (size_t i = 0; i < search->count; i++) {
		const int group = search->groups[i];

		if (group != LEND_NO_GROUP && first_same(search, i) == i) {
			if (lend_nodes_add_vfio_group(fs, group, &search->nodes) < 0)
				return lend_error_set(error, -ENOMEM, "IOMMU group %d: out of memory", group);
			search->missing++;
		}
		search->ends[i] = search->nodes.count;
	}
	return 0;
}

static int note_holder(void *userdata, size_t index, const struct lend_holder *holder)
{
	struct search *search = userdata;
	size_t i = 0;

	while (index >= search->ends[i])
		i++;
	if (search->found[i].pid)
		return 0;
	if (lend_holder_copy(holder, &search->found[i]) < 0)
		return -ENOMEM;
	return --search->missing == 0;
}

/* Hands over what was found; who asks for a group twice is told twice. */
static int hand_over(struct search *search, struct lend_holder *ret)
{
	int held = 0;

	for (size_t i = 0; i < search->count; i++) {
		const size_t first = first_same(search, i);

		if (first != i && search->found[first].pid &&
		    lend_holder_copy(&search->found[first], &search->found[i]) < 0)
			return -ENOMEM;
		held += search->found[i].pid != 0;
	}
	for (size_t i = 0; i < search->count; i++) {
		ret[i] = search->found[i];
		search->found[i] = (struct lend_holder){ 0 };
	}
	return held;
}

int lend_vfio_holders_find(const struct lend_fs *fs, const int *groups, size_t count, struct lend_holder *ret,
			   struct lend_error *error)
{
	_cleanup_(search_clear) struct search search = { .groups = groups, .count = count };
	int r;

	if (!count)
		return 0;
	r = prepare(fs, &search, error);
	if (r < 0)
		return r;
	if (search.missing) {
		r = lend_processes_find_opens(fs, &search.nodes, note_holder, &search, error);
		if (r < 0 && count == 1)
			return lend_error_wrap(error, r, "IOMMU group %d: cannot tell who holds it", groups[0]);
		if (r < 0)
			return lend_error_wrap(error, r, "cannot tell who holds the IOMMU groups");
	}
	r = hand_over(&search, ret);
	return r < 0 ? lend_error_set(error, r, "out of memory for the holders of IOMMU groups") : r;
}

static int stop_at_once(void *userdata, size_t index, const struct lend_holder *holder)
{
	(void)index;
	(void)holder;
	*(int *)userdata = 1;
	return 1;
}

int lend_vfio_holder_recheck(const struct lend_fs *fs, int group, pid_t pid, struct lend_error *error)
{
	_cleanup_(lend_nodes_clear) struct lend_nodes nodes = { 0 };
	int holds = 0, r;

	if (group == LEND_NO_GROUP || pid <= 0)
		return 0;
	if (lend_nodes_add_vfio_group(fs, group, &nodes) < 0)
		return lend_error_set(error, -ENOMEM, "IOMMU group %d: out of memory", group);
	r = lend_process_find_opens(fs, pid, &nodes, stop_at_once, &holds, error);
	if (r < 0)
		return lend_error_wrap(error, r, "IOMMU group %d: cannot tell whether it is still held", group);
	return holds;
}
