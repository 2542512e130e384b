/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sizing rule for guest MMIO.
 *
 * An upper bound that holds for every firmware: a device's range is aligned to its largest BAR, and the devices are
 * packed from the largest alignment down, which is how OVMF and SeaBIOS place bridges.
 */
#include "lendpci/decide/mmio/need.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

#define PAGE (4 * KIB)         /* the least a range occupies */
#define PORT_LOW (2 * MIB)     /* what a hot-plug port takes below 4 GiB, occupied or not */
#define SEABIOS_STEP (2 * MIB) /* of which a bridge's range is a multiple; OVMF's is 1 MiB */
#define SMALLEST_WINDOW (32 * GIB)
#define LARGEST_WINDOW (1ULL << 62)

/* OVMF pads a hot-plug port by this part of any window larger than the smallest. */
enum { PADDING_PART = 256 };

static uint64_t align_up(uint64_t value, uint64_t alignment)
{
	return (value + alignment - 1) & ~(alignment - 1);
}

/* A BAR is aligned to its own size, a power of two; an odd size in a recorded table is rounded up. */
static uint64_t alignment_of(uint64_t size)
{
	uint64_t alignment = PAGE;

	while (alignment < size && alignment < LARGEST_WINDOW)
		alignment *= 2;
	return alignment;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

struct lend_mmio_need lend_mmio_of_functions(const struct lend_bars *functions, size_t count)
{
	struct lend_mmio_need need = { .low_alignment = MIB };

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < functions[i].count; k++) {
			const struct lend_bar *bar = &functions[i].items[k];
			uint64_t size = larger(bar->size, PAGE);

			if (bar->bits == 64 && bar->prefetchable) {
				need.high += size;
				need.high_alignment = larger(need.high_alignment, alignment_of(size));
			} else {
				need.low += size;
				need.low_alignment = larger(need.low_alignment, alignment_of(size));
			}
		}
	}
	need.low = align_up(need.low, MIB);
	return need;
}

struct lend_mmio_need lend_mmio_of_device(const struct lend_bars *functions, size_t count)
{
	struct lend_mmio_need need = lend_mmio_of_functions(functions, count);

	need.low = larger(need.low, PORT_LOW);
	return need;
}

/* A range of one device, low or high. */
struct range {
	uint64_t size, alignment;
};

static struct range low_range(const struct lend_mmio_need *device)
{
	return (struct range){ device->low, device->low_alignment };
}

static struct range high_range(const struct lend_mmio_need *device)
{
	return (struct range){ device->high, device->high_alignment };
}

/* A bridge's range is as long as what is in it. SeaBIOS also makes it a multiple of its alignment. */
static uint64_t length_of(struct range range, bool uefi)
{
	return uefi ? range.size : align_up(range.size, larger(range.alignment, SEABIOS_STEP));
}

/* Packs by descending alignment. Alignments are powers of two, so going through those spares a sorted copy. */
static uint64_t pack(const struct lend_mmio_need *devices, size_t count,
		     struct range (*range_of)(const struct lend_mmio_need *), bool uefi)
{
	uint64_t end = 0;

	for (uint64_t alignment = LARGEST_WINDOW; alignment >= PAGE; alignment /= 2) {
		for (size_t i = 0; i < count; i++) {
			struct range range = range_of(&devices[i]);

			if (range.alignment == alignment)
				end = align_up(end, alignment) + length_of(range, uefi);
		}
	}
	return end;
}

uint64_t lend_mmio_low(const struct lend_mmio_need *devices, size_t count, unsigned spare_ports, bool uefi)
{
	/* Each root port is a function with a register page of its own. */
	return pack(devices, count, low_range, uefi) + spare_ports * PORT_LOW + (count + spare_ports) * PAGE;
}

uint64_t lend_mmio_high(const struct lend_mmio_need *devices, size_t count, unsigned spare_ports, uint64_t window,
			bool uefi)
{
	uint64_t padding = uefi && window > SMALLEST_WINDOW ? window / PADDING_PART : 0;

	return pack(devices, count, high_range, uefi) + spare_ports * padding;
}

uint64_t lend_mmio_window(const struct lend_mmio_need *devices, size_t count, unsigned spare_ports, bool uefi)
{
	uint64_t window = SMALLEST_WINDOW;

	while (window < LARGEST_WINDOW && lend_mmio_high(devices, count, spare_ports, window, uefi) > window)
		window *= 2;
	return window;
}
