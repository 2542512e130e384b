/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "lendpci/mmio.h"
#include "test.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)

#define LOW32(bytes)                                                                                                   \
	{                                                                                                              \
		.bits = 32, .size = (bytes)                                                                            \
	}
#define LOW64(bytes)                                                                                                   \
	{                                                                                                              \
		.bits = 64, .size = (bytes)                                                                            \
	}
#define HIGH(bytes)                                                                                                    \
	{                                                                                                              \
		.bits = 64, .prefetchable = true, .size = (bytes)                                                      \
	}
#define ROM(bytes)                                                                                                     \
	{                                                                                                              \
		.index = LEND_BAR_ROM, .bits = 32, .size = (bytes)                                                     \
	}

/* Cards by their published memory ranges, and the windows that one and eight of them need. */
static const struct {
	const char *name;
	struct lend_bars functions[2];
	uint64_t low, window_of_one, window_of_eight;
} cards[] = {
	{ "GTX 1080",
	  { { { LOW32(16 * MIB), HIGH(256 * MIB), HIGH(32 * MIB), ROM(512 * KIB) }, 4 }, { { LOW32(16 * KIB) }, 1 } },
	  17 * MIB,
	  32 * GIB,
	  32 * GIB },
	{ "RTX 4090, resized",
	  { { { LOW32(16 * MIB), HIGH(32 * GIB), HIGH(32 * MIB), ROM(512 * KIB) }, 4 }, { { LOW32(16 * KIB) }, 1 } },
	  17 * MIB,
	  64 * GIB,
	  512 * GIB },
	{ "A100 80G", { { { LOW32(16 * MIB), HIGH(128 * GIB), HIGH(32 * MIB) }, 3 } }, 16 * MIB, 256 * GIB, 2 * TIB },
	{ "H100 SXM", { { { HIGH(16 * MIB), HIGH(128 * GIB), HIGH(32 * MIB) }, 3 } }, 2 * MIB, 256 * GIB, 2 * TIB },
	{ "B200", { { { HIGH(64 * MIB), HIGH(256 * GIB), HIGH(32 * MIB) }, 3 } }, 2 * MIB, 512 * GIB, 4 * TIB },
	{ "Arc A770 16G", { { { LOW64(16 * MIB), HIGH(16 * GIB), ROM(2 * MIB) }, 3 } }, 18 * MIB, 32 * GIB, 256 * GIB },
};

enum { SPARE_PORTS = 8, MANY = 8 };

static void the_published_cards_need_the_published_windows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
		struct lend_mmio_need needs[MANY], need = lend_mmio_of_device(cards[i].functions, 2);
		uint64_t window;

		for (size_t k = 0; k < MANY; k++)
			needs[k] = need;
		print_message("%s\n", cards[i].name);
		assert_int_equal(need.low, cards[i].low);
		for (unsigned spare = 0; spare <= SPARE_PORTS; spare++) {
			assert_done(lend_mmio_window(needs, 1, spare, &window, error));
			assert_int_equal(window, cards[i].window_of_one);
		}
		assert_done(lend_mmio_window(needs, MANY, SPARE_PORTS, &window, error));
		assert_int_equal(window, cards[i].window_of_eight);
	}
}

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
	uint64_t window;

	(void)state;
	assert_done(lend_mmio_window(&need, 1, 0, &window, error));
	assert_int_equal(window, 128 * GIB);
	assert_done(lend_mmio_window(&need, 1, 1, &window, error));
	assert_int_equal(window, 256 * GIB);
}

/* Everything that is not both 64-bit and prefetchable goes below 4 GiB, by whole pages. */
static void low_memory_is_what_a_bridge_cannot_forward_high(void **state)
{
	static const struct lend_bars function = {
		{ LOW32(256), { .bits = 32, .prefetchable = true, .size = 4 * MIB }, LOW64(8 * KIB), HIGH(8 * KIB) }, 4
	};
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
	uint64_t window;

	(void)state;
	assert_int_equal(nothing.low, 2 * MIB);
	assert_int_equal(nothing.high, 0);
	assert_done(lend_mmio_window(NULL, 0, 0, &window, error));
	assert_int_equal(window, 32 * GIB);
}

static void what_fits_nowhere_is_told(void **state)
{
	const struct lend_mmio_need needs[] = { { .high = 1ULL << 62, .high_alignment = 1ULL << 62 },
						{ .high = 4 * KIB, .high_alignment = 4 * KIB } };
	uint64_t window = 7;

	(void)state;
	assert_refused(lend_mmio_window(needs, 2, 3, &window, error), -ERANGE,
		       "2 devices and 3 empty hot-plug ports fit into no 64-bit window");
	assert_int_equal(window, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_cards_need_the_published_windows),
		cmocka_unit_test(devices_are_packed_from_the_largest_alignment_down),
		cmocka_unit_test(an_empty_hotplug_port_can_cost_a_whole_power_of_two),
		cmocka_unit_test(low_memory_is_what_a_bridge_cannot_forward_high),
		cmocka_unit_test(seabios_rounds_each_device_up),
		cmocka_unit_test(a_domain_without_devices_needs_what_firmware_has_anyway),
		cmocka_unit_test(what_fits_nowhere_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
