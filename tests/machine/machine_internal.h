/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config_space.h"

/*
 * A machine while it is built: machine.c reads the description and makes the tree, words.c knows what a function is,
 * again.c how a second one of it reads.
 */

/* A line of the resource table. */
struct range {
	uint64_t start, size, flags;
};

/* What is gathered of a function until its description ends. */
struct function {
	char address[24];
	char directory[PATH_MAX]; /* below the root: "sys/devices/…" */
	struct config_space config;
	bool all_ones;
	struct range ranges[13];
};

struct machine {
	const char *description;
	int line;
	int root;
	struct function *function; /* the one being described, or NULL */
	FILE *file;                /* the `file` being described, or NULL */
	FILE *told;                /* every line about functions so far, */
	char *text;                /* which is here once it is flushed */
	size_t size;
	unsigned copies; /* made by `again` */
};

/** Ends the program with the line that is wrong. */
void machine_wrong(const struct machine *machine, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/** Makes a file below the root, with its parents. */
FILE *machine_create(const struct machine *machine, const char *path);
void machine_put(const struct machine *machine, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** A link at @path to @target, both below the root; relative, as the kernel makes them. */
void machine_link(const struct machine *machine, const char *path, const char *target);

/** A link whose target is text as it stands: what /proc shows of an open file leads nowhere below the root. */
void machine_raw_link(const struct machine *machine, const char *path, const char *target);

/** The path of @name of the function being described. Borrowed until the next call. */
const char *machine_attribute(const struct machine *machine, const char *name);

/** The directory, below the root, of a function that was described before. */
void machine_directory(const struct machine *machine, const char *address, char *ret, size_t size);

/** Applies one word and its values to the function being described. */
void machine_say(struct machine *machine, const char *word, char **values, int count);

/**
 * The lines of @root, a function on a root bus, and of all behind it, for one more of them on root bus @bus. The
 * caller's to free.
 */
char *machine_again(struct machine *machine, const char *root, const char *bus);
