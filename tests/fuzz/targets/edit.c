/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The editor on a hostile definition. What comes out parses; to inject again changes nothing; and to withdraw gives
 * back what there was, where lendpci had not been at work before.
 */
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/decide/edit/edit.h"
#include "lendpci/know/domain/template.h"
#include "lendpci/know/domain/xml.h"

static const struct lend_policy_device devices[] = {
	{ .address = { .bus = 1 }, .vendor = 0x10de, .device = 0x2684 },
	{ .address = { .bus = 1, .function = 1 }, .vendor = 0x10de },
	{ .address = { .bus = 2 }, .location_path = (char *)"PCIROOT(0)#PCI(0200)" },
};

static struct lend_templates *templates;

static void load_templates(void)
{
	_cleanup_(lend_fs_freep) struct lend_fs *fs = NULL;

	/* A folder without an administrator's templates. */
	FUZZ_RULE(lend_fs_new("/proc/self/fd", &fs, NULL) == 0 && lend_templates_load(fs, &templates, NULL) == 0,
		  "lendpci's own templates can be loaded");
}

/* Whether lendpci, or somebody in its name, has marked something in it. */
static bool is_marked(const char *text)
{
	return strstr(text, LEND_POLICY_NAMESPACE) || strstr(text, "ua-lendpci");
}

/* The next of @node and what follows it that is not blank text: libvirt sets that itself when it prints. */
static const xmlNode *skip_blanks(const xmlNode *node)
{
	while (node && xmlIsBlankNode(node))
		node = node->next;
	return node;
}

static bool is_same_text(const xmlChar *a, const xmlChar *b)
{
	return a == b || (a && b && strcmp((const char *)a, (const char *)b) == 0);
}

static bool is_same_but_for_blanks(const char *a, const char *b)
{
	static const char blanks[] = " \t\r\n";

	while (a && b) {
		a += strspn(a, blanks);
		b += strspn(b, blanks);
		if (!*a || *a != *b)
			return *a == *b;
		a++;
		b++;
	}
	return a == b;
}

static bool are_same(const xmlNode *a, const xmlNode *b);

static bool is_same(const xmlNode *a, const xmlNode *b)
{
	const xmlAttr *one, *other;

	if (a->type != b->type || !is_same_text(a->name, b->name))
		return false;
	if (a->type != XML_ELEMENT_NODE)
		return is_same_but_for_blanks((const char *)a->content, (const char *)b->content);
	for (one = a->properties, other = b->properties; one && other; one = one->next, other = other->next)
		if (!is_same_text(one->name, other->name) || !are_same(one->children, other->children))
			return false;
	return !one && !other && (a->ns ? b->ns && is_same_text(a->ns->href, b->ns->href) : !b->ns) &&
	       are_same(a->children, b->children);
}

static bool are_same(const xmlNode *a, const xmlNode *b)
{
	for (a = skip_blanks(a), b = skip_blanks(b); a && b; a = skip_blanks(a->next), b = skip_blanks(b->next))
		if (!is_same(a, b))
			return false;
	return !a && !b;
}

/* Whether both say the same, wherever they break their lines. */
static bool say_the_same(const char *a, const char *b)
{
	_cleanup_(lend_xml_freep) xmlDoc *one = NULL, *other = NULL;

	return lend_xml_parse_to_edit(a, strlen(a), &one, NULL) == 0 &&
	       lend_xml_parse_to_edit(b, strlen(b), &other, NULL) == 0 && are_same(one->children, other->children);
}

static bool parses(const char *text)
{
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;

	return lend_xml_parse_to_edit(text, strlen(text), &document, NULL) == 0;
}

static _Noreturn void tell_and_break(const char *rule, const char *before, const char *after)
{
	(void)fprintf(stderr, "--- before\n%s\n--- after\n%s\n", before, after);
	fuzz_broken(rule);
}

/* The definition as lendpci prints it, unchanged; NULL when it is none. */
static char *print(const char *text, size_t size)
{
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;

	return lend_xml_parse_to_edit(text, size, &document, NULL) == 0 ? lend_xml_format(document) : NULL;
}

/* @before after an injection and a withdrawal of all; NULL where the editor refuses. The caller's to free. */
static char *there_and_back(const char *before, const struct lend_edit_request *request)
{
	_cleanup_free_ char *after = NULL, *again = NULL;
	struct lend_edit_report report;
	struct lend_error error = { 0 };
	char *back = NULL;

	if (lend_edit_inject(before, strlen(before), request, templates, &after, &report, &error) < 0) {
		FUZZ_RULE(*error.text, "a refusal has a sentence");
		return NULL;
	}
	FUZZ_RULE(parses(after), "what the editor makes is XML");
	FUZZ_RULE(lend_edit_inject(after, strlen(after), request, templates, &again, &report, NULL) == 0,
		  "what was injected can be injected again");
	if (report.changed || strcmp(after, again) != 0)
		tell_and_break("to inject again changes nothing", after, again);
	FUZZ_RULE(lend_edit_withdraw(after, strlen(after), NULL, 0, NULL, templates, &back, &report, NULL) == 0,
		  "what was injected can be withdrawn");
	FUZZ_RULE(parses(back), "what is left is XML");
	FUZZ_RULE(!strstr(back, "urn:lendpci:1") || strstr(before, "urn:lendpci:1"), "no policy is left");
	return back;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size), *before = NULL, *printed = NULL, *back = NULL, *twice = NULL;
	struct lend_edit_request request = { .devices = devices, .count = 1 + size % 3 };

	if (!templates)
		load_templates();
	if (size % 3)
		request.window.pcihole64 = 64ULL << 30;
	before = print(text, size);
	if (!before)
		return 0;
	printed = print(before, strlen(before));
	FUZZ_RULE(printed && strcmp(before, printed) == 0, "what lendpci prints it reads as the same");
	if (is_marked(before))
		return 0;
	back = there_and_back(before, &request);
	if (!back)
		return 0;
	twice = there_and_back(back, &request);
	if (!twice || !say_the_same(back, twice))
		tell_and_break("to withdraw gives back what there was", back, twice ? twice : "");
	return 0;
}
