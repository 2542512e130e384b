/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lend_error;
struct lend_verb;

/*
 * The command line, as one table. From it come parsing, help, and the synopsis and options in the man page.
 *
 * A new verb is a file verb_NAME.c, its declaration below, and a row in verbs.c.
 */

/** Exit status of the program. */
enum {
	LEND_EXIT_YES = 0,
	LEND_EXIT_NO = 1,
	LEND_EXIT_USAGE = 2,
};

/** Options; a verb's row tells which it takes. --help and --version are always there. */
enum {
	LEND_OPTION_CONNECT = 1 << 0,
	LEND_OPTION_DRY_RUN = 1 << 1,
	LEND_OPTION_JSON = 1 << 2,
	LEND_OPTION_SYSROOT = 1 << 3,
	LEND_OPTION_TAKE_GROUP = 1 << 4,
	LEND_OPTION_VERBOSE = 1 << 5,
	LEND_OPTION_ALL = 1 << 6,
	LEND_OPTION_TIMEOUT = 1 << 7,
	LEND_OPTION_MMIO = 1 << 8,
	LEND_OPTION_TREE = 1 << 9,
	LEND_OPTION_RECORD = 1 << 10,
	LEND_OPTION_GUEST = 1 << 11,
	LEND_OPTION_FORCE = 1 << 12,
};

/** One call of the program. All borrowed from the command line. */
struct lend_call {
	const struct lend_verb *verb; /* NULL when none was given */
	char *const *arguments;       /* what follows the verb, without the options */
	size_t count;

	const char *connect;              /* NULL: libvirt's own default */
	const char *guest;                /* a domain; NULL unless given */
	const char *sysroot;              /* "/" unless given */
	const char *mmio_low, *mmio_high; /* NULL unless given */
	const char *record;               /* a directory; NULL unless given */
	const char *timeout;              /* seconds; NULL: as the host is configured */
	bool all;
	bool dry_run;
	bool force;
	bool json;
	bool take_group;
	bool tree;
	bool verbose;
	bool help;
	bool version;
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
extern const struct lend_verb lend_verbs[];
extern const size_t lend_verb_count;

int lend_verb_assign(const struct lend_call *call, struct lend_error *error);
int lend_verb_check(const struct lend_call *call, struct lend_error *error);
int lend_verb_doctor(const struct lend_call *call, struct lend_error *error);
int lend_verb_inject(const struct lend_call *call, struct lend_error *error);
int lend_verb_lend(const struct lend_call *call, struct lend_error *error);
int lend_verb_reconcile(const struct lend_call *call, struct lend_error *error);
int lend_verb_return(const struct lend_call *call, struct lend_error *error);
int lend_verb_status(const struct lend_call *call, struct lend_error *error);
int lend_verb_survey(const struct lend_call *call, struct lend_error *error);
int lend_verb_turn_off(const struct lend_call *call, struct lend_error *error);
int lend_verb_unassign(const struct lend_call *call, struct lend_error *error);
int lend_verb_watch(const struct lend_call *call, struct lend_error *error);
