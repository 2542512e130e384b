/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reasons against an assignment: the host's verdict, and saved states. */
#include "assignment/objections.h"

#include <errno.h>
#include <string.h>

#include "assignment/make.h"
#include "cli/message.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/decide/verdict.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/holders/find.h"
#include "lendpci/know/pci/device.h"
#include "lendpci/know/pci/inventory.h"
#include "libvirt/connection.h"

/* All that is known of the host, for judging several functions. */
struct judge {
	const struct lend_fs *fs;
	const struct lend_inventory *inventory;
	struct lend_holders holders;
	bool take_group;
	const char *subject;
};

static void judge_clear(struct judge *judge)
{
	lend_holders_clear(&judge->holders);
}

static int find_holders(struct judge *judge, const struct lend_assignment *assignment, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses functions = { 0 };

	for (size_t i = 0; i < assignment->count; i++)
		if (lend_addresses_add(&functions, assignment->functions[i].facts.address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for an assignment");
	return lend_holders_find(judge->fs, functions.items, functions.count, &judge->holders, error);
}

static int judge_one(const struct judge *judge, struct lend_address address, struct lend_error *error)
{
	_cleanup_(lend_device_clear) struct lend_device device = { 0 };
	const struct lend_address_text name = lend_address_text(address);
	struct lend_verdict verdict;
	int r;

	r = lend_device_read(judge->fs, judge->inventory, address, &device, error);
	if (r < 0)
		return r;
	lend_verdict_evaluate(&device, judge->inventory, &judge->holders, &verdict);
	for (size_t i = 0; i < verdict.count; i++) {
		const struct lend_reason *reason = &verdict.reasons[i];

		if (reason->severity != LEND_SEVERITY_ERROR)
			continue;
		if (judge->take_group && strcmp(reason->code, "group-shared") == 0)
			continue;
		if (reason->passing) {
			lend_warn(judge->subject, reason->hint, "%s: %s", name.text, reason->text);
			continue;
		}
		lend_error_set(error, -ENOTSUP, "%s: %s", name.text, reason->text);
		return lend_error_hint(error, -ENOTSUP, "%s", reason->hint);
	}
	return 0;
}

int lend_objections_to_assignment(const struct lend_fs *fs, const struct lend_assignment *assignment, bool take_group,
				  const char *subject, struct lend_error *error)
{
	_cleanup_(judge_clear) struct judge judge = {
		.fs = fs, .inventory = &assignment->inventory, .take_group = take_group, .subject = subject
	};
	int r;

	r = find_holders(&judge, assignment, error);
	for (size_t i = 0; r == 0 && i < assignment->count; i++)
		r = judge_one(&judge, assignment->functions[i].facts.address, error);
	return r;
}

int lend_objections_to_drives(const struct lend_domain *domain, const struct lend_assignment *assignment,
			      struct lend_error *error)
{
	for (size_t i = 0; i < assignment->count; i++) {
		const struct lend_address address = assignment->functions[i].facts.address;

		if (!lend_addresses_contain(&domain->drives, address))
			continue;
		lend_error_set(error, -EEXIST, "%s: the VM has it as a disk already: <disk type='nvme'>",
			       lend_address_text(address).text);
		return lend_error_hint(
			error, -EEXIST,
			"it is lent as that, too; to have the whole drive in the guest, remove the disk with 'virsh edit %s' first",
			lend_text_shell_quote(domain->name).text);
	}
	return 0;
}

int lend_objections_to_saved_state(struct lend_libvirt_domain *domain, const char *name, struct lend_error *error)
{
	if (!lend_libvirt_has_saved_state(domain))
		return 0;
	lend_error_set(
		error, -ENOTSUP,
		"it has a saved state from before, without its devices: a start is refused until that is dropped");
	return lend_error_hint(error, -ENOTSUP,
			       "'virsh managedsave-remove %s' drops it, 'virsh start --force-boot %s' too",
			       lend_text_shell_quote(name).text, lend_text_shell_quote(name).text);
}
