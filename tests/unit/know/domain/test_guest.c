/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/know/domain/guest.h"

#include <errno.h>
#include <stdlib.h>

#include "domain_text.h"
#include "lendpci/know/domain/firmware.h"
#include "lendpci/know/domain/xml.h"
#include "lendpci/know/host/address_width.h"
#include "machine_fs.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

static struct lend_guest guest_of(const char *xml)
{
	struct lend_guest guest;

	assert_done(lend_guest_parse(xml, strlen(xml), &guest, error));
	return guest;
}

static void a_recorded_definition_is_read(void **state)
{
	_cleanup_free_ char *q35 = domain_text("q35"), *i440fx = domain_text("i440fx"),
			    *own = domain_text("virt-manager");
	struct lend_guest guest = guest_of(q35);

	(void)state;
	assert_true(guest.q35);
	assert_false(guest.kvm);
	assert_false(guest.uefi);
	assert_true(guest.has_cpu);
	assert_false(guest.host_cpu);
	assert_int_equal(guest.vendor, LEND_VENDOR_AMD);
	assert_int_equal(guest.memory, GIB);
	assert_int_equal(guest.spare_ports, 1);
	assert_int_equal(guest.used_ports, 4);
	assert_false(guest_of(i440fx).q35);

	/* Nine ports: four with devices, one with a lent one, one without hot-plug. */
	guest = guest_of(own);
	assert_int_equal(guest.used_ports, 4);
	assert_int_equal(guest.spare_ports, 3);
}

static void what_decides_over_the_window_is_read(void **state)
{
	const struct lend_guest guest = guest_of(
		"<domain type='kvm' xmlns:qemu='" LEND_XML_QEMU "'><maxMemory slots='16' unit='GiB'>64</maxMemory>"
		"<memory unit='MiB'>8192</memory><os firmware='efi'><type machine='pc-q35-9.2'/></os>"
		"<cpu mode='host-passthrough'><maxphysaddr mode='passthrough' limit='39'/></cpu><devices/>"
		"<qemu:commandline><qemu:arg value='-fw_cfg'/>"
		"<qemu:arg value='name=opt/ovmf/X-PciMmio64Mb,string=65536'/></qemu:commandline></domain>");

	(void)state;
	assert_true(guest.kvm && guest.q35 && guest.uefi && guest.host_cpu);
	assert_string_equal(guest.loader, "");
	assert_int_equal(guest.width.mode, LEND_WIDTH_PASSTHROUGH);
	assert_int_equal(guest.width.bits, 39);
	assert_int_equal(guest.memory, 8 * GIB);
	assert_int_equal(guest.pluggable, 56 * GIB);
	assert_int_equal(guest.memory_slots, 16);
	assert_int_equal(guest.window.count, 1);
	assert_int_equal(guest.window.bytes, 64 * GIB);
}

/* Deciding again has to come to the same: what assign has put there is no fact of the domain. */
static void what_assign_put_there_does_not_count(void **state)
{
	const struct lend_guest guest = guest_of(
		"<domain type='kvm' xmlns:qemu='" LEND_XML_QEMU "'><metadata><l:assignment xmlns:l='urn:lendpci:1'>"
		"<l:before maxphysaddr-ours='emulate:39' mmio64-ours='68719476736' hotplug-ours='1,12'/></l:assignment>"
		"</metadata><os><type machine='q35'/><loader type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader></os>"
		"<cpu><maxphysaddr mode='emulate' bits='39'/></cpu><devices>"
		"<controller type='pci' index='1' model='pcie-root-port'><target hotplug='off'/></controller>"
		"<controller type='pci' index='2' model='pcie-root-port'><target hotplug='off'/></controller>"
		"<controller type='pci' index='3' model='pcie-root-port'><alias name='ua-lendpci-port-0000-01-00'/>"
		"</controller></devices>"
		"<qemu:commandline><qemu:arg value='-fw_cfg'/>"
		"<qemu:arg value='name=opt/ovmf/X-PciMmio64Mb,string=65536'/></qemu:commandline></domain>");

	(void)state;
	assert_int_equal(guest.width.mode, LEND_WIDTH_DEFAULT);
	assert_int_equal(guest.window.count, 0);
	assert_int_equal(guest.spare_ports, 1);
	assert_int_equal(guest.used_ports, 0);
	assert_true(guest.uefi);
	assert_string_equal(guest.loader, "/usr/share/OVMF/OVMF_CODE.fd");
}

static void assert_not_understood(const char *xml, const char *sentence)
{
	struct lend_guest guest;

	assert_refused(lend_guest_parse(xml, strlen(xml), &guest, error), -EINVAL, sentence);
}

static void what_is_no_size_is_told_with_its_line(void **state)
{
	(void)state;
	assert_not_understood("<network/>", "line 1: <network> is not a domain");
	assert_not_understood("<domain>\n<memory unit='furlong'>1</memory></domain>",
			      "line 2: <memory>: '1' furlong is not a size");
	assert_not_understood("<domain><memory unit='TiB'>9999999</memory></domain>",
			      "line 1: the domain has more memory than can be addressed");
	assert_not_understood("<domain><cpu><maxphysaddr mode='emulate' bits='999'/></cpu></domain>",
			      "line 1: <maxphysaddr>: bits='999' is more than 0x40");
	assert_not_understood("<domain><metadata><assignment xmlns='urn:lendpci:1'><before hotplug-ours='1,999'/>"
			      "</assignment></metadata></domain>",
			      "line 1: policy: '999' is no list of controllers");
	assert_not_understood("<domain><metadata><assignment xmlns='urn:lendpci:1'><before maxphysaddr-ours='wide'/>"
			      "</assignment></metadata></domain>",
			      "line 1: policy: 'wide' is no width of addresses");
}

static void the_host_tells_how_far_it_can_address(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs server = machine_fs_new("h100"),
						     desktop = machine_fs_new("gtx-1080"),
						     silent = machine_fs_new("lab");
	struct lend_address_width space;

	(void)state;
	lend_address_width_read(server.fs, &space);
	assert_int_equal(space.cpu_bits, 46);
	assert_int_equal(space.vendor, LEND_VENDOR_INTEL);
	assert_true(space.gib_pages);
	assert_int_equal(space.iommu_bits, 57);
	/* Both have bit 7 of 0xdf. */
	assert_true(space.snoop_known && space.enforces_snoop);

	lend_address_width_read(desktop.fs, &space);
	assert_int_equal(space.cpu_bits, 39);
	assert_int_equal(space.iommu_bits, 39);

	lend_address_width_read(silent.fs, &space);
	assert_int_equal(space.cpu_bits, 0);
	assert_int_equal(space.iommu_bits, 0);
}

static void the_firmware_is_as_old_as_its_package(void **state)
{
	_cleanup_(machine_fs_free) struct machine_fs server = machine_fs_new("h100"), silent = machine_fs_new("lab");
	struct lend_guest guest = { .uefi = true };

	(void)state;
	/* Without a loader the first descriptor for x86 decides. */
	assert_int_equal(lend_firmware_release(server.fs, &guest), 202211);
	assert_int_equal(lend_firmware_release(silent.fs, &guest), 0);
	(void)strcpy(guest.loader, "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd");
	assert_int_equal(lend_firmware_release(server.fs, &guest), 202211);
	/* One that somebody built is of any version. */
	(void)strcpy(guest.loader, "/home/me/OVMF.fd");
	assert_int_equal(lend_firmware_release(server.fs, &guest), 0);
	guest.uefi = false;
	assert_int_equal(lend_firmware_release(server.fs, &guest), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recorded_definition_is_read),
		cmocka_unit_test(what_decides_over_the_window_is_read),
		cmocka_unit_test(what_assign_put_there_does_not_count),
		cmocka_unit_test(what_is_no_size_is_told_with_its_line),
		cmocka_unit_test(the_host_tells_how_far_it_can_address),
		cmocka_unit_test(the_firmware_is_as_old_as_its_package),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
