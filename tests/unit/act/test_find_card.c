/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which card a policy means, on a host with two network cards of one model. */
#include "lendpci/act/find_card.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/policy.h"
#include "machine_fs.h"

#define FIRST UINT64_C(0x90e2baffff112230)
#define SECOND UINT64_C(0x90e2baffff445560)

/* The card in the first slot, as assign found it there. */
static const struct lend_policy_device assigned = {
	.address = { .bus = 1 },
	.location_path = (char *)"PCIROOT(0)#PCI(0100)#PCI(0000)",
	.vendor = 0x8086,
	.device = 0x154d,
	.serial = FIRST,
};

static int begin(void **state)
{
	static struct machine_fs machine;

	machine = machine_fs_new("twins");
	*state = &machine;
	return 0;
}

static int end(void **state)
{
	machine_fs_free(*state);
	return 0;
}

static void assert_found(const struct machine_fs *machine, const struct lend_policy_device *device, const char *address)
{
	struct lend_address now = { 0 };

	assert_done(lend_find_card(machine->fs, device, &now, error));
	assert_string_equal(lend_address_text(now).text, address);
}

static void config_path(const struct machine_fs *machine, char ret[static PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, "%s/sys/bus/pci/devices/0000:01:00.0/config", machine->directory);
}

static void the_assigned_card_is_found_after_a_renumbering(void **state)
{
	struct lend_policy_device moved = assigned;

	assert_found(*state, &assigned, "0000:01:00.0");
	moved.address.bus = 5;
	assert_found(*state, &moved, "0000:01:00.0");
}

/* The cards changed places: every id is the right one, and the VM would have got the host's own network. */
static void a_twin_in_the_assigned_cards_slot_is_refused(void **state)
{
	struct machine_fs *machine = *state;
	struct lend_policy_device by_address = assigned, other = assigned;
	struct lend_error refusal = { 0 };
	struct lend_address now;

	other.serial = SECOND;
	assert_int_equal(lend_find_card(machine->fs, &other, &now, &refusal), -ESTALE);
	assert_string_equal(
		refusal.text,
		"0000:01:00.0: it is a different card now: serial number 90-e2-ba-ff-ff-11-22-30, assigned was 90-e2-ba-ff-ff-44-55-60");
	assert_string_equal(
		refusal.hint,
		"PCI addresses move when a card is added or removed: 'lendpci survey' shows where the card is, then assign it again");

	by_address.location_path = NULL;
	by_address.address.bus = 2;
	assert_refused(
		lend_find_card(machine->fs, &by_address, &now, error), -ESTALE,
		"0000:02:00.0: it is a different card now: serial number 90-e2-ba-ff-ff-44-55-60, assigned was 90-e2-ba-ff-ff-11-22-30");
}

/* Another model is told as that, whatever its number. */
static void another_model_is_refused_by_its_ids(void **state)
{
	struct machine_fs *machine = *state;
	struct lend_policy_device other = assigned;
	struct lend_address now;

	other.device = 0x10fb;
	other.serial = SECOND;
	assert_refused(
		lend_find_card(machine->fs, &other, &now, error), -ESTALE,
		"0000:01:00.0: it is a different card now: 8086:154d (subsystem 8086:7b11), assigned was 8086:10fb");
}

static void a_serial_number_that_cannot_be_read_is_not_compared(void **state)
{
	struct machine_fs *machine = *state;
	struct lend_policy_device disk = { .address = { .bus = 3 }, .serial = FIRST }, other = assigned;
	char path[PATH_MAX];

	/* It has none. */
	assert_found(machine, &disk, "0000:03:00.0");

	/* Without root, and recorded without it. */
	other.serial = SECOND;
	config_path(machine, path);
	assert_int_equal(truncate(path, 64), 0);
	assert_found(machine, &other, "0000:01:00.0");
	assert_int_equal(unlink(path), 0);
	assert_found(machine, &other, "0000:01:00.0");
}

/* Reading it would wake a card that sleeps. */
static void without_a_serial_number_in_the_policy_nothing_is_read(void **state)
{
	struct machine_fs *machine = *state;
	struct lend_policy_device device = assigned;
	struct lend_address now;
	char path[PATH_MAX];

	config_path(machine, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_refused(lend_find_card(machine->fs, &device, &now, error), -EISDIR,
		       "/sys/bus/pci/devices/0000:01:00.0/config: Is a directory");
	device.serial = 0;
	assert_found(machine, &device, "0000:01:00.0");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(the_assigned_card_is_found_after_a_renumbering),
		TEST(a_twin_in_the_assigned_cards_slot_is_refused),
		TEST(another_model_is_refused_by_its_ids),
		TEST(a_serial_number_that_cannot_be_read_is_not_compared),
		TEST(without_a_serial_number_in_the_policy_nothing_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
