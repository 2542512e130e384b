/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings that make a shutdown release the devices: a guest that powers off, crashes or goes to sleep must not go
 * on holding its devices, nor wake up to devices that others had meanwhile.
 *
 * While devices are assigned this is no matter of taste: whatever somebody sets later is changed as well, and the last
 * of it is what unassign puts back.
 *
 * Source: libvirt's docs/formatdomain.rst, "Events configuration" and "Power Management".
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define BIT(word) (1U << (word))

/* Without <on_poweroff> or <on_crash> libvirt destroys; without <pm> QEMU lets the guest sleep. */
static const struct {
	const char *ours, *told, *why;
	unsigned changed; /* the words that ours takes the place of */
} stops[LEND_STOP_COUNT] = {
	[LEND_STOP_POWEROFF] = { "destroy", "destroy", "a guest that shuts down gives its devices back",
				 BIT(LEND_WORD_RESTART) | BIT(LEND_WORD_RENAME_RESTART) | BIT(LEND_WORD_PRESERVE) },
	[LEND_STOP_CRASH] = { "destroy", "destroy", "a guest that crashes gives its devices back",
			      BIT(LEND_WORD_PRESERVE) },
	[LEND_STOP_TO_MEM] = { "no", "off", "the guest does not hold its devices while it sleeps",
			       BIT(LEND_WORD_NONE) | BIT(LEND_WORD_UNSET) | BIT(LEND_WORD_YES) },
	[LEND_STOP_TO_DISK] = { "no", "off", "the guest does not wake up to devices that others had meanwhile",
				BIT(LEND_WORD_NONE) | BIT(LEND_WORD_UNSET) | BIT(LEND_WORD_YES) },
};

static bool is_in_pm(enum lend_stop stop)
{
	return stop == LEND_STOP_TO_MEM || stop == LEND_STOP_TO_DISK;
}

static xmlNode *find(const struct edit *edit, enum lend_stop stop)
{
	const xmlNode *parent = is_in_pm(stop) ? lend_xml_child(edit->domain, NULL, "pm") : edit->domain;

	return lend_xml_child(parent, NULL, lend_stop_names[stop]);
}

/* NULL where the attribute is not there. */
static const char *text_of(const xmlNode *node, enum lend_stop stop)
{
	return is_in_pm(stop) ? lend_xml_attribute(node, "enabled") : lend_xml_text(node);
}

static void set_text(xmlNode *node, enum lend_stop stop, const char *text)
{
	if (is_in_pm(stop))
		(void)xmlSetProp(node, (const xmlChar *)"enabled", (const xmlChar *)text);
	else
		xmlNodeSetContent(node, (const xmlChar *)text);
}

static enum lend_word read_word(const xmlNode *node, enum lend_stop stop)
{
	const char *text = node ? text_of(node, stop) : NULL;

	if (!node)
		return LEND_WORD_NONE;
	return text ? lend_word_from_name(text) : LEND_WORD_UNSET;
}

/* The element of @stop in <pm>, each where libvirt prints it. NULL when memory runs out. */
static xmlNode *make(struct edit *edit, enum lend_stop stop)
{
	xmlNode *pm = lend_xml_child(edit->domain, NULL, "pm"), *perf = lend_xml_child(edit->domain, NULL, "perf");
	xmlNode *disk = lend_xml_child(pm, NULL, "suspend-to-disk"), *node;

	if (!pm) {
		pm = xmlNewDocNode(edit->document, NULL, (const xmlChar *)"pm", NULL);
		if (!pm)
			return NULL;
		edit_insert_before(perf ? perf : edit->devices, pm);
	}
	node = xmlNewDocNode(edit->document, NULL, (const xmlChar *)lend_stop_names[stop], NULL);
	if (!node)
		return NULL;
	if (disk)
		edit_insert_before(disk, node);
	else
		edit_append(pm, node);
	return node;
}

static void tell(struct edit *edit, enum lend_stop stop, enum lend_word before)
{
	const char *was = before >= LEND_WORD_RESTART ? lend_word_name(before) : NULL;
	char *sentence = edit->report.stops[edit->report.stop_count++];

	(void)snprintf(sentence, sizeof(edit->report.stops[0]), "%s is %s now%s%s, so that %s", lend_stop_names[stop],
		       stops[stop].told, was ? " instead of " : "", was ? was : "", stops[stop].why);
}

int edit_set_stop(struct edit *edit, struct lend_error *error)
{
	for (enum lend_stop stop = 0; stop < LEND_STOP_COUNT; stop++) {
		xmlNode *node = find(edit, stop);
		const enum lend_word now = read_word(node, stop);

		/* Elsewhere the firmware's sleep states are not QEMU's to switch off. */
		if (!(stops[stop].changed & BIT(now)) || (is_in_pm(stop) && !edit->x86))
			continue;
		if (!node)
			node = make(edit, stop);
		if (!node)
			return lend_error_set(error, -ENOMEM, "out of memory for a <%s>", lend_stop_names[stop]);
		set_text(node, stop, stops[stop].ours);
		edit->policy.before.stops[stop] = now;
		tell(edit, stop, now);
	}
	return 0;
}

/* libvirt refuses a machine that is restarted when it powers off and powered off when it restarts. */
static bool is_possible(const struct edit *edit, enum lend_stop stop, enum lend_word word)
{
	const xmlNode *reboot = lend_xml_child(edit->domain, NULL, "on_reboot");

	return stop != LEND_STOP_POWEROFF || word != LEND_WORD_RESTART || !reboot ||
	       strcmp(lend_xml_text(reboot), "destroy") != 0;
}

static void put_back(struct edit *edit, enum lend_stop stop, xmlNode *node)
{
	const enum lend_word word = edit->policy.before.stops[stop];
	xmlNode *pm = node->parent;

	switch (word) {
	case LEND_WORD_NONE:
		edit_remove(node);
		/* libvirt prints no empty <pm>, so there was none. */
		if (!edit_last_element(pm))
			edit_remove(pm);
		break;
	case LEND_WORD_UNSET:
		(void)xmlUnsetProp(node, (const xmlChar *)"enabled");
		break;
	default:
		set_text(node, stop, lend_word_name(word));
		break;
	}
}

void edit_restore_stop(struct edit *edit)
{
	for (enum lend_stop stop = 0; stop < LEND_STOP_COUNT; stop++) {
		const enum lend_word word = edit->policy.before.stops[stop];
		xmlNode *node = find(edit, stop);
		const char *text = node ? text_of(node, stop) : NULL;

		/* What somebody has changed since is theirs. */
		if (word != LEND_WORD_OTHER && text && strcmp(text, stops[stop].ours) == 0 &&
		    is_possible(edit, stop, word))
			put_back(edit, stop, node);
	}
}
