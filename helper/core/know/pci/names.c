/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names from pci.ids, through libpci. The one file that knows libpci.
 *
 * Only names are asked for. libpci's scan and its parser end the program through a callback that must not return when
 * they meet something unexpected, so nothing is scanned, and the parser's complaint is caught by a jump: afterwards
 * there are no names, which is no reason to end.
 */
#include "lendpci/know/pci/names.h"

#include <errno.h>
#include <pci/pci.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/pci/function.h"

struct lend_names {
	struct pci_access *access;
	bool broken; /* the list could not be parsed */
};

/* Where a complaint goes: libpci's callback has no room for a caller's pointer. */
static _Thread_local jmp_buf *complaint;

static void __attribute__((noreturn, format(printf, 1, 2))) complain(char *message, ...)
{
	(void)message;
	if (!complaint)
		abort();
	longjmp(*complaint, 1);
}

static void __attribute__((format(printf, 1, 2))) ignore(char *message, ...)
{
	(void)message;
}

int lend_names_new(const char *path, struct lend_names **ret, struct lend_error *error)
{
	_cleanup_(lend_names_freep) struct lend_names *names = calloc(1, sizeof(*names));

	if (names)
		names->access = pci_alloc();
	if (!names || !names->access)
		return lend_error_set(error, -ENOMEM, "out of memory for the names of PCI devices");
	names->access->error = complain;
	names->access->warning = ignore;
	names->access->debug = ignore;
	names->access->id_lookup_mode = 0; /* neither the network nor a cache in somebody's home */
	if (path) {
		char *copy = strdup(path);

		if (!copy)
			return lend_error_set(error, -ENOMEM, "%s: out of memory", path);
		pci_set_name_list_path(names->access, copy, 1);
	}
	*ret = TAKE_PTR(names);
	return 0;
}

void lend_names_free(struct lend_names *names)
{
	if (!names)
		return;
	if (names->access)
		pci_cleanup(names->access); /* also right without pci_init() */
	free(names);
}

void lend_names_freep(struct lend_names **names)
{
	lend_names_free(*names);
}

static bool look_up(struct lend_names *names, char *ret, int flags, int first, int second)
{
	jmp_buf here;
	const char *found;

	if (names->broken)
		return false;
	complaint = &here;
	if (setjmp(here)) {
		complaint = NULL;
		names->broken = true;
		return false;
	}
	found = pci_lookup_name(names->access, ret, LEND_NAME_MAX, flags | PCI_LOOKUP_NO_HWDB, first, second);
	complaint = NULL;
	/* A name that does not fit comes back as a text of libpci's own. */
	return found == ret;
}

void lend_names_function(struct lend_names *names, const struct lend_function *function, char ret[static LEND_NAME_MAX])
{
	if (!look_up(names, ret, PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE, function->vendor, function->device))
		(void)snprintf(ret, LEND_NAME_MAX, "Device %04x:%04x", function->vendor, function->device);
}

void lend_names_class(struct lend_names *names, uint32_t class, char ret[static LEND_NAME_MAX])
{
	if (!look_up(names, ret, PCI_LOOKUP_CLASS, (int)(class >> 8), 0))
		(void)snprintf(ret, LEND_NAME_MAX, "Class %04x", class >> 8);
}
