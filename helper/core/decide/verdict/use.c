/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reasons against a function: what it is used for now, and what could not be seen. */
#include "internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/decide/companion.h"

bool verdict_rule_not_responding(const struct facts *facts, struct lend_reason *ret)
{
	if (facts->device->capabilities.answers)
		return false;
	TELL(ret->text, "it does not answer any more: its configuration space reads as all ones");
	TELL(ret->hint, "power the host off and on; a reboot may not reset the card");
	return true;
}

bool verdict_rule_vfs_enabled(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_address_text name = lend_address_text(facts->device->function.address);

	if (!facts->device->virtual_functions)
		return false;
	TELL(ret->text, "%" PRIu32 " of its virtual functions are switched on, and VFIO takes it only without them",
	     facts->device->virtual_functions);
	TELL(ret->hint, "lend a virtual function, or take them away: lendpci vfs %s 0", name.text);
	return true;
}

/* Its own come before those of what goes along. */
static const struct lend_holder *first_holder(const struct facts *facts, size_t *ret_count)
{
	const struct lend_holder *first = NULL;

	*ret_count = 0;
	for (size_t i = 0; i < facts->holders->count; i++) {
		const struct lend_holder *holder = &facts->holders->items[i];
		const bool own = lend_address_equal(holder->function, facts->device->function.address);

		if (!lend_companion_goes_along(facts->device, holder->function))
			continue;
		if (!first || (own && !lend_address_equal(first->function, facts->device->function.address)))
			first = holder;
		(*ret_count)++;
	}
	return first;
}

bool verdict_rule_in_use(const struct facts *facts, struct lend_reason *ret)
{
	size_t count;
	const struct lend_holder *holder = first_holder(facts, &count);
	_cleanup_free_ char *who = NULL;
	char more[48] = "", through[64] = "";

	if (!holder)
		return false;
	who = lend_holder_describe(holder);
	if (count > 1)
		TELL(more, " (and %zu more)", count - 1);
	if (!lend_address_equal(holder->function, facts->device->function.address))
		TELL(through, ", through %s, which goes along", lend_address_text(holder->function).text);
	TELL(ret->text, "in use by %.240s%s%s", who ? who : holder->command, through, more);
	if (holder->session)
		TELL(ret->hint,
		     "log out before the VM starts, or have sessions ended: 'holders = stop' and 'stop_sessions = yes' in /etc/lendpci/lendpci.conf");
	else
		TELL(ret->hint, "end what uses it before the VM starts");
	return true;
}

bool verdict_rule_host_display(const struct facts *facts, struct lend_reason *ret)
{
	size_t others = 0;

	if (!lend_addresses_contain(&facts->inventory->screens, facts->device->function.address))
		return false;
	for (size_t i = 0; i < facts->inventory->count; i++) {
		const struct lend_function *other = &facts->inventory->functions[i];

		others += other->class >> 16 == 0x03 && is_on_host_driver(other) &&
			  !lend_address_equal(other->address, facts->device->function.address);
	}
	if (others) {
		TELL(ret->text, "it shows the host's screen, which stays dark while it is lent");
		TELL(ret->hint, "choose the other graphics card as the primary one in the firmware");
	} else if (facts->inventory->keeps_display) {
		ret->severity = LEND_SEVERITY_ERROR;
		TELL(ret->text, "it is the host's only display, and 'display = refuse' keeps it for the host");
		TELL(ret->hint,
		     "'display = take' in /etc/lendpci/lendpci.conf lends it: the host has no screen then, and is reached over the network");
	} else {
		TELL(ret->text, "it is the host's only display: the host has no screen while it is lent");
		TELL(ret->hint, "make sure that you can reach the host over the network");
	}
	return true;
}

bool verdict_rule_driver_hangs(const struct facts *facts, struct lend_reason *ret)
{
	static const char *const hanging[] = { "nvidia", "snd_hda_intel" };
	const struct lend_address address = facts->device->function.address;
	const struct lend_holder *holder;
	size_t count;

	/* A driver waits just as well for what has the card open inside the kernel, where no process shows. */
	for (size_t i = 0; i < facts->holders->in_kernel.count; i++) {
		const struct lend_kernel_user *user = &facts->holders->in_kernel.items[i];

		if (!lend_address_equal(user->function, address))
			continue;
		TELL(ret->text, "%s", user->text);
		TELL(ret->hint, "%s", user->hint);
		return true;
	}
	/* Its own use: another function's does not keep this one's driver waiting. */
	holder = first_holder(facts, &count);
	if (!holder || !lend_address_equal(holder->function, address))
		return false;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(hanging); i++) {
		if (strcmp(facts->device->function.driver, hanging[i]) != 0)
			continue;
		TELL(ret->text, "its driver %s waits without end, unkillably, when it is unbound while in use",
		     hanging[i]);
		return true;
	}
	return false;
}

bool verdict_rule_host_keyboard(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_usb_devices *usb = &facts->device->usb;

	for (size_t i = 0; i < usb->count; i++) {
		if (!usb->items[i].is_keyboard)
			continue;
		TELL(ret->text, "the host's keyboard is plugged into it, and goes along: %s", usb->items[i].name);
		TELL(ret->hint,
		     "plug it into a port of another controller, or make sure that you can reach the host over the network");
		return true;
	}
	return false;
}

bool verdict_rule_usb_devices(const struct facts *facts, struct lend_reason *ret)
{
	const struct lend_usb_devices *usb = &facts->device->usb;
	size_t length;

	if (!usb->count)
		return false;
	TELL(ret->text, "plugged into it: ");
	for (size_t i = 0; i < usb->count; i++) {
		length = strlen(ret->text);
		/* Room for "and 31 more". */
		if (length + strlen(usb->items[i].name) + 24 > sizeof(ret->text)) {
			(void)snprintf(ret->text + length, sizeof(ret->text) - length, "%sand %zu more", i ? " " : "",
				       usb->count - i);
			break;
		}
		(void)snprintf(ret->text + length, sizeof(ret->text) - length, "%s%s", i ? ", " : "",
			       usb->items[i].name);
	}
	return true;
}

bool verdict_rule_reserved(const struct facts *facts, struct lend_reason *ret)
{
	if (!facts->device->is_reserved)
		return false;
	if (is_on_host_driver(&facts->device->function))
		TELL(ret->text, "it is reserved from the next boot on; %s has it still",
		     facts->device->function.driver);
	else
		TELL(ret->text, "it is reserved: no host driver gets it at boot");
	return true;
}

bool verdict_rule_on_vfio(const struct facts *facts, struct lend_reason *ret)
{
	if (strcmp(facts->device->function.driver, "vfio-pci") != 0)
		return false;
	TELL(ret->text, "it is on vfio-pci already: lent, or reserved at boot");
	return true;
}

bool verdict_rule_unread(const struct facts *facts, struct lend_reason *ret)
{
	if (facts->device->capabilities.known || !facts->device->capabilities.answers)
		return false;
	TELL(ret->text, "its configuration space could not be read, so its kind, interrupts and ACS are not judged");
	TELL(ret->hint, "run as root");
	return true;
}

bool verdict_rule_unseen(const struct facts *facts, struct lend_reason *ret)
{
	if (!facts->holders->unseen || !is_on_host_driver(&facts->device->function))
		return false;
	TELL(ret->text, "%u process%s could not be looked into, so somebody may use it unseen", facts->holders->unseen,
	     facts->holders->unseen > 1 ? "es" : "");
	TELL(ret->hint, "run as root");
	return true;
}
