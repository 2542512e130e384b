/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>
#include <sys/stat.h>

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

/** Makes a file in the machine's /etc/lendpci. */
static inline void machine_fs_configure(const struct machine_fs *machine, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/etc", machine->directory);
	(void)mkdir(path, 0755);
	(void)snprintf(path, sizeof(path), "%s/etc/lendpci", machine->directory);
	(void)mkdir(path, 0755);
	(void)snprintf(path, sizeof(path), "%s/etc/lendpci/%s", machine->directory, name);
	file = fopen(path, "we");
	assert_non_null(file);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/** An address that the test wrote itself. */
static inline struct lend_address at(const char *text)
{
	struct lend_address address = { 0 };

	assert_done(lend_address_parse(text, &address, error));
	return address;
}
