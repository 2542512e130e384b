/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a domain's XML says about PCI devices. Source: libvirt's docs/formatdomain.rst.
 *
 * Only <hostdev mode='subsystem' type='pci'> counts: an <interface type='hostdev'> is libvirt's own to place and to
 * bring home.
 */
#include "lendpci/know/domain/domain.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/xml.h"

bool lend_domain_text_may_concern(const char *xml, size_t size)
{
	static const char hostdev[] = "hostdev", policy[] = LEND_POLICY_NAMESPACE;

	return memmem(xml, size, hostdev, sizeof(hostdev) - 1) || memmem(xml, size, policy, sizeof(policy) - 1);
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

static int read_uuid(const xmlNode *domain, char ret[static 37], struct lend_error *error)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	const xmlNode *node = lend_xml_child(domain, NULL, "uuid");
	const char *text = node ? lend_xml_text(node) : "";

	if (!*text)
		return lend_xml_fail(error, domain, "the domain has no UUID");
	for (size_t i = 0; i < sizeof(form); i++) {
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != form[i])
			return lend_xml_fail(error, node, "'%.40s' is not a UUID", text);
		ret[i] = (char)tolower((unsigned char)text[i]);
	}
	return 0;
}

static int add_hostdev(const xmlNode *node, struct lend_domain *domain, struct lend_error *error)
{
	const xmlNode *alias_node = lend_xml_child(node, NULL, "alias");
	const char *alias = alias_node ? lend_xml_attribute(alias_node, "name") : NULL;
	struct lend_hostdev hostdev = { .managed = lend_xml_attribute_is(node, "managed", "yes") }, *bigger;
	int r;

	r = lend_xml_source(node, &hostdev.source, error);
	if (r < 0)
		return r;

	bigger = reallocarray(domain->hostdevs, domain->hostdev_count + 1, sizeof(*bigger));
	if (!bigger)
		return lend_error_set(error, -ENOMEM, "out of memory for the domain's hostdevs");
	domain->hostdevs = bigger;
	if (alias) {
		hostdev.alias = strdup(alias);
		if (!hostdev.alias)
			return lend_error_set(error, -ENOMEM, "out of memory for the domain's hostdevs");
	}
	domain->hostdevs[domain->hostdev_count++] = hostdev;
	return 0;
}

static bool is_hotplug_port(const xmlNode *controller)
{
	const xmlNode *target = lend_xml_child(controller, NULL, "target");

	if (!lend_xml_attribute_is(controller, "model", "pcie-root-port") &&
	    !lend_xml_attribute_is(controller, "model", "pcie-switch-downstream-port"))
		return false;
	return !target || !lend_xml_attribute_is(target, "hotplug", "off");
}

static int read_devices(const xmlNode *root, struct lend_domain *domain, struct lend_error *error)
{
	const xmlNode *devices = lend_xml_child(root, NULL, "devices");
	int r;

	for (const xmlNode *node = lend_xml_child(devices, NULL, "hostdev"); node; node = lend_xml_next(node)) {
		const char *mode = lend_xml_attribute(node, "mode");

		/* Without a mode libvirt takes it for subsystem. */
		if ((mode && strcmp(mode, "subsystem") != 0) || !lend_xml_attribute_is(node, "type", "pci"))
			continue;
		r = add_hostdev(node, domain, error);
		if (r < 0)
			return r;
	}
	for (const xmlNode *node = lend_xml_child(devices, NULL, "controller"); node; node = lend_xml_next(node))
		domain->hotplug_ports += is_hotplug_port(node);
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

int lend_domain_parse_uuid(const char *xml, size_t size, char ret[static 37], struct lend_error *error)
{
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	const xmlNode *root;
	int r;

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
	r = read_devices(root, domain, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", domain->name);
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
	for (size_t i = 0; i < domain->hostdev_count; i++)
		free(domain->hostdevs[i].alias);
	free(domain->hostdevs);
	lend_policy_clear(&domain->policy);
	free(domain->name);
	free(domain);
}

void lend_domain_freep(struct lend_domain **domain)
{
	lend_domain_free(*domain);
}
