/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes room for lent devices in a definition, and that it goes without a trace. */
#include "edit_text.h"

/* All that makes room at once: wide addresses, a window for OVMF, and no hot-plug on empty ports. */
static const struct lend_window all_of_it = {
	.pcihole64 = 256 * GIB,
	.mmio64 = 256 * GIB,
	.width = { LEND_WIDTH_PASSTHROUGH, 39 },
	.hotplug_off = true,
};

static char *injected_with(const char *xml, const struct lend_window *window)
{
	const struct lend_edit_request request = { .devices = &other, .count = 1, .window = *window };
	char *text = NULL;

	assert_done(lend_edit_inject(xml, strlen(xml), &request, templates, &text, &report, error));
	return text;
}

static void what_makes_room_goes_without_a_trace(void **state)
{
	static const struct lend_window nothing = { 0 };

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(domain_texts); i++) {
		_cleanup_free_ char *before = domain_text(domain_texts[i]), *once = injected_with(before, &all_of_it),
				    *twice = injected_with(once, &all_of_it), *less = NULL, *more = NULL, *after = NULL,
				    *plain = injected_with(before, &nothing);

		assert_string_equal(twice, once);
		assert_has(once, "<qemu:arg value='-fw_cfg'/>\n"
				 "    <qemu:arg value='name=opt/ovmf/X-PciMmio64Mb,string=262144'/>\n"
				 "  </qemu:commandline>\n");
		assert_int_equal(count_of(once, "xmlns:qemu="), 1);
		/* What is not needed any more goes, and comes again. */
		less = injected_with(once, &nothing);
		assert_string_equal(less, plain);
		more = injected_with(less, &all_of_it);
		assert_string_equal(more, once);
		after = withdrawn(once, NULL, 0);
		assert_string_equal(after, before);
	}
}

static void room_is_made_where_libvirt_prints_it(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *after = injected_with(before, &all_of_it);

	(void)state;
	assert_has(after, "    <model fallback='forbid'>qemu64</model>\n"
			  "    <maxphysaddr mode='passthrough' limit='39'/>\n"
			  "  </cpu>\n");
	/* Bus 5 is the empty one; the others have devices, and the last is the card's own. */
	assert_has(after, "<target chassis='5' port='0x14' hotplug='off'/>");
	assert_int_equal(count_of(after, "hotplug='off'"), 1);
	assert_has(after, "maxphysaddr-ours=\"passthrough:39\" mmio64-ours=\"274877906944\" commandline=\"none\" "
			  "namespace=\"none\" hotplug-ours=\"5\"");
}

/* virt-manager.xml has arguments of its own: ours join them, and theirs stay. */
static void arguments_of_the_domains_own_stay(void **state)
{
	_cleanup_free_ char *before = domain_text("virt-manager"), *after = injected_with(before, &all_of_it);

	(void)state;
	assert_has(after, "    <qemu:arg value='-no-user-config'/>\n    <qemu:arg value='-fw_cfg'/>\n");
	assert_int_equal(count_of(after, "<qemu:commandline>"), 1);
}

/* Whatever somebody changed after assign is theirs: it is neither put back nor taken out. */
static void room_that_somebody_changed_since_is_theirs(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *after = injected_with(before, &all_of_it), *gone = NULL;
	char *limit = strstr(after, "limit='39'"), *window = strstr(after, "string=262144");

	(void)state;
	memcpy(limit, "limit='42'", 10);
	memcpy(window, "string=524288", 13);
	gone = withdrawn(after, NULL, 0);
	assert_has(gone, "<maxphysaddr mode='passthrough' limit='42'/>");
	assert_has(gone, "string=524288");
	assert_has(gone, "xmlns:qemu=");
	assert_lacks(gone, "lendpci");
}

/* An element that uses the namespace that assign declared keeps the declaration alive, however deep it is. */
static void a_namespace_that_came_into_use_stays(void **state)
{
	_cleanup_free_ char *before = domain_text("q35"), *after = injected_with(before, &all_of_it), *gone = NULL,
			    *used = NULL;
	char *end = strstr(after, "</devices>");

	(void)state;
	assert_int_not_equal(asprintf(&used, "%.*s<a><qemu:b/></a>%s", (int)(end - after), after, end), -1);
	gone = withdrawn(used, NULL, 0);
	assert_has(gone, "xmlns:qemu=");
	assert_has(gone, "<qemu:b/>");
	assert_lacks(gone, "commandline");
}

static void a_users_own_sizes_are_kept_in_the_policy(void **state)
{
	const struct lend_edit_request request = { .devices = &other, .count = 1, .mmio_high = 64 * GIB };
	_cleanup_free_ char *before = domain_text("q35"), *after = NULL, *again = NULL, *gone = NULL;

	(void)state;
	assert_done(lend_edit_inject(before, strlen(before), &request, templates, &after, &report, error));
	assert_has(after, "<lendpci:assignment xmlns:lendpci=\"urn:lendpci:1\" mmio-high=\"68719476736\">");
	again = injected(after, &other, 1, 0);
	assert_has(again, "mmio-high=\"68719476736\"");
	gone = withdrawn(again, NULL, 0);
	assert_string_equal(gone, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_makes_room_goes_without_a_trace),
		cmocka_unit_test(room_is_made_where_libvirt_prints_it),
		cmocka_unit_test(arguments_of_the_domains_own_stay),
		cmocka_unit_test(room_that_somebody_changed_since_is_theirs),
		cmocka_unit_test(a_namespace_that_came_into_use_stays),
		cmocka_unit_test(a_users_own_sizes_are_kept_in_the_policy),
	};

	return cmocka_run_group_tests(tests, load_templates, free_templates);
}
