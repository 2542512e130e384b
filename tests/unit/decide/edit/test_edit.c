/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "edit_text.h"
#include "lendpci/know/domain/domain.h"

static void unassign_leaves_what_assign_found_byte_for_byte(void **state)
{
	const struct lend_policy_device all[] = { card_0, card_1, other };

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(domain_texts); i++) {
		_cleanup_free_ char *before = domain_text(domain_texts[i]), *one = NULL, *two = NULL, *one_again = NULL,
				    *nothing = NULL, *crooked = NULL;

		one = injected(before, all, 2, 64 * GIB);
		assert_true(report.changed);
		two = injected(one, &other, 1, 64 * GIB);
		one_again = withdrawn(two, &other, 1);
		assert_string_equal(one_again, one);
		nothing = withdrawn(one_again, all, 2);
		assert_string_equal(nothing, before);
		/* First in, first out: what was in the middle is gone in the end, too. */
		free(nothing);
		crooked = withdrawn(two, all, 2);
		nothing = withdrawn(crooked, NULL, 0);
		assert_string_equal(nothing, before);
	}
}

static void assign_twice_changes_nothing(void **state)
{
	const struct lend_policy_device all[] = { card_0, card_1, other };

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(domain_texts); i++) {
		_cleanup_free_ char *before = domain_text(domain_texts[i]), *once = injected(before, all, 3, 64 * GIB),
				    *twice = injected(once, all, 3, 64 * GIB);

		assert_false(report.changed);
		assert_int_equal(report.added, 0);
		assert_string_equal(twice, once);
	}
}

/* libvirt refuses two devices at one address; it makes the missing controllers itself. */
static void a_port_takes_no_bus_that_a_device_is_on_already(void **state)
{
	static const char before[] =
		"<domain type='kvm'>\n"
		"  <name>a</name>\n"
		"  <os>\n"
		"    <type machine='q35'>hvm</type>\n"
		"  </os>\n"
		"  <devices>\n"
		"    <memballoon model='virtio'>\n"
		"      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\n"
		"    </memballoon>\n"
		"  </devices>\n"
		"</domain>\n";
	_cleanup_free_ char *after = injected(before, &card_0, 1, 0), *back = withdrawn(after, NULL, 0);

	(void)state;
	assert_has(after, "<controller type='pci' index='2' model='pcie-root-port'>");
	assert_has(after, "<address type='pci' domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>");
	assert_string_equal(back, before);
}

static void a_card_stays_one_card_behind_a_port_of_its_own(void **state)
{
	const struct lend_policy_device card[] = { card_0, card_1 };
	_cleanup_free_ char *before = domain_text("q35"), *after = injected(before, card, 2, 64 * GIB);

	(void)state;
	assert_int_equal(report.added, 2);
	assert_has(after, "    <controller type='pci' index='6' model='pcie-root-port'>\n"
			  "      <alias name='ua-lendpci-port-0000-01-00'/>\n"
			  "      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x5'/>\n"
			  "    </controller>\n");
	assert_has(
		after,
		"    <hostdev mode='subsystem' type='pci' managed='yes'>\n"
		"      <source>\n"
		"        <address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\n"
		"      </source>\n"
		"      <alias name='ua-lendpci-0000-01-00-0'/>\n"
		"      <address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x0' multifunction='on'/>\n"
		"    </hostdev>\n");
	assert_has(after, "      <alias name='ua-lendpci-0000-01-00-1'/>\n"
			  "      <address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x1'/>\n");
	assert_has(after, "    <controller type='pci' index='0' model='pcie-root'>\n"
			  "      <pcihole64 unit='KiB'>67108864</pcihole64>\n"
			  "    </controller>\n");
	assert_has(after, "  <metadata>\n"
			  "    <lendpci:assignment xmlns:lendpci=\"urn:lendpci:1\">\n"
			  "      <lendpci:device address=\"0000:01:00.0\" vendor=\"0x10de\" device=\"0x2684\" "
			  "serial=\"00-11-22-33-44-55-66-77\"/>\n"
			  "      <lendpci:device address=\"0000:01:00.1\" vendor=\"0x10de\"/>\n"
			  "      <lendpci:before pcihole64-ours=\"68719476736\" suspend-to-mem=\"none\" "
			  "suspend-to-disk=\"none\"/>\n"
			  "    </lendpci:assignment>\n"
			  "  </metadata>\n");
}

static void i440fx_gives_a_card_a_free_slot(void **state)
{
	const struct lend_policy_device card[] = { card_0, card_1 };
	_cleanup_free_ char *before = domain_text("i440fx"), *after = injected(before, card, 2, 32 * GIB);

	(void)state;
	assert_lacks(after, "pcie-root-port");
	assert_has(after, "bus='0x00' slot='0x06' function='0x0' multifunction='on'/>");
	assert_has(after, "bus='0x00' slot='0x06' function='0x1'/>");
	assert_has(after, "<controller type='pci' index='0' model='pci-root'>\n      <pcihole64");
}

/* A device without function 0 is not even looked for by a guest. */
static void the_lowest_function_becomes_the_guests_function_0(void **state)
{
	const struct lend_policy_device third = { .address = { .bus = 1, .function = 3 } };
	const struct lend_policy_device two[] = { card_1, third };
	_cleanup_free_ char *before = domain_text("q35"), *both = injected(before, two, 2, 0), *rest = NULL;

	(void)state;
	assert_has(
		both,
		"<alias name='ua-lendpci-0000-01-00-1'/>\n"
		"      <address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x0' multifunction='on'/>");
	assert_has(both, "<alias name='ua-lendpci-0000-01-00-3'/>\n"
			 "      <address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x3'/>");

	rest = withdrawn(both, &card_1, 1);
	assert_has(rest, "<alias name='ua-lendpci-0000-01-00-3'/>\n"
			 "      <address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x0'/>");
}

/* Added in virt-manager before lendpci was there: assign leaves it alone, and so does unassign. */
static void a_hostdev_written_by_hand_is_adopted(void **state)
{
	const struct lend_policy_device card[] = { card_0, card_1 };
	_cleanup_free_ char *before = domain_text("virt-manager"), *after = injected(before, card, 2, 0), *gone = NULL;

	(void)state;
	assert_int_equal(report.foreign_hostdevs, 1);
	assert_int_equal(report.added, 1);
	assert_int_equal(count_of(after, "<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>"), 1);
	assert_has(after, "<lendpci:device address=\"0000:01:00.0\"");
	gone = withdrawn(after, NULL, 0);
	assert_int_equal(report.removed, 1);
	assert_string_equal(gone, before);
}

/* Nine ports: one alone in its slot, whose address libvirt would have changed to put ours beside it. */
static void a_port_joins_no_slot_that_would_have_to_change(void **state)
{
	_cleanup_free_ char *before = domain_text("virt-manager"), *after = injected(before, &other, 1, 0);

	(void)state;
	assert_has(
		after,
		"<alias name='ua-lendpci-port-0000-02-00'/>\n"
		"      <address type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0' multifunction='on'/>");
}

static void other_tools_metadata_stays(void **state)
{
	_cleanup_free_ char *before = domain_text("virt-manager"), *after = injected(before, &other, 1, 0);

	(void)state;
	assert_has(after, "    <a:note xmlns:a=\"urn:example:note\">it's \"quoted\" &lt;here&gt;</a:note>\n"
			  "    <lendpci:assignment xmlns:lendpci=\"urn:lendpci:1\">\n"
			  "      <lendpci:device address=\"0000:02:00.0\" path=\"PCIROOT(0)#PCI(0200)\"/>\n"
			  "      <lendpci:before suspend-to-mem=\"none\" suspend-to-disk=\"none\"/>\n"
			  "    </lendpci:assignment>\n"
			  "  </metadata>\n");
}

static void a_larger_window_is_kept_and_a_smaller_one_put_back(void **state)
{
	_cleanup_free_ char *large = domain_text("pxb"), *small = domain_text("virt-manager"), *after_large = NULL,
			    *after_small = NULL, *back = NULL;

	(void)state;
	after_large = injected(large, &other, 1, 64 * GIB);
	assert_true(report.pcihole64_was_there);
	assert_has(after_large, "<pcihole64 unit='KiB'>1073741824</pcihole64>");
	assert_lacks(after_large, "pcihole64-ours");

	after_small = injected(small, &other, 1, 64 * GIB);
	assert_false(report.pcihole64_was_there);
	assert_int_equal(report.pcihole64, 64 * GIB);
	assert_has(after_small, "<lendpci:before pcihole64=\"17179869184\" pcihole64-ours=\"68719476736\" ");
	back = withdrawn(after_small, NULL, 0);
	assert_has(back, "<pcihole64 unit='KiB'>16777216</pcihole64>");
}

/* Somebody widened the window after assign: their number is not ours to take back. */
static void a_window_that_was_changed_since_stays(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *after = injected(before, &other, 1, 64 * GIB), *gone = NULL;
	char *number = strstr(after, "67108864<");

	(void)state;
	assert_non_null(number);
	memcpy(number, "99999999", 8);
	gone = withdrawn(after, NULL, 0);
	assert_has(gone, "<pcihole64 unit='KiB'>99999999</pcihole64>");
}

static void the_window_shrinks_with_the_devices(void **state)
{
	const struct lend_policy_device two[] = { card_0, other };
	_cleanup_free_ char *before = domain_text("q35"), *after = injected(before, two, 2, 512 * GIB), *less = NULL,
			    *none = NULL;

	(void)state;
	const struct lend_window rest = { .pcihole64 = 64 * GIB };

	assert_done(
		lend_edit_withdraw(after, strlen(after), &card_0.address, 1, &rest, templates, &less, &report, error));
	assert_has(less, "<pcihole64 unit='KiB'>67108864</pcihole64>");
	none = withdrawn(less, NULL, 0);
	assert_string_equal(none, before);
}

/* virt-manager's "remove": the hostdev is gone, the policy and the port are still there. */
static void assign_repairs_what_was_removed_by_hand(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *whole = injected(before, &other, 1, 64 * GIB),
			    *broken = strdup(whole), *repaired = NULL;
	char *start = strstr(broken, "    <hostdev"), *end = strstr(broken, "</hostdev>\n") + strlen("</hostdev>\n");

	(void)state;
	memmove(start, end, strlen(end) + 1);
	repaired = injected(broken, NULL, 0, 64 * GIB);
	assert_int_equal(report.added, 1);
	assert_string_equal(repaired, whole);
}

static void a_port_that_a_user_filled_becomes_theirs(void **state)
{
	static const char disk[] = "    <disk type='file' device='disk'>\n"
				   "      <target dev='vdb' bus='virtio'/>\n"
				   "      <address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x0'/>\n"
				   "    </disk>\n";
	_cleanup_free_ char *before = domain_text("q35"), *whole = injected(before, &other, 1, 0), *filled = NULL,
			    *gone = NULL;
	char *start = strstr(whole, "    <hostdev"), *end = strstr(whole, "</hostdev>\n") + strlen("</hostdev>\n");

	(void)state;
	assert_int_not_equal(asprintf(&filled, "%.*s%s%s", (int)(start - whole), whole, disk, end), -1);
	gone = withdrawn(filled, NULL, 0);
	assert_has(gone, "<controller type='pci' index='6' model='pcie-root-port'>\n      <address");
	assert_lacks(gone, "lendpci");
}

static void a_definition_written_by_hand_is_understood(void **state)
{
	static const char xml[] =
		"<domain type='kvm'><name>a</name><os><type machine='q35'>hvm</type></os><devices/></domain>\n";
	_cleanup_free_ char *after = injected(xml, &other, 1, 64 * GIB), *gone = NULL;

	(void)state;
	assert_has(after,
		   "<controller type='pci' index='0' model='pcie-root'><pcihole64 unit='KiB'>67108864</pcihole64>");
	assert_has(after, "<controller type='pci' index='1' model='pcie-root-port'>");
	assert_has(after, "bus='0x01' slot='0x00' function='0x0'/>");
	gone = withdrawn(after, NULL, 0);
	assert_string_equal(gone, xml);
}

/* A card was added to the host and the buses were numbered anew: two cards may even have changed places. */
static void renumbered_cards_keep_their_place_in_the_guest(void **state)
{
	const struct lend_policy_device devices[] = { { .address = { .bus = 1 } },
						      { .address = { .bus = 1, .function = 1 } },
						      { .address = { .bus = 2 } } };
	const struct lend_policy_device swapped[] = { { .address = { .bus = 2 } },
						      { .address = { .bus = 2, .function = 1 } },
						      { .address = { .bus = 1 } } };
	struct lend_edit_move moves[3];
	const struct lend_edit_request there = { .moves = moves, .move_count = 3 };
	_cleanup_free_ char *xml = domain_text("q35");
	_cleanup_free_ char *before = injected(xml, devices, 3, 0), *after = NULL, *again = NULL, *gone = NULL;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		moves[i] = (struct lend_edit_move){ devices[i].address, swapped[i].address };
	assert_done(lend_edit_inject(before, strlen(before), &there, templates, &after, &report, error));
	assert_int_equal(report.moved, 3);
	assert_int_equal(report.added, 0);
	assert_has(after, "<lendpci:device address=\"0000:02:00.1\"/>");
	assert_has(after, "<alias name='ua-lendpci-port-0000-02-00'/>");

	/* Back again: nothing else was touched on the way. */
	for (size_t i = 0; i < 3; i++)
		moves[i] = (struct lend_edit_move){ swapped[i].address, devices[i].address };
	assert_done(lend_edit_inject(after, strlen(after), &there, templates, &again, &report, error));
	assert_string_equal(again, before);
	gone = withdrawn(after, NULL, 0);
	assert_string_equal(gone, xml);
}

/* libvirt finds a place in the guest for what is plugged in while it runs. */
static void a_hostdev_for_a_running_guest_has_no_address_in_it(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_done(lend_edit_hostdev_alone((struct lend_address){ .bus = 2, .function = 1 }, 11003000, templates,
					    &text, error));
	assert_string_equal(text, "<hostdev mode='subsystem' type='pci' managed='yes'>"
				  "<driver model='vfio-pci'/><source>"
				  "<address domain='0x0000' bus='0x02' slot='0x00' function='0x1'/></source>"
				  "<alias name='ua-lendpci-0000-02-00-1'/></hostdev>\n");
}

static void assert_rejected(const char *xml, int code, const char *sentence)
{
	const struct lend_edit_request request = { .devices = &other, .count = 1, .window.pcihole64 = 64 * GIB };
	char *text = NULL;

	assert_refused(lend_edit_inject(xml, strlen(xml), &request, templates, &text, &report, error), code, sentence);
	assert_null(text);
}

static void what_cannot_be_edited_is_refused(void **state)
{
	char *text = NULL;
	_cleanup_free_ char *before = domain_text("q35");

	(void)state;
	assert_rejected("<network/>", -EINVAL, "line 1: <network> is not a domain");
	assert_rejected("<domain/>", -EINVAL, "line 1: the domain has no <devices>");
	assert_rejected("<domain><os><type arch='s390x' machine='s390-ccw-virtio'/></os><devices/></domain>", -ENOTSUP,
			"the machine type 's390-ccw-virtio' has no PCI bus that lendpci knows");
	assert_rejected(
		"<domain><os><type machine='q35'/></os><devices>\n<controller type='pci' index='255'/></devices></domain>",
		-ENOSPC, "the guest has no bus left for another root port");
	assert_rejected(
		"<domain><devices>\n<controller type='pci' index='0' model='pci-root'><pcihole64 unit='furlong'>1"
		"</pcihole64></controller></devices></domain>",
		-EINVAL, "line 2: <pcihole64>: '1' furlong is not a size");
	assert_refused(
		lend_edit_withdraw(before, strlen(before), &other.address, 1, NULL, templates, &text, &report, error),
		-ENOENT, "0000:02:00.0: it is not assigned to this domain");
}

static void a_full_root_bus_is_told(void **state)
{
	_cleanup_free_ char *xml = NULL;
	size_t size;
	FILE *out = open_memstream(&xml, &size);

	(void)state;
	(void)fputs("<domain><os><type machine='pc'/></os><devices>", out);
	for (unsigned slot = 3; slot < 32; slot++)
		(void)fprintf(out, "<sound><address type='pci' bus='0' slot='0x%x'/></sound>", slot);
	(void)fputs("</devices></domain>", out);
	(void)fclose(out);
	assert_rejected(xml, -ENOSPC, "the guest's PCI bus has no free slot left");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unassign_leaves_what_assign_found_byte_for_byte),
		cmocka_unit_test(assign_twice_changes_nothing),
		cmocka_unit_test(a_port_takes_no_bus_that_a_device_is_on_already),
		cmocka_unit_test(a_card_stays_one_card_behind_a_port_of_its_own),
		cmocka_unit_test(i440fx_gives_a_card_a_free_slot),
		cmocka_unit_test(the_lowest_function_becomes_the_guests_function_0),
		cmocka_unit_test(a_hostdev_written_by_hand_is_adopted),
		cmocka_unit_test(a_port_joins_no_slot_that_would_have_to_change),
		cmocka_unit_test(other_tools_metadata_stays),
		cmocka_unit_test(a_larger_window_is_kept_and_a_smaller_one_put_back),
		cmocka_unit_test(a_window_that_was_changed_since_stays),
		cmocka_unit_test(the_window_shrinks_with_the_devices),
		cmocka_unit_test(assign_repairs_what_was_removed_by_hand),
		cmocka_unit_test(a_port_that_a_user_filled_becomes_theirs),
		cmocka_unit_test(a_definition_written_by_hand_is_understood),
		cmocka_unit_test(renumbered_cards_keep_their_place_in_the_guest),
		cmocka_unit_test(a_hostdev_for_a_running_guest_has_no_address_in_it),
		cmocka_unit_test(what_cannot_be_edited_is_refused),
		cmocka_unit_test(a_full_root_bus_is_told),
	};

	return cmocka_run_group_tests(tests, load_templates, free_templates);
}
