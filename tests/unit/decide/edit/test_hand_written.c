/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody wrote into a definition beside assign: kept, completed, or refused with the lines; never doubled. */
#include <errno.h>
#include <stdio.h>

#include "edit_text.h"

static const struct lend_policy_device igd = { .address = { .device = 2 }, .vendor = 0x8086, .device = 0x0412 };

/* A domain with @devices and @rest behind them. */
static char *domain_with(const char *machine, const char *devices, const char *rest)
{
	char *xml = NULL;

	assert_int_not_equal(
		asprintf(
			&xml,
			"<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
			"  <name>t</name>\n  <os>\n    <type arch='x86_64' machine='%s'>hvm</type>\n  </os>\n"
			"  <pm>\n    <suspend-to-mem enabled='no'/>\n    <suspend-to-disk enabled='no'/>\n  </pm>\n"
			"  <devices>\n    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n%s  </devices>\n%s</domain>\n",
			machine, devices, rest),
		-1);
	return xml;
}

#define HOSTDEV(attributes)                                                                                            \
	"    <hostdev mode='subsystem' type='pci'" attributes ">\n"                                                    \
	"      <source>\n        <address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\n      </source>\n"  \
	"    </hostdev>\n"

static void a_hostdev_without_managed_is_managed_while_it_is_assigned(void **state)
{
	static const struct {
		const char *hostdev, *kept;
	} rows[] = {
		{ HOSTDEV(" managed='no'"), "managed=\"no\"" },
		{ HOSTDEV(""), "managed=\"none\"" },
	};

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *before = domain_with("pc-q35-7.2", rows[i].hostdev, ""),
				    *once = injected(before, &card_0, 1, 0), *twice = injected(once, &card_0, 1, 0),
				    *after = withdrawn(twice, NULL, 0), *one = withdrawn(twice, &card_0, 1);

		assert_has(once, "<hostdev mode='subsystem' type='pci' managed='yes'>");
		assert_has(once, rows[i].kept);
		assert_int_equal(count_of(once, "<hostdev"), 1);
		assert_string_equal(twice, once);
		assert_string_equal(after, before);
		assert_string_equal(one, before);
	}
}

static void managed_that_somebody_took_back_is_theirs(void **state)
{
	_cleanup_free_ char *before = domain_with("pc-q35-7.2", HOSTDEV(""), ""),
			    *once = injected(before, &card_0, 1, 0), *after = NULL;
	char *managed = strstr(once, "managed='yes'");

	(void)state;
	memcpy(managed, "managed='xxx'", 13);
	after = withdrawn(once, NULL, 0);
	assert_has(after, "managed='xxx'");
}

static void a_device_past_libvirt_is_refused_with_its_lines(void **state)
{
	const struct lend_edit_request request = { .devices = &card_0, .count = 1 };
	_cleanup_free_ char *xml = domain_with("pc-q35-7.2", "",
					       "  <qemu:commandline>\n    <qemu:arg value='--device'/>\n"
					       "    <qemu:arg value='vfio-pci,addr=6,host=01:00.0'/>\n"
					       "  </qemu:commandline>\n"),
			    *text = NULL, *other_card = injected(xml, &other, 1, 0);
	struct lend_error failure = { 0 };

	(void)state;
	assert_int_equal(lend_edit_inject(xml, strlen(xml), &request, templates, &text, &report, &failure), -EEXIST);
	assert_string_equal(failure.text, "0000:01:00.0: the domain's <qemu:commandline> has it already");
	assert_string_equal(
		failure.hint,
		"remove <qemu:arg value='-device'/> and <qemu:arg value='vfio-pci,addr=6,host=01:00.0'/>, then assign it again");
	/* Another card is no matter. */
	assert_has(other_card, "ua-lendpci-0000-02-00-0");
}

static void intel_graphics_go_where_the_guest_looks_for_them(void **state)
{
	static const char *const machines[] = { "pc-q35-7.2", "pc-i440fx-7.2" };

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(machines); i++) {
		_cleanup_free_ char *before = domain_with(machines[i], "", ""), *after = injected(before, &igd, 1, 0),
				    *again = injected(after, &igd, 1, 0), *gone = withdrawn(after, NULL, 0);

		assert_has(after, "<address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>");
		assert_lacks(after, "pcie-root-port");
		assert_string_equal(again, after);
		assert_string_equal(gone, before);
	}
}

static void a_port_of_ours_makes_room_for_intel_graphics(void **state)
{
	_cleanup_free_ char *before = domain_with("pc-q35-7.2", "", ""), *card = injected(before, &card_0, 1, 0),
			    *both = injected(card, &igd, 1, 0), *gone = withdrawn(both, NULL, 0);

	(void)state;
	assert_has(card, "slot='0x02' function='0x0' multifunction='on'/>");
	assert_has(both, "bus='0x00' slot='0x03' function='0x0' multifunction='on'/>");
	assert_has(both, "bus='0x00' slot='0x02' function='0x0'/>");
	assert_string_equal(gone, before);
}

static void a_taken_place_of_intel_graphics_is_told(void **state)
{
	static const struct {
		const char *machine, *devices, *refusal;
	} rows[] = {
		{ "pc-q35-7.2",
		  "    <controller type='pci' index='1' model='pcie-root-port'>\n"
		  "      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>\n"
		  "    </controller>\n",
		  "0000:00:02.0: Intel's graphics have to be at 00:02.0 in the guest, too, and that slot has the domain's <controller index='1' model='pcie-root-port'>" },
		{ "pc-i440fx-7.2",
		  "    <video>\n      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>\n"
		  "    </video>\n",
		  "0000:00:02.0: Intel's graphics have to be at 00:02.0 in the guest, too, and that slot has the domain's <video>" },
	};
	struct lend_edit_request request = { .devices = &igd, .count = 1 };

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *xml = domain_with(rows[i].machine, rows[i].devices, ""), *text = NULL;

		request.igd_anywhere = false;
		assert_refused(lend_edit_inject(xml, strlen(xml), &request, templates, &text, &report, error), -EEXIST,
			       rows[i].refusal);
		request.igd_anywhere = true;
		assert_done(lend_edit_inject(xml, strlen(xml), &request, templates, &text, &report, error));
		assert_has(text, "<address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>");
	}
}

/* A virtual function of the same graphics has no such needs. */
static void a_virtual_function_of_intel_graphics_has_a_port(void **state)
{
	static const struct lend_policy_device vf = { .address = { .device = 2, .function = 1 }, .vendor = 0x8086 };
	_cleanup_free_ char *before = domain_with("pc-q35-7.2", "", ""), *after = injected(before, &vf, 1, 0);

	(void)state;
	assert_has(after, "ua-lendpci-port-0000-00-02");
	assert_has(after, "bus='0x01' slot='0x00' function='0x0'/>");
}

static void a_window_in_another_spelling_is_never_doubled(void **state)
{
	const struct lend_window window = { .mmio64 = 64 * GIB };
	const struct lend_edit_request request = { .devices = &card_0, .count = 1, .window = window };
	_cleanup_free_ char *before = domain_with("pc-q35-7.2", "", ""), *once = NULL, *other_order = NULL,
			    *again = NULL, *gone = NULL;
	char *at;

	(void)state;
	assert_done(lend_edit_inject(before, strlen(before), &request, templates, &once, &report, error));
	at = strstr(once, "name=opt/ovmf/X-PciMmio64Mb,string=65536");
	assert_non_null(at);
	assert_int_not_equal(asprintf(&other_order, "%.*sstring=65536,name=opt/ovmf/X-PciMmio64Mb%s", (int)(at - once),
				      once, at + strlen("name=opt/ovmf/X-PciMmio64Mb,string=65536")),
			     -1);
	assert_done(lend_edit_inject(other_order, strlen(other_order), &request, templates, &again, &report, error));
	assert_int_equal(count_of(again, "X-PciMmio64Mb"), 1);
	gone = withdrawn(again, NULL, 0);
	assert_lacks(gone, "X-PciMmio64Mb");
	assert_lacks(gone, "-fw_cfg");
}

static void namespaces_that_would_not_parse_again_are_refused(void **state)
{
	static const char *const pieces[] = { "<a:b/>", "<x p:q='1'/>", "<:c/>", "<y xmlns:e=''/>" };
	const struct lend_edit_request request = { .devices = &card_0, .count = 1 };

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(pieces); i++) {
		_cleanup_free_ char *xml = domain_with("pc-q35-7.2", "", pieces[i]), *text = NULL;
		struct lend_error failure = { 0 };

		assert_int_equal(lend_edit_inject(xml, strlen(xml), &request, templates, &text, &report, &failure),
				 -EINVAL);
		assert_has(failure.text, "line 13: ");
	}
}

static void more_hostdevs_than_any_guest_has_are_refused_at_once(void **state)
{
	const struct lend_edit_request request = { .devices = &card_0, .count = 1 };
	_cleanup_free_ char *devices = NULL, *xml = NULL, *text = NULL;
	size_t size;
	FILE *out = open_memstream(&devices, &size);

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		(void)fputs("<hostdev mode='subsystem' type='pci'/>", out);
	(void)fclose(out);
	xml = domain_with("pc-q35-7.2", devices, "");
	assert_refused(lend_edit_inject(xml, strlen(xml), &request, templates, &text, &report, error), -EINVAL,
		       "line 12: the domain has more than 1024 hostdevs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hostdev_without_managed_is_managed_while_it_is_assigned),
		cmocka_unit_test(managed_that_somebody_took_back_is_theirs),
		cmocka_unit_test(a_device_past_libvirt_is_refused_with_its_lines),
		cmocka_unit_test(intel_graphics_go_where_the_guest_looks_for_them),
		cmocka_unit_test(a_port_of_ours_makes_room_for_intel_graphics),
		cmocka_unit_test(a_taken_place_of_intel_graphics_is_told),
		cmocka_unit_test(a_virtual_function_of_intel_graphics_has_a_port),
		cmocka_unit_test(a_window_in_another_spelling_is_never_doubled),
		cmocka_unit_test(namespaces_that_would_not_parse_again_are_refused),
		cmocka_unit_test(more_hostdevs_than_any_guest_has_are_refused_at_once),
	};

	return cmocka_run_group_tests(tests, load_templates, free_templates);
}
