/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>

#include "config_space.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/know/pci/capabilities.h"
#include "lendpci/know/pci/serial.h"
#include "machine_fs.h"

static struct lend_capabilities capabilities_of(const char *name, const char *address)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new(name);
	struct lend_capabilities capabilities = { 0 };

	assert_done(lend_capabilities_read(machine.fs, at(address), &capabilities, error));
	return capabilities;
}

static void an_nvme_disk_is_an_endpoint_with_its_own_reset(void **state)
{
	struct lend_capabilities nvme = capabilities_of("lab", "0000:03:00.0");

	(void)state;
	assert_true(nvme.known && nvme.extended && nvme.answers);
	assert_int_equal(nvme.kind, LEND_KIND_ENDPOINT);
	assert_true(nvme.flr && nvme.msix && nvme.intx);
	assert_false(nvme.msi || nvme.multifunction || nvme.acs);
}

static void a_conventional_device_needs_no_extended_space(void **state)
{
	struct lend_capabilities card = capabilities_of("lab", "0000:01:00.0");

	(void)state;
	assert_int_equal(card.kind, LEND_KIND_CONVENTIONAL);
	assert_true(card.multifunction && card.known && card.extended);
}

static void a_root_port_with_acs_keeps_its_card_apart(void **state)
{
	struct lend_capabilities port = capabilities_of("old-server", "0000:00:1c.0");

	(void)state;
	assert_int_equal(port.kind, LEND_KIND_ROOT_PORT);
	assert_true(lend_capabilities_isolate(&port));
}

static void an_acs_capability_that_is_empty_isolates_nothing(void **state)
{
	struct lend_capabilities empty = capabilities_of("radeon", "0000:2d:00.0");
	struct lend_capabilities none = capabilities_of("old-server", "0000:00:1c.4");

	(void)state;
	assert_true(empty.acs);
	assert_false(lend_capabilities_isolate(&empty));
	assert_false(none.acs);
	assert_false(lend_capabilities_isolate(&none));
}

static void a_list_that_begins_with_an_entry_without_id_is_read_on(void **state)
{
	struct lend_capabilities h100 = capabilities_of("h100", "0000:4b:00.0");

	(void)state;
	assert_int_equal(h100.resizable_count, 1);
	assert_int_equal(h100.resizable[0].bar, 2);
	assert_true(h100.resizable[0].size == UINT64_C(128) << 30);
}

static void assert_serial(const char *address, const char *expected)
{
	struct lend_capabilities card = capabilities_of("twins", address);

	assert_string_equal(lend_serial_text(card.serial).text, expected);
}

static void a_serial_number_tells_two_equal_cards_apart(void **state)
{
	(void)state;
	assert_serial("0000:01:00.0", "90-e2-ba-ff-ff-11-22-30");
	assert_serial("0000:01:00.1", "90-e2-ba-ff-ff-11-22-30");
	assert_serial("0000:02:00.0", "90-e2-ba-ff-ff-44-55-60");
	assert_int_equal(capabilities_of("lab", "0000:03:00.0").serial, 0);
}

static uint64_t serial_in_config(uint32_t low, uint32_t high)
{
	struct lend_capabilities capabilities;
	struct config_space config;
	size_t at;

	config_space_begin(&config);
	at = config_space_add_extended(&config, PCI_EXT_CAP_ID_DSN, 12);
	config_space_put(&config, at + 4, 4, low);
	config_space_put(&config, at + 8, 4, high);
	lend_capabilities_parse(config.bytes, sizeof(config.bytes), &capabilities);
	return capabilities.serial;
}

static void a_serial_number_that_nobody_filled_in_is_none(void **state)
{
	(void)state;
	assert_true(serial_in_config(0x44556677, 0x00112233) == UINT64_C(0x0011223344556677));
	assert_true(serial_in_config(0, 1) == UINT64_C(1) << 32);
	assert_true(serial_in_config(0, 0) == 0);
	assert_true(serial_in_config(UINT32_MAX, UINT32_MAX) == 0);
}

static void assert_no_serial(const char *text)
{
	uint64_t serial = 1;

	assert_int_equal(lend_serial_parse(text, &serial), -EINVAL);
	assert_int_equal(serial, 1);
}

static void a_serial_number_is_read_as_lspci_writes_it_and_not_otherwise(void **state)
{
	uint64_t serial = 0;

	(void)state;
	assert_int_equal(lend_serial_parse("00-11-22-33-44-55-aa-FF", &serial), 0);
	assert_true(serial == UINT64_C(0x001122334455aaff));
	assert_string_equal(lend_serial_text(serial).text, "00-11-22-33-44-55-aa-ff");

	assert_no_serial("");
	assert_no_serial("00-11-22-33-44-55-66");
	assert_no_serial("00-11-22-33-44-55-66-77-");
	assert_no_serial("00-11-22-33-44-55-66-77-88");
	assert_no_serial("0x-11-22-33-44-55-66-77");
	assert_no_serial("+0-11-22-33-44-55-66-77");
	assert_no_serial(" 0-11-22-33-44-55-66-77");
	assert_no_serial("00:11:22:33:44:55:66:77");
	assert_no_serial("00-11-22-33-44-55-66-7g");
	assert_no_serial("0011223344556677-------");
	assert_no_serial("00-00-00-00-00-00-00-00");
	assert_no_serial("ff-ff-ff-ff-ff-ff-ff-ff");
}

static void without_root_nothing_is_guessed(void **state)
{
	uint8_t header[64] = { [PCI_STATUS] = PCI_STATUS_CAP_LIST, [PCI_CAPABILITY_LIST] = 0x40 };
	struct lend_capabilities capabilities;

	(void)state;
	lend_capabilities_parse(header, sizeof(header), &capabilities);
	assert_true(capabilities.answers);
	assert_false(capabilities.known || capabilities.extended);
	assert_int_equal(capabilities.kind, LEND_KIND_UNKNOWN);

	lend_capabilities_parse(NULL, 0, &capabilities);
	assert_true(capabilities.answers);
	assert_false(capabilities.known);
}

static void a_card_that_fell_off_the_bus_is_noticed(void **state)
{
	struct lend_capabilities gone = capabilities_of("old-server", "0000:09:00.0");
	struct lend_capabilities virtual = capabilities_of("sriov", "0000:03:00.1");

	(void)state;
	assert_false(gone.answers);
	/* A virtual function has ids of all ones and is well. */
	assert_true(virtual.answers && virtual.flr && virtual.msix);
}

/* Broken hardware writes what it likes: loops, pointers behind the end. The sanitizers watch this test. */
static void any_bytes_are_read_to_an_end(void **state)
{
	uint8_t config[4096];
	struct lend_capabilities capabilities;

	(void)state;
	memset(config, 0x40, sizeof(config)); /* a list whose every entry points at itself */
	lend_capabilities_parse(config, sizeof(config), &capabilities);
	srandom(1);
	for (int round = 0; round < 2000; round++) {
		size_t size = (size_t)random() % (sizeof(config) + 1);

		for (size_t i = 0; i < size; i++)
			config[i] = (uint8_t)random();
		lend_capabilities_parse(config, size, &capabilities);
		assert_true(capabilities.resizable_count <= LEND_ARRAY_SIZE(capabilities.resizable));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_nvme_disk_is_an_endpoint_with_its_own_reset),
		cmocka_unit_test(a_conventional_device_needs_no_extended_space),
		cmocka_unit_test(a_root_port_with_acs_keeps_its_card_apart),
		cmocka_unit_test(an_acs_capability_that_is_empty_isolates_nothing),
		cmocka_unit_test(a_list_that_begins_with_an_entry_without_id_is_read_on),
		cmocka_unit_test(a_serial_number_tells_two_equal_cards_apart),
		cmocka_unit_test(a_serial_number_that_nobody_filled_in_is_none),
		cmocka_unit_test(a_serial_number_is_read_as_lspci_writes_it_and_not_otherwise),
		cmocka_unit_test(without_root_nothing_is_guessed),
		cmocka_unit_test(a_card_that_fell_off_the_bus_is_noticed),
		cmocka_unit_test(any_bytes_are_read_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
