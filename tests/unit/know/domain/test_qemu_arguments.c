/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain hands to QEMU past libvirt, in each spelling that QEMU takes. */
#include "lendpci/know/domain/qemu_arguments.h"

#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/xml.h"
#include "test.h"

#define GIB (1ULL << 30)

static xmlDoc *document;

/* The arguments of a domain with these two words. */
static struct lend_qemu_arguments arguments_of(const char *option, const char *value)
{
	struct lend_qemu_arguments arguments;
	char xml[1024];

	lend_xml_freep(&document);
	(void)snprintf(xml, sizeof(xml),
		       "<domain xmlns:q='" LEND_XML_QEMU
		       "'><q:commandline><q:arg value='-no-user-config'/><q:arg value='%s'/>"
		       "<q:arg value='%s'/></q:commandline></domain>",
		       option, value);
	assert_done(lend_xml_parse(xml, strlen(xml), &document, error));
	assert_done(lend_qemu_arguments_read(xmlDocGetRootElement(document), &arguments, error));
	return arguments;
}

static void a_device_past_libvirt_is_found_in_each_spelling(void **state)
{
	static const char *const spellings[] = {
		"vfio-pci,host=01:00.0",
		"vfio-pci,host=0000:01:00.0,id=hostpci0,bus=pcie.0,addr=0x6,multifunction=on,x-vga=on",
		"id=gpu,driver=vfio-pci,host=1:0.0",
		"vfio-pci-nohotplug,addr=2,host=0:1:0.0",
		"vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:01:00.0",
		"vfio-pci,sysfsdev=/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/,romfile=a,,b",
		"vfio-pci,host=02:00.0,host=01:00.0",
		"{\"driver\":\"vfio-pci\",\"host\":\"0000:01:00.0\",\"id\":\"gpu\"}",
		"{\"id\":\"gpu\",\"sysfsdev\":\"/sys/bus/pci/devices/0000:01:00.0\",\"driver\":\"vfio-pci\"}",
		"{\"driver\":\"\\u0076fio-pci\",\"host\":\"\\u0030000:01:00.0\"}",
	};

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(spellings) * 2; i++) {
		_cleanup_(lend_qemu_arguments_clear) struct lend_qemu_arguments arguments =
			arguments_of(i % 2 ? "--device" : "-device", spellings[i / 2]);

		if (arguments.vfio_count != 1)
			fail_msg("not found: %s", spellings[i / 2]);
		assert_string_equal(lend_address_text(arguments.vfio[0].address).text, "0000:01:00.0");
		assert_string_equal(arguments.vfio[0].text, spellings[i / 2]);
	}
}

static void a_function_that_another_option_gives_is_found(void **state)
{
	static const struct {
		const char *option, *value;
	} rows[] = {
		{ "set", "device.hostdev0.host=0000:01:00.0" },
		{ "set", "device.gpu.sysfsdev=/sys/bus/pci/devices/0000:01:00.0" },
		{ "global", "vfio-pci.host=01:00.0" },
		{ "global", "driver=vfio-pci,property=host,value=0000:01:00.0" },
		{ "drive", "file=nvme://0000:01:00.0/1,if=none,id=disk" },
		{ "drive", "if=none,id=disk,file.driver=nvme,file.device=0000:01:00.0,file.namespace=1" },
		{ "blockdev", "driver=nvme,node-name=disk,device=0000:01:00.0,namespace=1" },
		{ "blockdev", "node-name=disk,driver=raw,file.driver=nvme,file.device=01:00.0,file.namespace=1" },
		{ "blockdev", "{\"driver\":\"nvme\",\"device\":\"0000:01:00.0\",\"namespace\":1}" },
		{ "blockdev", "{\"driver\":\"raw\",\"file\":{\"driver\":\"nvme\",\"device\":\"0000:01:00.0\"}}" },
		{ "blockdev", "{\"driver\":\"raw\",\"file.driver\":\"nvme\",\"file.device\":\"0000:01:00.0\"}" },
	};

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(rows); i++) {
		_cleanup_(lend_qemu_arguments_clear) struct lend_qemu_arguments arguments = { 0 };
		char option[16];

		(void)snprintf(option, sizeof(option), "-%s", rows[i].option);
		arguments = arguments_of(option, rows[i].value);
		if (arguments.vfio_count != 1)
			fail_msg("not found: -%s %s", rows[i].option, rows[i].value);
		assert_string_equal(lend_address_text(arguments.vfio[0].address).text, "0000:01:00.0");
		assert_string_equal(arguments.vfio[0].option, rows[i].option);
		assert_string_equal(arguments.vfio[0].text, rows[i].value);
	}
	assert_int_equal(arguments_of("-set", "device.hostdev0.x-igd-opregion=on").vfio_count, 0);
	assert_int_equal(arguments_of("-set", "drive.disk.host=01:00.0").vfio_count, 0);
	assert_int_equal(arguments_of("-global", "usb-host.host=01:00.0").vfio_count, 0);
	assert_int_equal(arguments_of("-drive", "file=/images/nvme.raw,if=none").vfio_count, 0);
	assert_int_equal(arguments_of("-blockdev", "{\"driver\":\"nvme\",\"file\":7}").vfio_count, 0);
	assert_string_equal(arguments_of("-readconfig", "/etc/qemu/my.cfg").config, "/etc/qemu/my.cfg");
}

static void a_hostdev_whose_host_is_overridden_is_found(void **state)
{
	static const char xml[] =
		"<domain xmlns:q='" LEND_XML_QEMU "'><q:override><q:device alias='ua-disk'><q:frontend>"
		"<q:property name='x-igd-opregion' type='bool' value='true'/></q:frontend></q:device>"
		"<q:device alias='hostdev0'><q:frontend><q:property name='host' type='string' value='01:00.0'/>"
		"</q:frontend></q:device></q:override></domain>";
	_cleanup_(lend_qemu_arguments_clear) struct lend_qemu_arguments arguments = { 0 };

	(void)state;
	lend_xml_freep(&document);
	assert_done(lend_xml_parse(xml, strlen(xml), &document, error));
	assert_done(lend_qemu_arguments_read(xmlDocGetRootElement(document), &arguments, error));
	assert_int_equal(arguments.vfio_count, 1);
	assert_string_equal(lend_address_text(arguments.vfio[0].address).text, "0000:01:00.0");
	assert_string_equal(arguments.vfio[0].option, "");
}

static void what_is_no_host_function_is_passed_over(void **state)
{
	static const char *const others[] = {
		"virtio-net-pci,host=01:00.0",
		"vfio-pci,id=gpu",
		"vfio-pci,host=nonsense",
		"vfio-pci,host=01:20.0",
		"vfio-pci,sysfsdev=/sys/bus/mdev/devices/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001",
		"{\"driver\":\"vfio-pci\"",
		"{\"driver\":[\"vfio-pci\"],\"host\":1}",
		",,,,",
		"",
	};

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(others); i++) {
		_cleanup_(lend_qemu_arguments_clear) struct lend_qemu_arguments arguments =
			arguments_of("-device", others[i]);

		if (arguments.vfio_count)
			fail_msg("found: %s", others[i]);
	}
	/* The value of another option is no device. */
	assert_int_equal(arguments_of("-set", "vfio-pci,host=01:00.0").vfio_count, 0);
}

static void a_window_is_found_in_each_spelling(void **state)
{
	static const char *const spellings[] = {
		"name=opt/ovmf/X-PciMmio64Mb,string=65536",
		"string=65536,name=opt/ovmf/X-PciMmio64Mb",
		"opt/ovmf/X-PciMmio64Mb,string=65536",
		"opt/ovmf/X-PciMmio64Mb,string= 0065536",
		"name=opt/other,string=1,name=opt/ovmf/X-PciMmio64Mb,string=65536",
	};

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(spellings) * 2; i++) {
		_cleanup_(lend_qemu_arguments_clear) struct lend_qemu_arguments arguments =
			arguments_of(i % 2 ? "--fw_cfg" : "-fw_cfg", spellings[i / 2]);

		if (arguments.window_count != 1 || !arguments.windows[0].is_number)
			fail_msg("not found: %s", spellings[i / 2]);
		assert_int_equal(arguments.windows[0].bytes, 64 * GIB);
	}
	assert_int_equal(arguments_of("-fw_cfg", "name=opt/ovmf/X-PciMmio64Mbit,string=1").window_count, 0);
}

static void a_window_that_ovmf_ignores_is_no_number(void **state)
{
	static const char *const values[] = {
		"64G", "0x10000", "", "65536 ", "-1", "16777217", "99999999999999999999"
	};
	char text[96];

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(values); i++) {
		_cleanup_(lend_qemu_arguments_clear) struct lend_qemu_arguments arguments = { 0 };

		(void)snprintf(text, sizeof(text), "name=opt/ovmf/X-PciMmio64Mb,string=%s", values[i]);
		arguments = arguments_of("-fw_cfg", text);
		assert_int_equal(arguments.window_count, 1);
		if (arguments.windows[0].is_number)
			fail_msg("'%s' was taken for a number", values[i]);
		assert_string_equal(arguments.windows[0].content, values[i]);
	}
}

static void a_window_from_a_file_names_it(void **state)
{
	_cleanup_(lend_qemu_arguments_clear) struct lend_qemu_arguments arguments =
		arguments_of("-fw_cfg", "file=/etc/win,,dow,name=opt/ovmf/X-PciMmio64Mb");

	(void)state;
	assert_int_equal(arguments.window_count, 1);
	assert_false(arguments.windows[0].is_number);
	assert_string_equal(arguments.windows[0].file, "/etc/win,dow");
}

static void a_hole_by_global_is_found(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{ "q35-pcihost.pci-hole64-size=64G", 64 * GIB },
		{ "i440FX-pcihost.pci-hole64-size=2048M", 2 * GIB },
		{ "driver=q35-pcihost,property=pci-hole64-size,value=0.5T", 512 * GIB },
		{ "property=pci-hole64-size,value=0x40000000,driver=q35-pcihost", GIB },
		{ "q35-pcihost.pci-hole64-size=1073741824", GIB },
		{ "q35-pcihost.pci-hole64-size=much", 0 },
		{ "q35-pcihost.pci-hole64-fix=on", 0 },
		{ "ICH9-LPC.disable_s3=1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(rows); i++) {
		const struct lend_qemu_arguments arguments = arguments_of("-global", rows[i].text);

		assert_int_equal(arguments.has_hole, rows[i].bytes > 0);
		assert_int_equal(arguments.hole, rows[i].bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_past_libvirt_is_found_in_each_spelling),
		cmocka_unit_test(a_function_that_another_option_gives_is_found),
		cmocka_unit_test(a_hostdev_whose_host_is_overridden_is_found),
		cmocka_unit_test(what_is_no_host_function_is_passed_over),
		cmocka_unit_test(a_window_is_found_in_each_spelling),
		cmocka_unit_test(a_window_that_ovmf_ignores_is_no_number),
		cmocka_unit_test(a_window_from_a_file_names_it),
		cmocka_unit_test(a_hole_by_global_is_found),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	lend_xml_freep(&document);
	return failed;
}
