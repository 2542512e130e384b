/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/know/domain/guest_pci.h"

#include <errno.h>

#include "data_text.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

#define ID "\"id\":{\"vendor\":4318,\"device\":8755}"
#define DEVICE(more) "{\"bus\":1,\"slot\":0,\"function\":0," ID ",\"qdev_id\":\"hostdev0\"," more "}"
#define GUEST(devices) "{\"return\":[{\"bus\":0,\"devices\":[" devices "]}],\"id\":\"libvirt-23\"}"
#define WITH_REGIONS(regions) GUEST(DEVICE("\"regions\":[" regions "]"))

static struct lend_guest_pci guest_of(const char *text)
{
	struct lend_guest_pci guest = { 0 };

	assert_done(lend_guest_pci_parse(text, strlen(text), &guest, error));
	return guest;
}

static struct lend_guest_pci guest_from(const char *file_name)
{
	_cleanup_free_ char *text = data_text(file_name);

	return guest_of(text);
}

static void assert_rejected(const char *text, const char *sentence)
{
	struct lend_guest_pci guest = { 0 };

	assert_refused(lend_guest_pci_parse(text, strlen(text), &guest, error), -EBADMSG, sentence);
	assert_int_equal(guest.count, 0);
}

static void a_function_is_found_by_libvirts_alias_wherever_it_is_plugged(void **state)
{
	_cleanup_(lend_guest_pci_clear) struct lend_guest_pci guest = guest_from("guests/fits.json");
	const struct lend_guest_function *function = lend_guest_pci_find(&guest, "hostdev0");

	(void)state;
	assert_int_equal(guest.count, 10);
	assert_true(guest.has_placed);
	assert_non_null(function);
	assert_string_equal(lend_address_text(function->address).text, "0000:01:00.0");
	assert_int_equal(function->vendor, 0x1b36);
	assert_int_equal(function->device, 0x0005);
	/* Its BAR 1 is I/O ports. */
	assert_int_equal(function->bars.count, 2);
	assert_int_equal(function->bars.items[0].index, 0);
	assert_int_equal(function->bars.items[0].bits, 32);
	assert_int_equal(function->bars.items[0].start, 0xc1404000);
	assert_int_equal(function->bars.items[1].index, 2);
	assert_int_equal(function->bars.items[1].bits, 64);
	assert_true(function->bars.items[1].prefetchable);
	assert_int_equal(function->bars.items[1].size, 8 * GIB);
	assert_int_equal(function->bars.items[1].start, 0xe000000000);
	assert_true(function->behind_bridge);
	assert_int_equal(function->memory_window, 2 * MIB);
	assert_int_equal(function->prefetchable_window, 8 * GIB);

	function = lend_guest_pci_find(&guest, "ua-lendpci-0000-02-00-0");
	assert_non_null(function);
	assert_string_equal(lend_address_text(function->address).text, "0000:02:00.0");
	assert_false(lend_guest_pci_find(&guest, "pci.1")->behind_bridge);
	assert_null(lend_guest_pci_find(&guest, "hostdev7"));
	/* What the machine has built in has no name. */
	assert_null(lend_guest_pci_find(&guest, ""));
}

static void what_firmware_rejects_has_no_address(void **state)
{
	_cleanup_(lend_guest_pci_clear) struct lend_guest_pci guest = guest_from("guests/too-large.json");
	const struct lend_guest_function *function = lend_guest_pci_find(&guest, "hostdev0");

	(void)state;
	assert_true(guest.has_placed);
	assert_int_equal(function->bars.items[0].start, 0);
	assert_int_equal(function->bars.items[1].start, 0);
	assert_int_equal(function->bars.items[1].size, 128 * GIB);
	assert_int_equal(function->prefetchable_window, 512 * MIB);
	assert_int_equal(lend_guest_pci_find(&guest, "hostdev1")->bars.items[0].start, 0xc1400000);
}

static void a_guest_that_has_just_started_shows_only_its_root_bus(void **state)
{
	_cleanup_(lend_guest_pci_clear) struct lend_guest_pci guest = guest_from("guests/just-started.json");

	(void)state;
	assert_int_equal(guest.count, 7);
	assert_false(guest.has_placed);
	assert_null(lend_guest_pci_find(&guest, "hostdev0"));
}

static void a_bridge_that_forwards_something_is_a_sign_of_firmware(void **state)
{
	_cleanup_(lend_guest_pci_clear) struct lend_guest_pci guest = guest_of(GUEST(DEVICE(
		"\"regions\":[],\"pci_bridge\":{\"bus\":{\"memory_range\":{\"base\":4194304,\"limit\":5242879}}}")));
	_cleanup_(lend_guest_pci_clear) struct lend_guest_pci fresh = guest_of(
		GUEST(DEVICE("\"regions\":[],\"pci_bridge\":{\"bus\":{\"memory_range\":{\"base\":0,\"limit\":1048575},"
			     "\"prefetchable_range\":{\"base\":1048576,\"limit\":1048575}}}")));

	(void)state;
	assert_true(guest.has_placed);
	assert_false(fresh.has_placed);
}

static void an_answer_without_libvirts_wrapping_is_read_too(void **state)
{
	_cleanup_(lend_guest_pci_clear) struct lend_guest_pci guest =
		guest_of("[{\"bus\":0,\"devices\":[" DEVICE("\"regions\":[]") "]}]");

	(void)state;
	assert_int_equal(guest.count, 1);
	assert_string_equal(guest.functions[0].id, "hostdev0");
}

static void an_answer_that_is_none_is_refused_with_the_reason(void **state)
{
	(void)state;
	assert_rejected("{\"return\":[}", "QEMU's answer: it is not JSON: unexpected token near '}'");
	assert_rejected("{\"return\":{}}", "QEMU's answer: it is not a list of PCI buses");
	assert_rejected("{}", "QEMU's answer: it is not a list of PCI buses");
	assert_rejected("{\"return\":[7]}", "QEMU's answer: 'devices' is not a list");
	assert_rejected(GUEST("7"), "QEMU's answer: 'bus' is not a number up to 0xff");
	assert_rejected(GUEST("{\"bus\":256}"), "QEMU's answer: 'bus' is not a number up to 0xff");
	assert_rejected(GUEST("{\"bus\":0,\"slot\":-1}"), "QEMU's answer: 'slot' is not a number up to 0x1f");
	assert_rejected(GUEST("{\"bus\":0,\"slot\":0,\"function\":\"0\"}"),
			"QEMU's answer: 'function' is not a number up to 0x7");
	assert_rejected(GUEST("{\"bus\":0,\"slot\":0,\"function\":0}"),
			"QEMU's answer: 'vendor' is not a number up to 0xffff");
	assert_rejected(GUEST(DEVICE("\"regions\":{}")), "QEMU's answer: 'regions' is not a list");
	assert_rejected(GUEST(DEVICE("\"regions\":[],\"pci_bridge\":{\"devices\":7}")),
			"QEMU's answer: 'devices' is not a list");
}

static void qemus_own_refusal_is_told(void **state)
{
	(void)state;
	assert_rejected("{\"id\":\"libvirt-17\",\"error\":{\"class\":\"CommandNotFound\","
			"\"desc\":\"The command query-pci has not been found\"}}",
			"QEMU's answer: it refuses: The command query-pci has not been found");
	assert_rejected("{\"error\":7}", "QEMU's answer: it refuses: without a reason");
}

static void a_region_that_is_none_is_refused(void **state)
{
	(void)state;
	assert_rejected(WITH_REGIONS("7"), "QEMU's answer: 'type' of a region is neither memory nor io");
	assert_rejected(WITH_REGIONS("{\"type\":\"memory\",\"bar\":7}"),
			"QEMU's answer: 'bar' is not a number up to 0x6");
	assert_rejected(WITH_REGIONS("{\"type\":\"memory\",\"bar\":0,\"size\":\"4096\"}"),
			"QEMU's answer: 'size' is not a number up to 0x7fffffffffffffff");
	assert_rejected(WITH_REGIONS("{\"type\":\"memory\",\"bar\":0,\"size\":4096,\"address\":-2}"),
			"QEMU's answer: 'address' is not a number up to 0x7fffffffffffffff");
	assert_rejected(WITH_REGIONS("{\"type\":\"memory\",\"bar\":1,\"size\":4096,\"address\":-1},"
				     "{\"type\":\"memory\",\"bar\":1,\"size\":4096,\"address\":-1}"),
			"QEMU's answer: BAR 1 is out of order");
}

/* Nothing that a guest can do to its bridges may exhaust the stack here. */
static void bridges_cannot_be_nested_without_end(void **state)
{
	static const char open[] = DEVICE("\"regions\":[],\"pci_bridge\":{\"devices\":[");
	const size_t length = sizeof(open) - 1 - 1; /* without DEVICE's closing brace */
	_cleanup_free_ char *text = calloc(1, 10000 * length + 64);
	char *at = stpcpy(text, "{\"return\":[{\"devices\":[");

	(void)state;
	for (int i = 0; i < 10000; i++, at += length)
		memcpy(at, open, length);
	assert_rejected(text, "QEMU's answer: it is not JSON: maximum parsing depth reached near '1'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_is_found_by_libvirts_alias_wherever_it_is_plugged),
		cmocka_unit_test(what_firmware_rejects_has_no_address),
		cmocka_unit_test(a_guest_that_has_just_started_shows_only_its_root_bus),
		cmocka_unit_test(a_bridge_that_forwards_something_is_a_sign_of_firmware),
		cmocka_unit_test(an_answer_without_libvirts_wrapping_is_read_too),
		cmocka_unit_test(an_answer_that_is_none_is_refused_with_the_reason),
		cmocka_unit_test(qemus_own_refusal_is_told),
		cmocka_unit_test(a_region_that_is_none_is_refused),
		cmocka_unit_test(bridges_cannot_be_nested_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
