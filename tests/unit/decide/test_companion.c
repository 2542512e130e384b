/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/cleanup.h"
#include "lendpci/decide/companion.h"
#include "lendpci/know/pci/function.h"
#include "machine_fs.h"

static const char *kind(const char *machine_name, const char *gpu, const char *sibling)
{
	_cleanup_(machine_fs_free) struct machine_fs machine = machine_fs_new(machine_name);
	struct lend_function a, b;

	assert_done(lend_function_read(machine.fs, at(gpu), &a, error));
	assert_done(lend_function_read(machine.fs, at(sibling), &b, error));
	return lend_companion_kind(&a, &b);
}

static void a_card_brings_its_audio_and_usb_c_also_from_other_groups(void **state)
{
	(void)state;
	assert_string_equal(kind("radeon", "2d:00.0", "2d:00.1"), "audio");
	assert_string_equal(kind("radeon", "2d:00.0", "2d:00.2"), "USB-C");
	assert_string_equal(kind("radeon", "2d:00.0", "2d:00.3"), "USB-C");
}

/* An APU's owner lost mouse and keyboard: the mainboard's USB controllers share the slot of the GPU. */
static void an_apus_neighbours_stay_with_the_host(void **state)
{
	(void)state;
	assert_string_equal(kind("apu", "04:00.0", "04:00.1"), "audio");
	assert_null(kind("apu", "04:00.0", "04:00.2"));
	assert_null(kind("apu", "04:00.0", "04:00.3"));
	assert_null(kind("apu", "04:00.0", "04:00.4"));
}

/* Another maker's sound in the GPU's own group leaves the host in any case, so the guest may as well have it. */
static void what_the_group_takes_along_is_used(void **state)
{
	(void)state;
	assert_string_equal(kind("lab", "01:00.0", "01:00.1"), "audio");
}

static void only_a_gpu_has_companions(void **state)
{
	(void)state;
	assert_null(kind("lab", "01:00.1", "01:00.0"));
	assert_null(kind("lab", "01:00.0", "01:00.0"));
	assert_null(kind("lab", "01:00.0", "02:00.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_brings_its_audio_and_usb_c_also_from_other_groups),
		cmocka_unit_test(an_apus_neighbours_stay_with_the_host),
		cmocka_unit_test(what_the_group_takes_along_is_used),
		cmocka_unit_test(only_a_gpu_has_companions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
