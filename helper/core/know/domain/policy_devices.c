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

void lend_policy_clear(struct lend_policy *policy)
{
	for (size_t i = 0; i < policy->count; i++)
		free(policy->devices[i].location_path);
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

int lend_policy_put(struct lend_policy *policy, const struct lend_policy_device *device)
{
	struct lend_policy_device *slot = lend_policy_find(policy, device->address), *bigger;
	enum lend_managed managed = device->managed_before;
	char reset[sizeof(device->reset)];
	_cleanup_free_ char *path = NULL;

	if (device->location_path) {
		path = strdup(device->location_path);
		if (!path)
			return -ENOMEM;
	}
	if (!slot) {
		bigger = reallocarray(policy->devices, policy->count + 1, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		policy->devices = bigger;
		slot = &bigger[policy->count++];
		*slot = (struct lend_policy_device){ 0 };
	}
	free(slot->location_path);
	/* What was before the first time stays so, and so does what somebody wrote into the policy by hand. */
	if (!device->managed_before)
		managed = slot->managed_before;
	memcpy(reset, *device->reset ? device->reset : slot->reset, sizeof(reset));
	*slot = *device;
	memcpy(slot->reset, reset, sizeof(reset));
	slot->managed_before = managed;
	slot->location_path = TAKE_PTR(path);
	return 0;
}

void lend_policy_drop(struct lend_policy *policy, struct lend_address address)
{
	struct lend_policy_device *gone = lend_policy_find(policy, address);
	size_t after;

	if (!gone)
		return;
	free(gone->location_path);
	after = policy->count - (size_t)(gone - policy->devices) - 1;
	memmove(gone, gone + 1, after * sizeof(*gone));
	policy->count--;
}
