/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "domain_text.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/xml.h"

#define UUID "11111111-2222-3333-4444-555555555555"
#define IDENTITY "<name>win11</name><uuid>" UUID "</uuid>"
#define HOSTDEV(address) "<hostdev mode='subsystem' type='pci' managed='yes'><source>" address "</source></hostdev>"
#define WITH_DEVICES(devices) "<domain>\n" IDENTITY "\n<devices>" devices "</devices></domain>"
#define WITH_POLICY(policy) "<domain>\n" IDENTITY "<metadata>\n" policy "</metadata></domain>"
#define ASSIGNMENT(inside) "<l:assignment xmlns:l='urn:lendpci:1'>" inside "</l:assignment>"

static struct lend_domain *domain_of(const char *text)
{
	struct lend_domain *domain = NULL;

	assert_done(lend_domain_parse(text, strlen(text), &domain, error));
	return domain;
}

static void assert_rejected(const char *text, const char *sentence)
{
	struct lend_domain *domain = NULL;

	assert_refused(lend_domain_parse(text, strlen(text), &domain, error), -EINVAL, sentence);
	assert_null(domain);
}

static void libvirts_own_text_is_understood(void **state)
{
	_cleanup_free_ char *text = domain_text("virt-manager");
	_cleanup_(lend_domain_freep) struct lend_domain *domain = domain_of(text);

	(void)state;
	assert_string_equal(domain->name, "win11");
	assert_string_equal(domain->uuid, "33333333-0000-4000-8000-000000000003");
	assert_int_equal(domain->hostdev_count, 1);
	assert_string_equal(lend_address_text(domain->hostdevs[0].source).text, "0000:01:00.0");
	assert_true(domain->hostdevs[0].managed);
	assert_null(domain->hostdevs[0].alias);
	assert_false(domain->policy.present);
	/* Nine root ports, one of them with hotplug='off'. */
	assert_int_equal(domain->hotplug_ports, 8);
}

static void an_address_may_be_hexadecimal_or_decimal(void **state)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain =
		domain_of(WITH_DEVICES(HOSTDEV("<address domain='0x10000' bus='0xe1' slot='0x1f' function='0x7'/>")
					       HOSTDEV("<address domain='0' bus='225' slot='31' function='7'/>")
						       HOSTDEV("<address bus='0x01' slot='0'/>")));

	(void)state;
	assert_int_equal(domain->hostdev_count, 3);
	assert_string_equal(lend_address_text(domain->hostdevs[0].source).text, "10000:e1:1f.7");
	assert_string_equal(lend_address_text(domain->hostdevs[1].source).text, "0000:e1:1f.7");
	assert_string_equal(lend_address_text(domain->hostdevs[2].source).text, "0000:01:00.0");
}

/* An SR-IOV network interface is libvirt's own to place, and a USB stick has no PCI address at all. */
static void other_kinds_of_hostdev_are_passed_over(void **state)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = domain_of(WITH_DEVICES(
		"<hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source></hostdev>"
		"<hostdev mode='capabilities' type='misc'><source><char>/dev/input</char></source></hostdev>"
		"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='" UUID
		"'/></source></hostdev>"
		"<interface type='hostdev' managed='yes'><source><address type='pci' domain='0' bus='1' slot='0' function='1'/>"
		"</source></interface>"
		"<hostdev mode='subsystem' type='pci' managed='no'><source><address bus='2' slot='0'/></source>"
		"<alias name='ua-lendpci-x'/></hostdev>"));

	(void)state;
	assert_int_equal(domain->hostdev_count, 1);
	assert_false(domain->hostdevs[0].managed);
	assert_string_equal(domain->hostdevs[0].alias, "ua-lendpci-x");
}

static void an_address_that_is_none_is_refused_with_its_line(void **state)
{
	(void)state;
	assert_rejected(WITH_DEVICES(HOSTDEV("")), "win11: line 3: a PCI <hostdev> has no source address");
	assert_rejected(WITH_DEVICES("<hostdev mode='subsystem' type='pci'/>"),
			"win11: line 3: a PCI <hostdev> has no source address");
	assert_rejected(WITH_DEVICES(HOSTDEV("<address bus='1'/>")),
			"win11: line 3: a <hostdev>'s source address lacks its bus or slot");
	assert_rejected(WITH_DEVICES(HOSTDEV("<address bus='0x100' slot='0'/>")),
			"win11: line 3: <address>: bus='0x100' is more than 0xff");
	assert_rejected(WITH_DEVICES(HOSTDEV("<address bus='1' slot='0x20'/>")),
			"win11: line 3: <address>: slot='0x20' is more than 0x1f");
	assert_rejected(WITH_DEVICES(HOSTDEV("<address bus='1' slot='0' function='8'/>")),
			"win11: line 3: <address>: function='8' is more than 0x7");
	assert_rejected(WITH_DEVICES(HOSTDEV("<address bus='../..' slot='0'/>")),
			"win11: line 3: <address>: bus='../..' is not a number");
}

/* @expected is "" where @text is no domain with a UUID. */
static void assert_uuid(const char *text, const char *expected)
{
	struct lend_error error;
	char uuid[37] = "";

	assert_int_equal(lend_domain_parse_uuid(text, strlen(text), uuid, &error), *expected ? 0 : -EINVAL);
	assert_string_equal(uuid, expected);
}

static void a_uuid_is_found_whatever_else_is_in_the_text(void **state)
{
#define OTHER "99999999-2222-3333-4444-555555555555"
	(void)state;
	/* As libvirt writes it: the rest may be anything. */
	assert_uuid("<domain type='kvm' id='3' xmlns:l='urn:x'>\n  <name>a &lt;uuid&gt;</name>\n  <uuid>" UUID
		    "</uuid>\n  <l:assignment",
		    UUID);
	assert_uuid("<domain><name>a</name><uuid>ABCDEF00-2222-3333-4444-555555555555</uuid>",
		    "abcdef00-2222-3333-4444-555555555555");
	/* Another order, a comment, a part in CDATA: parsed. */
	assert_uuid("<domain><uuid>" UUID "</uuid><name>a</name></domain>", UUID);
	assert_uuid("<!--<domain><name>a</name><uuid>" OTHER "</uuid>--><domain><name>a</name><uuid>" UUID
		    "</uuid></domain>",
		    UUID);
	assert_uuid("<domain><name>a<!--</name><uuid>" OTHER "</uuid>--></name><uuid>" UUID "</uuid></domain>", UUID);
	assert_uuid("<domain><name><![CDATA[</name><uuid>" OTHER "</uuid>]]></name><uuid>" UUID "</uuid></domain>",
		    UUID);
	assert_uuid("<domain><title><uuid>" OTHER "</uuid></title><name>a</name><uuid>" UUID "</uuid></domain>", UUID);
	/* Neither found in the text nor by parsing. */
	assert_uuid("<domains><name>a</name><uuid>" UUID "</uuid></domains>", "");
	assert_uuid("<domain><name>a</name><uuid>" UUID "0</uuid></domain>", "");
	assert_uuid("<domain><name>a</name><uuid>" UUID, "");
	assert_uuid("<domain", "");
	assert_uuid("", "");
#undef OTHER
}

static void a_uuid_is_checked_and_written_in_lower_case(void **state)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain =
		domain_of("<domain><name>a</name><uuid>ABCDEF00-2222-3333-4444-555555555555</uuid></domain>");

	(void)state;
	assert_string_equal(domain->uuid, "abcdef00-2222-3333-4444-555555555555");
	assert_rejected("<domain><name>a</name></domain>", "a: line 1: the domain has no UUID");
	assert_rejected("<domain><name>a</name><uuid>../../etc</uuid></domain>",
			"a: line 1: '../../etc' is not a UUID");
	assert_rejected("<domain><name>a</name><uuid>" UUID "0</uuid></domain>",
			"a: line 1: '" UUID "0' is not a UUID");
}

static void a_name_cannot_speak_to_the_terminal(void **state)
{
	(void)state;
	assert_rejected("<domain>\n<name>a\nb</name><uuid>" UUID "</uuid></domain>",
			"line 2: the domain's name holds a control character");
	assert_rejected("<domain><name>\xc2\x9b[2J</name><uuid>" UUID "</uuid></domain>",
			"line 1: the domain's name holds a control character");
	assert_rejected("<domain><name></name></domain>", "line 1: the domain has no name");
	assert_rejected("<domainsnapshot><name>a</name></domainsnapshot>", "line 1: <domainsnapshot> is not a domain");
	assert_rejected("<d:domain xmlns:d='urn:other'/>", "line 1: <domain> is not a domain");
}

static void a_policy_is_read_whatever_its_prefix(void **state)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = domain_of(WITH_POLICY(
		"<other xmlns='urn:other'><device address='nonsense'/></other>"
		"<assignment xmlns='urn:lendpci:1' group='take'>"
		"<device address='0000:01:00.0' path='PCIROOT(0)#PCI(0100)#PCI(0000)' vendor='0x10de' device='0x2684'"
		" subsystem-vendor='0x1458' subsystem-device='0x40bf' serial='00-11-22-33-44-55-66-77'/>"
		"<device address='01:00.1' reset='device_specific flr'/>"
		"<before metadata='empty' root='none' pcihole64='1024' pcihole64-ours='34359738368'/></assignment>"));
	const struct lend_policy *policy = &domain->policy;

	(void)state;
	assert_true(policy->present);
	assert_true(policy->take_group);
	assert_int_equal(policy->count, 2);
	assert_string_equal(policy->devices[0].location_path, "PCIROOT(0)#PCI(0100)#PCI(0000)");
	assert_int_equal(policy->devices[0].vendor, 0x10de);
	assert_int_equal(policy->devices[0].device, 0x2684);
	assert_int_equal(policy->devices[0].subsystem_vendor, 0x1458);
	assert_int_equal(policy->devices[0].subsystem_device, 0x40bf);
	assert_true(policy->devices[0].serial == 0x0011223344556677);
	assert_string_equal(policy->devices[0].reset, "");
	assert_null(policy->devices[1].location_path);
	assert_string_equal(policy->devices[1].reset, "device_specific flr");
	assert_int_equal(policy->devices[1].vendor, 0);
	assert_int_equal(policy->devices[1].serial, 0);
	assert_true(policy->before.empty_metadata);
	assert_true(policy->before.no_root);
	assert_int_equal(policy->before.pcihole64, 1024);
	assert_int_equal(policy->before.pcihole64_ours, 34359738368);
}

/* Ignoring a part of a policy could take less than was asked for, or more: better to say that it is not understood. */
static void a_policy_that_is_not_understood_is_refused(void **state)
{
	(void)state;
	assert_rejected(WITH_POLICY(ASSIGNMENT("") ASSIGNMENT("")),
			"win11: line 3: policy: there is a second <assignment>");
	assert_rejected(WITH_POLICY("<l:assignments xmlns:l='urn:lendpci:1'/>"),
			"win11: line 3: policy: the element <assignments> is not understood");
	assert_rejected(WITH_POLICY("<l:assignment xmlns:l='urn:lendpci:1' group='leave'/>"),
			"win11: line 3: policy: group='leave' is not understood, only 'take' is");
	assert_rejected(WITH_POLICY(ASSIGNMENT("<l:devise/>")),
			"win11: line 3: policy: the element <devise> is not understood");
	assert_rejected(WITH_POLICY(ASSIGNMENT("<device address='01:00.0'/>")),
			"win11: line 3: policy: the element <device> is not understood");
	assert_rejected(WITH_POLICY(ASSIGNMENT("<l:device/>")), "win11: line 3: policy: a <device> has no address");
	assert_rejected(WITH_POLICY(ASSIGNMENT("<l:device address='01:00'/>")),
			"win11: line 3: policy: '01:00' is not a PCI address");
	assert_rejected(WITH_POLICY(ASSIGNMENT("<l:device address='01:00.0'/><l:device address='0000:01:00.0'/>")),
			"win11: line 3: policy: 0000:01:00.0 is named twice");
	assert_rejected(WITH_POLICY(ASSIGNMENT("<l:device address='01:00.0' vendor='0x10de0'/>")),
			"win11: line 3: <device>: vendor='0x10de0' is more than 0xffff");
	assert_rejected(WITH_POLICY(ASSIGNMENT("<l:device address='01:00.0' serial=''/>")),
			"win11: line 3: policy: '' is not a serial number");
	assert_rejected(WITH_POLICY(ASSIGNMENT("<l:device address='01:00.0' serial='00-00-00-00-00-00-00-00'/>")),
			"win11: line 3: policy: '00-00-00-00-00-00-00-00' is not a serial number");
	assert_rejected(WITH_POLICY(ASSIGNMENT("<l:device address='01:00.0' serial='" UUID UUID "'/>")),
			"win11: line 3: policy: '" UUID "1111' is not a serial number");
	assert_rejected(WITH_POLICY(ASSIGNMENT("<l:device address='01:00.0' reset='flr;1'/>")),
			"win11: line 3: policy: 'flr;1' is not a reset method");
}

/* 80,000 of them once took half a minute under libvirt's lock. */
static void more_devices_than_any_guest_has_are_refused_at_once(void **state)
{
	_cleanup_free_ char *policy = NULL, *hostdevs = NULL;
	size_t size;
	FILE *out = open_memstream(&policy, &size);

	(void)state;
	(void)fputs("<domain>\n" IDENTITY "<metadata>\n<l:assignment xmlns:l='urn:lendpci:1'>", out);
	for (unsigned i = 0; i < 80000; i++)
		(void)fprintf(out, "<l:device address='%04x:%02x:%02x.%u'/>", i >> 16, i >> 8 & 255, i >> 3 & 31,
			      i & 7);
	(void)fputs("</l:assignment></metadata></domain>", out);
	(void)fclose(out);
	assert_rejected(policy, "win11: line 3: policy: it names more than 256 devices");

	out = open_memstream(&hostdevs, &size);
	(void)fputs("<domain>\n" IDENTITY "\n<devices>", out);
	for (unsigned i = 0; i < 80000; i++)
		(void)fputs(HOSTDEV("<address bus='1' slot='0'/>"), out);
	(void)fputs("</devices></domain>", out);
	(void)fclose(out);
	assert_rejected(hostdevs, "win11: line 3: the domain has more than 1024 hostdevs");
}

static void where_a_device_is_in_the_guest_is_read(void **state)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = domain_of(
		"<domain>" IDENTITY "<cpu><numa><cell id='0'/><cell id='1'/></numa></cpu>"
		"<numatune><memory nodeset='0-3,^2'/><memnode cellid='1' nodeset='3'/></numatune><devices>"
		"<controller type='pci' index='1' model='pcie-expander-bus'><target><node>1</node></target></controller>"
		"<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1' slot='0'/></controller>"
		"<hostdev type='pci' managed='yes'><source><address bus='1' slot='0'/></source>"
		"<rom file='/gpu.rom'/><address type='pci' bus='2' slot='0' function='0'/></hostdev>"
		"<hostdev type='pci'><source><address bus='2' slot='0'/></source><acpi nodeset='0'/>"
		"<address type='unassigned'/></hostdev></devices></domain>");

	(void)state;
	assert_int_equal(domain->cells, 2);
	assert_int_equal(domain->memory_nodes, 0xb);
	assert_int_equal(domain->cell_nodes[1], 0x8);
	assert_int_equal(domain->hostdevs[0].cell, 1);
	assert_int_equal(domain->hostdevs[1].cell, 0);
	assert_string_equal(domain->hostdevs[0].rom, "/gpu.rom");
	assert_string_equal(lend_address_text(domain->hostdevs[0].guest).text, "0000:02:00.0");
	assert_true(domain->hostdevs[1].is_unassigned);
	assert_false(domain->hostdevs[1].has_guest_address);
}

/* libvirt puts it on vfio-pci as it does a hostdev, whatever the host does with the drive. */
static void an_nvme_disk_is_a_drive_that_is_borrowed(void **state)
{
	static const char xml[] =
		"<domain>" IDENTITY
		"<devices><disk type='nvme' device='disk'><source type='pci' managed='yes' namespace='1'>"
		"<address domain='0x0000' bus='0x04' slot='0x00' function='0x0'/></source><target dev='vda'/></disk>"
		"<disk type='nvme' device='disk'><source type='pci' managed='yes' namespace='2'>"
		"<address domain='0x0000' bus='0x04' slot='0x00' function='0x0'/></source><target dev='vdb'/></disk>"
		"<disk type='nvme' device='disk'><source type='pci' managed='no' namespace='1'>"
		"<address domain='0x0000' bus='0x05' slot='0x00' function='0x0'/></source><target dev='vdc'/></disk>"
		"<disk type='file' device='disk'><source file='/top.qcow2'/><backingStore type='nvme'>"
		"<source type='pci' managed='yes' namespace='1'><address domain='0x0000' bus='0x06' slot='0x00' function='0x0'/>"
		"</source></backingStore><target dev='vdd'/></disk></devices></domain>";
	_cleanup_(lend_domain_freep) struct lend_domain *domain = domain_of(xml);

	(void)state;
	assert_true(lend_domain_text_may_concern(xml, strlen(xml)));
	assert_int_equal(domain->hostdev_count, 0);
	assert_int_equal(domain->drives.count, 2);
	assert_string_equal(lend_address_text(domain->drives.items[0]).text, "0000:04:00.0");
	assert_string_equal(lend_address_text(domain->drives.items[1]).text, "0000:06:00.0");
	assert_true(lend_domain_has(domain, domain->drives.items[0]));
}

static void a_domain_without_passthrough_is_left_after_a_search(void **state)
{
	_cleanup_free_ char *without = domain_text("q35"), *with = domain_text("virt-manager");
	static const char policy[] = "<metadata><a xmlns='urn:lendpci:1'/></metadata>";
	static const char argument[] =
		"<domain xmlns:qemu='" LEND_XML_QEMU "'><qemu:arg value='vfio-pci,host=01:00.0'/>";
	static const char escaped[] = "<domain xmlns:qemu='" LEND_XML_QEMU "'><qemu:arg value='\\u0076fio-pci'/>";
	static const char path[] = "<disk type='block'><source dev='/dev/nvme0n1p3'/></disk>";

	(void)state;
	assert_false(lend_domain_text_may_concern(without, strlen(without)));
	assert_true(lend_domain_text_may_concern(with, strlen(with)));
	assert_true(lend_domain_text_may_concern(policy, strlen(policy)));
	assert_true(lend_domain_text_may_concern(argument, strlen(argument)));
	assert_true(lend_domain_text_may_concern(escaped, strlen(escaped)));
	assert_false(lend_domain_text_may_concern(path, strlen(path)));
	assert_false(lend_domain_text_may_concern("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libvirts_own_text_is_understood),
		cmocka_unit_test(an_address_may_be_hexadecimal_or_decimal),
		cmocka_unit_test(other_kinds_of_hostdev_are_passed_over),
		cmocka_unit_test(an_address_that_is_none_is_refused_with_its_line),
		cmocka_unit_test(a_uuid_is_checked_and_written_in_lower_case),
		cmocka_unit_test(a_uuid_is_found_whatever_else_is_in_the_text),
		cmocka_unit_test(a_name_cannot_speak_to_the_terminal),
		cmocka_unit_test(a_policy_is_read_whatever_its_prefix),
		cmocka_unit_test(a_policy_that_is_not_understood_is_refused),
		cmocka_unit_test(more_devices_than_any_guest_has_are_refused_at_once),
		cmocka_unit_test(where_a_device_is_in_the_guest_is_read),
		cmocka_unit_test(an_nvme_disk_is_a_drive_that_is_borrowed),
		cmocka_unit_test(a_domain_without_passthrough_is_left_after_a_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
