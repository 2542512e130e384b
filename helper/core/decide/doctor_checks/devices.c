/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of doctor's checks those of its VMs and devices: definitions, the screen, drivers, reservations, leftovers, loans. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/config.h"
#include "lendpci/know/leftovers/leftovers.h"
#include "lendpci/know/pci/inventory.h"

/* " (and 2 more)" behind the first of @count; "" when it is alone. */
struct more_text {
	char text[48];
};

static struct more_text more(size_t count)
{
	struct more_text ret = { "" };

	if (count > 1)
		TELL(ret.text, " (and %zu more)", count - 1);
	return ret;
}

void doctor_check_saved(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	const struct lend_domain_config *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < facts->domains->count; i++) {
		const struct lend_domain_config *domain = &facts->domains->items[i];

		if (!domain->is_saved || !domain->borrows)
			continue;
		first = first ? first : domain;
		count++;
	}
	if (!first) {
		TELL(ret->text, "no domain with a device has a saved state");
		return;
	}
	ret->level = LEND_CHECK_FAIL;
	TELL(ret->text, "%.200s%s: has a saved state from before its devices, and does not start until that is dropped",
	     first->name, more(count).text);
	TELL(ret->hint, "virsh managedsave-remove %.200s", first->name);
}

void doctor_check_definitions(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	size_t with_devices = 0;

	for (size_t i = 0; i < facts->domains->count; i++)
		with_devices += facts->domains->items[i].functions.count > 0;
	if (!facts->domains->unread) {
		TELL(ret->text, "%zu of %zu domains have devices of this host", with_devices, facts->domains->count);
		return;
	}
	ret->level = LEND_CHECK_WARN;
	TELL(ret->text,
	     "%zu definition%s in /etc/libvirt/qemu could not be read or has a policy that is not understood",
	     facts->domains->unread, facts->domains->unread > 1 ? "s" : "");
	TELL(ret->hint, "'lendpci check DOMAIN' tells what is wrong with it");
}

/* The screen when there is no other; 0 and NULL when there is another, or none at all. */
static const struct lend_function *only_display(const struct lend_inventory *inventory)
{
	const struct lend_function *only = NULL;
	size_t count = 0;

	for (size_t i = 0; i < inventory->count; i++) {
		if (inventory->functions[i].class >> 16 != 0x03)
			continue;
		only = &inventory->functions[i];
		count++;
	}
	return count == 1 && lend_addresses_contain(&inventory->screens, only->address) ? only : NULL;
}

void doctor_check_display(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	const struct lend_function *display = only_display(facts->inventory);

	if (!display) {
		TELL(ret->text, "the host's screen does not depend on a single graphics card");
		return;
	}
	ret->level = LEND_CHECK_WARN;
	TELL(ret->text, "%s: it is the host's only display: the host has no screen while it is lent",
	     lend_address_text(display->address).text);
	TELL(ret->hint, "make sure that you can reach the host over the network");
}

void doctor_check_drivers(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	if (!facts->hanging_count) {
		TELL(ret->text, "no driver that is known to hang is in use on what could be lent");
		return;
	}
	ret->level = LEND_CHECK_WARN;
	TELL(ret->text, "%s%s: %s", lend_address_text(facts->hanging[0].address).text, more(facts->hanging_count).text,
	     facts->hanging[0].text);
	if (*facts->hanging[0].hint)
		TELL(ret->hint, "%s", facts->hanging[0].hint);
	else
		TELL(ret->hint, "'lendpci survey %s' tells who uses it: close that before the VM starts",
		     lend_address_text(facts->hanging[0].address).text);
}

void doctor_check_sessions(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	const struct lend_finding *first = &facts->sessions[0];

	ret->level = LEND_CHECK_WARN;
	TELL(ret->text,
	     "%s%s: %.400s, a user's session, which 'holders = stop' leaves alone: a VM that wants it does not start",
	     lend_address_text(first->address).text, more(facts->session_count).text, first->text);
	TELL(ret->hint, "log out before, or have sessions ended: 'stop_sessions = yes' in /etc/lendpci/lendpci.conf");
}

void doctor_check_reserved(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	if (!facts->reserved_problems) {
		TELL(ret->text, "%zu reserved function%s without a host driver", facts->inventory->reserved.count,
		     facts->inventory->reserved.count > 1 ? "s are" : " is");
		return;
	}
	ret->level = LEND_CHECK_WARN;
	TELL(ret->text, "%s%s", facts->reserved[0].text, more(facts->reserved_problems).text);
	TELL(ret->hint, "%s", facts->reserved[0].hint);
}

void doctor_check_leftovers(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	const struct lend_leftovers *leftovers = facts->leftovers;

	ret->level = LEND_CHECK_WARN;
	TELL(ret->text, "%s%s", leftovers->items[0].text, more(leftovers->count).text);
	TELL(ret->hint, "%s", leftovers->items[0].hint);
}

void doctor_check_loans(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	if (facts->loan_count) {
		const struct lend_finding *first = &facts->loans[0];

		ret->level = LEND_CHECK_FAIL;
		TELL(ret->text, "%s%s: %s", lend_address_text(first->address).text, more(facts->loan_count).text,
		     first->text);
		TELL(ret->hint, "'lendpci status' tells all; 'lendpci reconcile', or 'lendpci return %s', repairs",
		     lend_address_text(first->address).text);
	} else if (facts->set_aside) {
		ret->level = LEND_CHECK_WARN;
		TELL(ret->text, "%zu damaged journal %s set aside", facts->set_aside,
		     facts->set_aside > 1 ? "entries were" : "entry was");
		TELL(ret->hint,
		     "look at /run/lendpci/set-aside, and with 'lendpci survey' at the drivers; then remove it");
	} else {
		TELL(ret->text, "no loan needs attention");
	}
}
