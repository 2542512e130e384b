/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lendpci/base/fs.h"
#include "lendpci/know/pci/address.h"
#include "machine.h"
#include "test.h"

/** A machine of tests/data/machines as a root to read from. */
struct machine_fs {
	char *directory;
	struct lend_fs *fs;
};

static inline struct machine_fs machine_fs_new(const char *name)
{
	struct machine_fs machine = { .directory = machine_new(name) };

	assert_done(lend_fs_new(machine.directory, &machine.fs, error));
	return machine;
}

static inline void machine_fs_free(struct machine_fs *machine)
{
	lend_fs_free(machine->fs);
	machine_free(machine->directory);
}

/** An address that the test wrote itself. */
static inline struct lend_address at(const char *text)
{
	struct lend_address address = { 0 };

	assert_done(lend_address_parse(text, &address, error));
	return address;
}
