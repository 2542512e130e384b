/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain's XML says about PCI devices, as a whole. Source: libvirt's docs/formatdomain.rst. */
#include "lendpci/know/domain/domain.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/xml.h"

static bool has_any(const char *xml, size_t size, const char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (memmem(xml, size, words[i], strlen(words[i])))
			return true;
	return false;
}

bool lend_domain_text_may_concern(const char *xml, size_t size)
{
	static const char *const words[] = { "hostdev", "type='nvme'", LEND_POLICY_NAMESPACE };
	/* What QEMU gets past libvirt. A disk's path may well have the first; the last is JSON's way to write a letter:
	 * "\u0076fio-pci". */
	static const char *const arguments[] = { "nvme", "vfio", "\\u" };

	return has_any(xml, size, words, LEND_ARRAY_SIZE(words)) ||
	       (memmem(xml, size, LEND_XML_QEMU, strlen(LEND_XML_QEMU)) &&
		has_any(xml, size, arguments, LEND_ARRAY_SIZE(arguments)));
}

/* libvirt allows any name without a newline or slash. A control character has no business on anyone's terminal. */
static bool is_printable(const char *name)
{
	for (const unsigned char *at = (const unsigned char *)name; *at; at++) {
		if (iscntrl(*at))
			return false;
		/* U+0080 to U+009F, where a terminal may see the start of an escape sequence. */
		if (at[0] == 0xc2 && at[1] < 0xa0)
			return false;
	}
	return true;
}

static int read_name(const xmlNode *domain, struct lend_domain *ret, struct lend_error *error)
{
	const xmlNode *node = lend_xml_child(domain, NULL, "name");
	const char *name = node ? lend_xml_text(node) : "";

	if (!*name)
		return lend_xml_fail(error, domain, "the domain has no name");
	if (!is_printable(name))
		return lend_xml_fail(error, node, "the domain's name holds a control character");
	ret->name = strdup(name);
	return ret->name ? 0 : lend_error_set(error, -ENOMEM, "%s: out of memory", name);
}

/* @text is a UUID, with anything behind it. It is written in lower case. */
static bool take_uuid(const char *text, char ret[static 37])
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	for (size_t i = 0; form[i]; i++)
		ret[i] = (char)tolower((unsigned char)text[i]);
	ret[strlen(form)] = '\0';
	return true;
}

static int read_uuid(const xmlNode *domain, char ret[static 37], struct lend_error *error)
{
	const xmlNode *node = lend_xml_child(domain, NULL, "uuid");
	const char *text = node ? lend_xml_text(node) : "";

	if (!*text)
		return lend_xml_fail(error, domain, "the domain has no UUID");
	if (strlen(text) != 36 || !take_uuid(text, ret))
		return lend_xml_fail(error, node, "'%.40s' is not a UUID", text);
	return 0;
}

/* @ret_root is part of @ret_document. */
static int parse_domain(const char *xml, size_t size, xmlDoc **ret_document, const xmlNode **ret_root,
			struct lend_error *error)
{
	int r;

	r = lend_xml_parse(xml, size, ret_document, error);
	if (r < 0)
		return r;
	*ret_root = xmlDocGetRootElement(*ret_document);
	if (!lend_xml_is(*ret_root, NULL, "domain"))
		return lend_xml_fail(error, *ret_root, "<%.40s> is not a domain", (*ret_root)->name);
	return 0;
}

/* Moves *@at behind white space and @word. */
static bool skip(const char **at, const char *word)
{
	*at += strspn(*at, " \t\r\n");
	if (strncmp(*at, word, strlen(word)) != 0)
		return false;
	*at += strlen(word);
	return true;
}

/*
 * The head of a domain as libvirt writes it: <domain …><name>…</name><uuid>…</uuid>. A '<' stands for itself neither in
 * an attribute nor in a name, and there is no place for a comment in it, so what looks like this is this.
 */
static bool find_uuid_in_head(const char *xml, size_t size, char ret[static 37])
{
	char head[4096];
	const char *at = head, *uuid;

	(void)snprintf(head, sizeof(head), "%.*s", (int)(size < sizeof(head) ? size : sizeof(head) - 1), xml);
	if (!skip(&at, "<domain") || !strchr(" >", *at))
		return false;
	at += strcspn(at, "<>");
	if (!skip(&at, ">") || !skip(&at, "<name>"))
		return false;
	at += strcspn(at, "<");
	if (!skip(&at, "</name>") || !skip(&at, "<uuid>"))
		return false;
	uuid = at;
	at += strcspn(at, "<");
	return at - uuid == 36 && skip(&at, "</uuid>") && take_uuid(uuid, ret);
}

int lend_domain_parse_uuid(const char *xml, size_t size, char ret[static 37], struct lend_error *error)
{
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	const xmlNode *root;
	int r;

	/* libxml2 takes longer to load than all else that the hook does when a VM has started. */
	if (find_uuid_in_head(xml, size, ret))
		return 0;
	r = parse_domain(xml, size, &document, &root, error);
	return r < 0 ? r : read_uuid(root, ret, error);
}

int lend_domain_parse(const char *xml, size_t size, struct lend_domain **ret, struct lend_error *error)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	const xmlNode *root;
	int r;

	r = parse_domain(xml, size, &document, &root, error);
	if (r < 0)
		return r;

	domain = calloc(1, sizeof(*domain));
	if (!domain)
		return lend_error_set(error, -ENOMEM, "out of memory for a domain");
	r = read_name(root, domain, error);
	if (r < 0)
		return r;
	r = read_uuid(root, domain->uuid, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", domain->name);
	r = domain_read_devices(root, domain, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", domain->name);
	r = lend_qemu_arguments_read(root, &domain->arguments, error);
	if (r == 0)
		r = lend_policy_read(root, &domain->policy, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", domain->name);
	*ret = TAKE_PTR(domain);
	return 0;
}

const struct lend_address *lend_domain_first_borrowed(const struct lend_domain *domain)
{
	if (domain->policy.count)
		return &domain->policy.devices[0].address;
	for (size_t i = 0; i < domain->hostdev_count; i++)
		if (domain->hostdevs[i].managed)
			return &domain->hostdevs[i].source;
	return NULL;
}

void lend_domain_free(struct lend_domain *domain)
{
	if (!domain)
		return;
	for (size_t i = 0; i < domain->hostdev_count; i++) {
		free(domain->hostdevs[i].alias);
		free(domain->hostdevs[i].rom);
	}
	free(domain->hostdevs);
	lend_addresses_clear(&domain->drives);
	lend_qemu_arguments_clear(&domain->arguments);
	lend_policy_clear(&domain->policy);
	free(domain->name);
	free(domain);
}

void lend_domain_freep(struct lend_domain **domain)
{
	lend_domain_free(*domain);
}
