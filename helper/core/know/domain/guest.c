/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a domain's definition says about its address space.
 *
 * The policy tells what assign has put there itself; it is read as if it were not there.
 */
#include "lendpci/know/domain/guest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/policy.h"
#include "lendpci/know/domain/qemu_arguments.h"
#include "lendpci/know/domain/xml.h"
#include "user_file.h"

enum { BUSES = 256, WIDTH_MAX = 64, SLOTS_MAX = 4096 };

static const char *attribute_or(const xmlNode *node, const char *name, const char *otherwise)
{
	const char *value = node ? lend_xml_attribute(node, name) : NULL;

	return value ? value : otherwise;
}

/* "pc", "pc-i440fx-7.2", "pc-1.0"; distributions have names of their own, as "rhel6.6.0" and "ubuntu". */
static bool is_i440fx(const char *machine)
{
	static const char *const beginnings[] = { "pc-", "rhel", "ubuntu" };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(beginnings); i++)
		if (strncmp(machine, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return strcmp(machine, "pc") == 0;
}

static void read_machine(const xmlNode *domain, struct lend_guest *guest)
{
	const xmlNode *os = lend_xml_child(domain, NULL, "os"), *loader = lend_xml_child(os, NULL, "loader");
	const char *path = loader ? lend_xml_text(loader) : "";
	const char *arch = attribute_or(lend_xml_child(os, NULL, "type"), "arch", "x86_64");
	const char *machine = attribute_or(lend_xml_child(os, NULL, "type"), "machine", "pc");

	guest->x86 = strcmp(arch, "x86_64") == 0 || strcmp(arch, "i686") == 0;
	guest->kvm = lend_xml_attribute_is(domain, "type", "kvm");
	guest->q35 = guest->x86 && strstr(machine, "q35");
	guest->is_known = guest->q35 || (guest->x86 && is_i440fx(machine));
	(void)snprintf(guest->machine, sizeof(guest->machine), "%.*s", (int)sizeof(guest->machine) - 1, machine);
	lend_text_make_printable(guest->machine);
	guest->uefi = strcmp(attribute_or(os, "firmware", ""), "efi") == 0 ||
		      strcmp(attribute_or(loader, "type", ""), "pflash") == 0 || strcasestr(path, "ovmf");
	if (strlen(path) < sizeof(guest->loader))
		(void)snprintf(guest->loader, sizeof(guest->loader), "%s", path);
}

/* Which vendor QEMU's own model of a CPU claims: its default and those named after AMD's are AMD's. */
static enum lend_cpu_vendor vendor_of(const char *model)
{
	static const char *const amd[] = { "qemu64", "qemu32", "EPYC", "Opteron", "phenom", "athlon" };

	for (size_t i = 0; i < LEND_ARRAY_SIZE(amd); i++)
		if (strncmp(model, amd[i], strlen(amd[i])) == 0)
			return LEND_VENDOR_AMD;
	return LEND_VENDOR_UNKNOWN;
}

int lend_guest_read_width(const xmlNode *node, struct lend_width *ret, struct lend_error *error)
{
	const bool is_emulated = lend_xml_attribute_is(node, "mode", "emulate");
	uint64_t bits = 0;
	int r;

	r = lend_xml_number(node, is_emulated ? "bits" : "limit", WIDTH_MAX, &bits, error);
	if (r < 0)
		return r;
	*ret = (struct lend_width){ is_emulated ? LEND_WIDTH_EMULATE : LEND_WIDTH_PASSTHROUGH, (unsigned)bits };
	return 0;
}

static int read_cpu(const xmlNode *domain, const struct lend_policy_before *before, struct lend_guest *guest,
		    struct lend_error *error)
{
	const xmlNode *cpu = lend_xml_child(domain, NULL, "cpu"), *model = lend_xml_child(cpu, NULL, "model");
	const xmlNode *width = lend_xml_child(cpu, NULL, "maxphysaddr");
	const char *mode = attribute_or(cpu, "mode", "");
	int r;

	guest->has_cpu = cpu;
	guest->host_cpu = strcmp(mode, "host-passthrough") == 0 || strcmp(mode, "maximum") == 0;
	guest->vendor = vendor_of(model ? lend_xml_text(model) : "qemu64");
	r = width ? lend_guest_read_width(width, &guest->width, error) : 0;
	if (guest->width.mode == before->width_ours.mode && guest->width.bits == before->width_ours.bits)
		guest->width = (struct lend_width){ 0 };
	return r;
}

/* <pcihole64> of the root controller; where it is ours, what was there before. */
static int read_hole(const xmlNode *domain, const struct lend_policy_before *before, struct lend_guest *guest,
		     struct lend_error *error)
{
	const xmlNode *devices = lend_xml_child(domain, NULL, "devices");

	for (const xmlNode *node = lend_xml_child(devices, NULL, "controller"); node; node = lend_xml_next(node)) {
		const xmlNode *hole = lend_xml_child(node, NULL, "pcihole64");
		int r = hole ? lend_xml_size(hole, &guest->pcihole64, error) : 0;

		if (r < 0)
			return r;
	}
	if (before->pcihole64_ours && guest->pcihole64 == before->pcihole64_ours)
		guest->pcihole64 = before->pcihole64;
	return 0;
}

static int read_memory(const xmlNode *domain, struct lend_guest *guest, struct lend_error *error)
{
	const xmlNode *memory = lend_xml_child(domain, NULL, "memory"),
		      *most = lend_xml_child(domain, NULL, "maxMemory");
	uint64_t bytes = 0, slots = 0;
	int r = 0;

	guest->has_hugepages = lend_xml_child(lend_xml_child(domain, NULL, "memoryBacking"), NULL, "hugepages");
	if (memory)
		r = lend_xml_size(memory, &guest->memory, error);
	if (r == 0 && most)
		r = lend_xml_size(most, &bytes, error);
	if (r == 0 && most)
		r = lend_xml_number(most, "slots", SLOTS_MAX, &slots, error);
	/* No machine has an exbibyte; sums with what is hostile shall not overflow. */
	if (r == 0 && (guest->memory | bytes) >> 60)
		return lend_xml_fail(error, most ? most : memory, "the domain has more memory than can be addressed");
	guest->pluggable = bytes > guest->memory ? bytes - guest->memory : 0;
	guest->memory_slots = (unsigned)slots;
	return r;
}

/* Only the first argument with the size that is in the policy is ours; a second one is somebody's. */
static bool is_our_window(const struct lend_window_argument *window, uint64_t *ours)
{
	if (!*ours || !window->is_number || window->bytes != *ours)
		return false;
	*ours = 0;
	return true;
}

static void read_window(const struct lend_qemu_arguments *arguments, uint64_t ours, struct lend_guest_window *ret)
{
	for (size_t i = 0; i < arguments->window_count; i++) {
		const struct lend_window_argument *window = &arguments->windows[i];
		const char *value = attribute_or(window->value, "value", "");

		if (is_our_window(window, &ours))
			continue;
		*ret = (struct lend_guest_window){ .count = ret->count + 1, .bytes = window->bytes };
		(void)snprintf(ret->file, sizeof(ret->file), "%s", window->file);
		(void)snprintf(ret->argument, sizeof(ret->argument), "%s", value);
		lend_text_make_printable(ret->argument);
		ret->is_ignored = !window->is_number;
		if (ret->is_ignored)
			(void)snprintf(ret->ignored_because, sizeof(ret->ignored_because),
				       "'%s' is not a decimal number of MiB up to 16777216", window->content);
	}
}

static int read_arguments(const xmlNode *domain, uint64_t ours, struct lend_guest *guest, struct lend_error *error)
{
	_cleanup_(lend_qemu_arguments_clear) struct lend_qemu_arguments arguments = { 0 };
	int r;

	r = lend_qemu_arguments_read(domain, &arguments, error);
	if (r < 0)
		return r;
	read_window(&arguments, ours, &guest->window);
	guest->has_hole_argument = arguments.has_hole;
	if (arguments.has_hole)
		guest->pcihole64 = arguments.hole;
	return 0;
}

/* As QEMU reads it. */
void lend_guest_read_files(const struct lend_fs *fs, struct lend_guest *guest)
{
	struct lend_guest_window *window = &guest->window;
	char content[64];

	if (!*window->file)
		return;
	if (domain_read_user_file(fs, window->file, content, sizeof(content)) < 0)
		(void)snprintf(window->ignored_because, sizeof(window->ignored_because), "its file cannot be read");
	else if (!lend_window_content_parse(content, &window->bytes))
		(void)snprintf(window->ignored_because, sizeof(window->ignored_because),
			       "its file holds no decimal number of MiB up to 16777216");
	else
		window->is_ignored = false;
	*window->file = '\0';
}

/* What sits behind the guest's ports, by bus. */
struct buses {
	bool lent[BUSES], used[BUSES];
};

static void read_tenants(const xmlNode *devices, struct buses *ret)
{
	for (const xmlNode *node = devices ? devices->children : NULL; node; node = node->next) {
		const xmlNode *address;
		uint64_t bus = 0;

		if (node->type != XML_ELEMENT_NODE)
			continue;
		address = lend_xml_child(node, NULL, "address");
		if (!address || !lend_xml_attribute_is(address, "type", "pci") ||
		    lend_xml_number(address, "bus", BUSES - 1, &bus, NULL) < 0)
			continue;
		ret->used[bus] = true;
		if (lend_xml_is(node, NULL, "hostdev") && lend_xml_attribute_is(node, "type", "pci"))
			ret->lent[bus] = true;
	}
}

static bool is_ours(const xmlNode *device)
{
	const char *alias = attribute_or(lend_xml_child(device, NULL, "alias"), "name", "");

	return strncmp(alias, LEND_ALIAS_PREFIX, strlen(LEND_ALIAS_PREFIX)) == 0;
}

static void read_ports(const xmlNode *domain, const struct lend_policy *policy, struct lend_guest *guest)
{
	const xmlNode *devices = lend_xml_child(domain, NULL, "devices");
	struct buses buses = { 0 };

	read_tenants(devices, &buses);
	for (const xmlNode *node = lend_xml_child(devices, NULL, "controller"); node; node = lend_xml_next(node)) {
		const xmlNode *target = lend_xml_child(node, NULL, "target");
		uint64_t index = 0;

		if ((!lend_xml_attribute_is(node, "model", "pcie-root-port") &&
		     !lend_xml_attribute_is(node, "model", "pcie-switch-downstream-port")) ||
		    lend_xml_number(node, "index", BUSES - 1, &index, NULL) < 0)
			continue;
		if (buses.lent[index] || is_ours(node))
			continue;
		if (strcmp(attribute_or(target, "hotplug", "on"), "off") == 0 && !policy->before.hotplug_ours[index])
			continue;
		guest->spare_ports += !buses.used[index];
		guest->used_ports += buses.used[index];
	}
}

/* @as_is: what assign has put there counts like the rest. */
static int read_all(const xmlNode *domain, bool as_is, struct lend_guest *guest, struct lend_error *error)
{
	_cleanup_(lend_policy_clear) struct lend_policy policy = { 0 };
	int r;

	if (!lend_xml_is(domain, NULL, "domain"))
		return lend_xml_fail(error, domain, "<%.40s> is not a domain", domain->name);
	r = lend_policy_read(domain, &policy, error);
	if (r < 0)
		return r;
	if (as_is)
		policy.before = (struct lend_policy_before){ 0 };
	guest->mmio_low = policy.mmio_low;
	guest->mmio_high = policy.mmio_high;
	read_machine(domain, guest);
	r = read_memory(domain, guest, error);
	if (r == 0)
		r = read_cpu(domain, &policy.before, guest, error);
	if (r == 0)
		r = read_hole(domain, &policy.before, guest, error);
	if (r == 0)
		r = read_arguments(domain, policy.before.mmio64_ours, guest, error);
	read_ports(domain, &policy, guest);
	return r;
}

static int parse(const char *xml, size_t size, bool as_is, struct lend_guest *ret, struct lend_error *error)
{
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	struct lend_guest guest = { 0 };
	int r;

	r = lend_xml_parse(xml, size, &document, error);
	if (r == 0)
		r = read_all(xmlDocGetRootElement(document), as_is, &guest, error);
	if (r < 0)
		return r;
	*ret = guest;
	return 0;
}

int lend_guest_parse(const char *xml, size_t size, struct lend_guest *ret, struct lend_error *error)
{
	return parse(xml, size, false, ret, error);
}

int lend_guest_parse_as_is(const char *xml, size_t size, struct lend_guest *ret, struct lend_error *error)
{
	return parse(xml, size, true, ret, error);
}
