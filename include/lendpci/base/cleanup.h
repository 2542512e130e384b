/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/**
 * Ownership by scope: a variable marked `_cleanup_(f)` is given to f() when its scope ends.
 *
 * Every destructor accepts NULL (or -1 for a descriptor). TAKE_PTR and TAKE_FD hand the value on and leave the variable
 * empty, which is how a function returns what it built.
 */
#define _cleanup_(f) __attribute__((cleanup(f)))

#define TAKE_PTR(pointer)                                                                                              \
	({                                                                                                             \
		__typeof__(pointer) *_from = &(pointer);                                                               \
		__typeof__(pointer) _taken = *_from;                                                                   \
		*_from = NULL;                                                                                         \
		_taken;                                                                                                \
	})

static inline int lend_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}
#define TAKE_FD(fd) lend_take_fd(&(fd))

static inline void lend_freep(void *pointer)
{
	free(*(void **)pointer);
}

static inline void lend_closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void lend_fclosep(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

static inline void lend_closedirp(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

#define _cleanup_free_ _cleanup_(lend_freep)
#define _cleanup_close_ _cleanup_(lend_closep)
#define _cleanup_fclose_ _cleanup_(lend_fclosep)
#define _cleanup_closedir_ _cleanup_(lend_closedirp)

#define LEND_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
