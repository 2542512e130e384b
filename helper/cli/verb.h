/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lend_error;
struct lend_verb;
struct lend_verbs;

/*
 * The command line, as two tables: options.def and verbs/table.c. From them come parsing, help, and the synopsis and
 * options in the man page. CONTRIBUTING.md shows how to add to them.
 */

/** Exit status of the program. */
enum {
	LEND_EXIT_YES = 0,
	LEND_EXIT_NO = 1,
	LEND_EXIT_USAGE = 2,
};

/** Options; a verb's row tells which it takes. The common ones are always there. */
enum {
#define FLAG(field, bit, name, summary) LEND_OPTION_NUMBER_##bit,
#define VALUE(field, bit, name, argument, summary) LEND_OPTION_NUMBER_##bit,
#define COMMON(field, name, summary)
#include "cli/options.def"
#undef FLAG
#undef VALUE
};
enum {
#define FLAG(field, bit, name, summary) LEND_OPTION_##bit = 1 << LEND_OPTION_NUMBER_##bit,
#define VALUE(field, bit, name, argument, summary) LEND_OPTION_##bit = 1 << LEND_OPTION_NUMBER_##bit,
#include "cli/options.def"
#undef FLAG
#undef VALUE
#undef COMMON
	LEND_OPTION_MMIO = LEND_OPTION_MMIO_LOW | LEND_OPTION_MMIO_HIGH,
};

/** So many devices QEMU has no use for. */
enum { LEND_DEVICES_MAX = 64 };

/** One call of the program. All borrowed from the command line. */
struct lend_call {
	const struct lend_verbs *verbs; /* what there is */
	const struct lend_verb *verb;   /* NULL when none was given */
	char *const *arguments;         /* what follows the verb, without the options */
	size_t count;
	const char *devices[LEND_DEVICES_MAX]; /* of each --device, in order */
	size_t device_count;

	/* What each option gave; @sysroot is "/" and not NULL where it was not given. */
#define FLAG(field, bit, name, summary) bool field;
#define VALUE(field, bit, name, argument, summary) const char *field;
#define COMMON(field, name, summary) bool field;
#include "cli/options.def"
#undef FLAG
#undef VALUE
#undef COMMON
};

/** An option's row. */
struct lend_option {
	const char *name;     /* without the dashes */
	const char *argument; /* what --help calls its argument; NULL for a flag */
	const char *summary;
	unsigned bit;  /* LEND_OPTION_…, 0 for those that every call takes */
	size_t offset; /* of its field in struct lend_call: const char * with an argument, bool without */
};

/** A verb's row. */
struct lend_verb {
	const char *name;
	const char *arguments; /* as in the usage: "DOMAIN DEVICE..." */
	const char *summary;   /* one line for the list of verbs */
	const char *description;
	unsigned options;   /* LEND_OPTION_… */
	size_t least, most; /* number of arguments */

	/**
	 * Does it. Returns the exit status, or a negative errno; with anything but 0 main prints @error if it is set.
	 */
	int (*run)(const struct lend_call *call, struct lend_error *error);
};

/** As @most: no limit. */
#define LEND_MANY ((size_t)-1)

extern const struct lend_option lend_options[];
extern const size_t lend_option_count;

/** The letter that stands for an option, as -j does for --json: '\0' for none. And the option of a letter, or NULL. */
char lend_option_letter(const struct lend_option *option);
const struct lend_option *lend_option_of_letter(int letter);

/** All verbs, which main() hands down: what is below them does not know them. */
struct lend_verbs {
	const struct lend_verb *items;
	size_t count;
};
