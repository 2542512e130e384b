/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct lend_error;
struct lend_libvirt;

/*
 * libvirt's event loop, the only one in this process: domain events, timers, and descriptors of our own.
 * Single-threaded. A callback must not call libvirt, because the connection is still processing the event.
 */

enum lend_libvirt_event {
	LEND_EVENT_DEFINED, /* a definition is new or was changed, or its metadata were */
	LEND_EVENT_COPIED,  /* a definition is new: perhaps a copy of another */
	LEND_EVENT_STARTED, /* it runs */
	LEND_EVENT_STOPPED, /* it is off, and libvirt has cleaned up */
	LEND_EVENT_GONE,    /* the definition was removed */
	LEND_EVENT_CLOSED,  /* the connection broke; @uuid is "" */
};

/** @uuid in lower case, borrowed. */
typedef void lend_libvirt_event_fn(void *userdata, enum lend_libvirt_event event, const char *uuid);

/** Makes the loop. To be called before the connection whose events are wanted; idempotent. */
int lend_libvirt_loop_prepare(struct lend_error *error);

/** Calls @event for every domain of @libvirt until lend_libvirt_listener_free(), which must come before the close. */
struct lend_libvirt_listener;
int lend_libvirt_listen(struct lend_libvirt *libvirt, lend_libvirt_event_fn *event, void *userdata,
			struct lend_libvirt_listener **ret, struct lend_error *error);
void lend_libvirt_listener_free(struct lend_libvirt_listener *listener);
void lend_libvirt_listener_freep(struct lend_libvirt_listener **listener);

/** Calls @ready whenever @fd is readable, for the life of the process. */
int lend_libvirt_loop_add(int fd, void (*ready)(void *userdata, int fd), void *userdata, struct lend_error *error);

/** Waits for events, at most @ms, and makes the callbacks. */
int lend_libvirt_loop_run(unsigned ms, struct lend_error *error);
