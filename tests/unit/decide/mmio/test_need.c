/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sizing rule by itself; what published cards need is in test_room. */
#include <errno.h>

#include "lendpci/decide/mmio/need.h"
#include "test.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* Inside the braces of a BAR. */
#define LOW32(bytes) .bits = 32, .size = (bytes)
#define LOW64(bytes) .bits = 64, .size = (bytes)
#define HIGH(bytes) .bits = 64, .prefetchable = true, .size = (bytes)

/* Small after large: behind a device of 48 MiB that ends unaligned, a large one would begin only at the next GiB. */
static void devices_are_packed_from_the_largest_alignment_down(void **state)
{
	const struct lend_mmio_need needs[] = { { .high = 48 * MIB, .high_alignment = 32 * MIB },
						{ .high = GIB + 16 * MIB, .high_alignment = GIB } };

	(void)state;
	assert_int_equal(lend_mmio_high(needs, 2, 0, 32 * GIB, true), GIB + 32 * MIB + 48 * MIB);
}

/* 128 GiB fit into 128 GiB, until firmware keeps room for one empty hot-plug port: it then drops the card instead. */
static void an_empty_hotplug_port_can_cost_a_whole_power_of_two(void **state)
{
	const struct lend_mmio_need need = { .high = 128 * GIB, .high_alignment = 128 * GIB };

	(void)state;
	assert_int_equal(lend_mmio_window(&need, 1, 0, true), 128 * GIB);
	assert_int_equal(lend_mmio_window(&need, 1, 1, true), 256 * GIB);
	assert_int_equal(lend_mmio_window(&need, 1, 1, false), 128 * GIB); /* SeaBIOS keeps none */
}

/* Everything that is not both 64-bit and prefetchable goes below 4 GiB, by whole pages. */
static void low_memory_is_what_a_bridge_cannot_forward_high(void **state)
{
	static const struct lend_bars function = { { { LOW32(256) },
						     { .bits = 32, .prefetchable = true, .size = 4 * MIB },
						     { LOW64(8 * KIB) },
						     { HIGH(8 * KIB) } },
						   4 };
	struct lend_mmio_need need = lend_mmio_of_device(&function, 1);

	(void)state;
	assert_int_equal(need.low, 5 * MIB);
	assert_int_equal(need.low_alignment, 4 * MIB);
	assert_int_equal(need.high, 8 * KIB);
	assert_int_equal(need.high_alignment, 8 * KIB);
	/* Two of them, one empty port, and a page for each of the three ports' own registers. */
	assert_int_equal(lend_mmio_low((const struct lend_mmio_need[]){ need, need }, 2, 1, true),
			 8 * MIB + 5 * MIB + 2 * MIB + 3 * 4 * KIB);
}

/*
 * A bridge's range is a multiple of its largest BAR there, and of 2 MiB: below 4 GiB, 5 MiB by 4 become 8 and 3 MiB by
 * 1 become 4; above, 16.5 GiB by 16 become 32. For an empty port there is nothing above.
 */
static void seabios_rounds_each_device_up(void **state)
{
	const struct lend_mmio_need needs[] = {
		{ .low = 5 * MIB, .low_alignment = 4 * MIB, .high = 33 * GIB / 2, .high_alignment = 16 * GIB },
		{ .low = 3 * MIB, .low_alignment = MIB, .high = GIB, .high_alignment = GIB },
	};

	(void)state;
	assert_int_equal(lend_mmio_low(needs, 2, 1, false), 8 * MIB + 4 * MIB + 2 * MIB + 3 * 4 * KIB);
	assert_int_equal(lend_mmio_low(needs, 2, 1, true), 5 * MIB + 3 * MIB + 2 * MIB + 3 * 4 * KIB);
	assert_int_equal(lend_mmio_high(needs, 2, 1, 64 * GIB, false), 33 * GIB);
	assert_int_equal(lend_mmio_high(needs, 2, 1, 64 * GIB, true), 17 * GIB + GIB + 64 * GIB / 256);
}

static void a_domain_without_devices_needs_what_firmware_has_anyway(void **state)
{
	struct lend_mmio_need nothing = lend_mmio_of_device(NULL, 0);

	(void)state;
	assert_int_equal(nothing.low, 2 * MIB);
	assert_int_equal(nothing.high, 0);
	assert_int_equal(lend_mmio_window(NULL, 0, 0, true), 32 * GIB);
}

static void what_fits_nowhere_needs_more_than_there_is(void **state)
{
	const struct lend_mmio_need needs[] = { { .high = 1ULL << 62, .high_alignment = 1ULL << 62 },
						{ .high = 4 * KIB, .high_alignment = 4 * KIB } };

	(void)state;
	assert_int_equal(lend_mmio_window(needs, 2, 3, true), 1ULL << 62);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_are_packed_from_the_largest_alignment_down),
		cmocka_unit_test(an_empty_hotplug_port_can_cost_a_whole_power_of_two),
		cmocka_unit_test(low_memory_is_what_a_bridge_cannot_forward_high),
		cmocka_unit_test(seabios_rounds_each_device_up),
		cmocka_unit_test(a_domain_without_devices_needs_what_firmware_has_anyway),
		cmocka_unit_test(what_fits_nowhere_needs_more_than_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
