/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New addresses for devices that the host has numbered anew: in the policy, in the hostdev's source, and in the aliases
 * by which we know our hostdevs and ports. Where the guest sees the device stays.
 *
 * Everything is found by its old address before anything gets its new one: two cards may have changed places.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"

/* What has one device's old address in it; NULL for what is not there. */
struct found {
	struct lend_policy_device *policy;
	xmlNode *hostdev, *port;
};

static void set_alias(xmlNode *device, const char *text)
{
	xmlNode *alias = lend_xml_child(device, NULL, "alias");

	(void)xmlSetProp(alias, (const xmlChar *)"name", (const xmlChar *)text);
}

static void set_source(xmlNode *hostdev, struct lend_address to)
{
	xmlNode *address = lend_xml_child(lend_xml_child(hostdev, NULL, "source"), NULL, "address");
	const struct {
		const char *name;
		unsigned value, digits;
	} parts[] = { { "domain", to.domain, 4 },
		      { "bus", to.bus, 2 },
		      { "slot", to.device, 2 },
		      { "function", to.function, 1 } };
	char text[16];

	for (size_t i = 0; i < LEND_ARRAY_SIZE(parts); i++) {
		(void)snprintf(text, sizeof(text), "0x%0*x", (int)parts[i].digits, parts[i].value);
		(void)xmlSetProp(address, (const xmlChar *)parts[i].name, (const xmlChar *)text);
	}
}

static void move_one(struct edit *edit, const struct found *found, struct lend_address to)
{
	char alias[64];

	if (!found->policy)
		return;
	found->policy->address = to;
	edit->report.moved++;
	if (found->hostdev) {
		set_source(found->hostdev, to);
		edit_write_hostdev_alias(to, alias, sizeof(alias));
		if (edit_is_ours(found->hostdev))
			set_alias(found->hostdev, alias);
	}
	if (found->port) {
		edit_write_port_alias(to, alias, sizeof(alias));
		set_alias(found->port, alias);
	}
}

int edit_move_all(struct edit *edit, const struct lend_edit_move *moves, size_t count, struct lend_error *error)
{
	_cleanup_free_ struct found *found = calloc(count + 1, sizeof(*found));

	if (!found)
		return lend_error_set(error, -ENOMEM, "out of memory for editing a domain");
	for (size_t i = 0; i < count; i++)
		found[i] = (struct found){
			.policy = lend_policy_find(&edit->policy, moves[i].from),
			.hostdev = edit_find_hostdev(edit, moves[i].from),
			.port = edit_our_port(edit, moves[i].from),
		};
	for (size_t i = 0; i < count; i++)
		move_one(edit, &found[i], moves[i].to);
	return 0;
}
