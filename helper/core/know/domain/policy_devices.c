/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices that a policy names, and the words of its <before>. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/policy.h"

const char *const lend_stop_names[LEND_STOP_COUNT] = {
	[LEND_STOP_POWEROFF] = "on_poweroff",
	[LEND_STOP_CRASH] = "on_crash",
	[LEND_STOP_TO_MEM] = "suspend-to-mem",
	[LEND_STOP_TO_DISK] = "suspend-to-disk",
};

static const char *const words[LEND_WORD_COUNT] = {
	[LEND_WORD_NONE] = "none",
	[LEND_WORD_UNSET] = "unset",
	[LEND_WORD_YES] = "yes",
	[LEND_WORD_RESTART] = "restart",
	[LEND_WORD_RENAME_RESTART] = "rename-restart",
	[LEND_WORD_PRESERVE] = "preserve",
};

const char *lend_word_name(enum lend_word word)
{
	return words[word];
}

enum lend_word lend_word_from_name(const char *name)
{
	for (enum lend_word word = LEND_WORD_NONE; word < LEND_WORD_COUNT; word++)
		if (strcmp(words[word], name) == 0)
			return word;
	return LEND_WORD_OTHER;
}

static void clear_device(struct lend_policy_device *device)
{
	free(device->location_path);
	free(device->rom);
}

void lend_policy_clear(struct lend_policy *policy)
{
	for (size_t i = 0; i < policy->count; i++)
		clear_device(&policy->devices[i]);
	free(policy->devices);
	*policy = (struct lend_policy){ 0 };
}

struct lend_policy_device *lend_policy_find(const struct lend_policy *policy, struct lend_address address)
{
	for (size_t i = 0; i < policy->count; i++)
		if (lend_address_equal(policy->devices[i].address, address))
			return &policy->devices[i];
	return NULL;
}

static int copy(const char *text, char **ret)
{
	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

/* What @device does not say stays as it is in @slot: what was before the first time, and what somebody wrote by hand.
 */
static void merge(struct lend_policy_device *device, struct lend_policy_device *slot)
{
	if (!device->managed_before)
		device->managed_before = slot->managed_before;
	if (!*device->reset)
		memcpy(device->reset, slot->reset, sizeof(device->reset));
	if (!*device->rebar)
		memcpy(device->rebar, slot->rebar, sizeof(device->rebar));
	if (!device->rom)
		device->rom = TAKE_PTR(slot->rom);
	if (!device->rom_bar)
		device->rom_bar = slot->rom_bar;
}

int lend_policy_put(struct lend_policy *policy, const struct lend_policy_device *device)
{
	struct lend_policy_device *slot = lend_policy_find(policy, device->address), *bigger;
	_cleanup_free_ char *path = NULL, *rom = NULL;
	struct lend_policy_device merged = *device;

	if (copy(device->location_path, &path) < 0 || copy(device->rom, &rom) < 0)
		return -ENOMEM;
	if (!slot) {
		bigger = reallocarray(policy->devices, policy->count + 1, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		policy->devices = bigger;
		slot = &bigger[policy->count++];
		*slot = (struct lend_policy_device){ 0 };
	}
	merged.location_path = TAKE_PTR(path);
	merged.rom = TAKE_PTR(rom);
	merge(&merged, slot);
	clear_device(slot);
	*slot = merged;
	return 0;
}

void lend_policy_drop(struct lend_policy *policy, struct lend_address address)
{
	struct lend_policy_device *gone = lend_policy_find(policy, address);
	size_t after;

	if (!gone)
		return;
	clear_device(gone);
	after = policy->count - (size_t)(gone - policy->devices) - 1;
	memmove(gone, gone + 1, after * sizeof(*gone));
	policy->count--;
}
