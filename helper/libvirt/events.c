/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of libvirt's, over its default event loop.
 *
 * Relies on: virDomainSetMetadata fires metadata-change and not Defined; defining fires Defined; the Stopped event
 * comes after the release hook. The test driver has no close callback and no keep-alive, which is fine: it cannot
 * break.
 */
#include "libvirt/events.h"

#include <ctype.h>
#include <errno.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/trace.h"
#include "libvirt/connection.h"
#include "libvirt/internal.h"

enum { KEEPALIVE_SECONDS = 5, KEEPALIVE_COUNT = 6 };

struct lend_libvirt_listener {
	virConnectPtr connection;
	lend_libvirt_event_fn *event;
	void *userdata;
	int lifecycle, metadata; /* callback ids, -1 for none */
};

int lend_libvirt_loop_prepare(struct lend_error *error)
{
	static bool is_prepared;

	if (is_prepared)
		return 0;
	if (virEventRegisterDefaultImpl() < 0)
		return lend_libvirt_fail(error, "libvirt", "cannot make its event loop");
	is_prepared = true;
	return 0;
}

static void tell(const struct lend_libvirt_listener *listener, enum lend_libvirt_event event, virDomainPtr domain)
{
	static const char *const names[] = {
		[LEND_EVENT_DEFINED] = "defined", [LEND_EVENT_COPIED] = "copied", [LEND_EVENT_STARTED] = "started",
		[LEND_EVENT_STOPPED] = "stopped", [LEND_EVENT_GONE] = "gone",     [LEND_EVENT_CLOSED] = "closed",
	};
	char uuid[VIR_UUID_STRING_BUFLEN] = "";

	if (domain && virDomainGetUUIDString(domain, uuid) < 0)
		return;
	for (char *at = uuid; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	lend_trace("libvirt: event %s %s", names[event], uuid);
	listener->event(listener->userdata, event, uuid);
}

static int on_lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail, void *userdata)
{
	(void)connection;
	switch (event) {
	case VIR_DOMAIN_EVENT_DEFINED:
		tell(userdata, detail == VIR_DOMAIN_EVENT_DEFINED_ADDED ? LEND_EVENT_COPIED : LEND_EVENT_DEFINED,
		     domain);
		break;
	case VIR_DOMAIN_EVENT_UNDEFINED:
		tell(userdata, LEND_EVENT_GONE, domain);
		break;
	case VIR_DOMAIN_EVENT_STARTED:
		tell(userdata, LEND_EVENT_STARTED, domain);
		break;
	case VIR_DOMAIN_EVENT_STOPPED:
		tell(userdata, LEND_EVENT_STOPPED, domain);
		break;
	default:
		break;
	}
	return 0;
}

static void on_metadata(virConnectPtr connection, virDomainPtr domain, int type, const char *uri, void *userdata)
{
	(void)connection;
	(void)type;
	(void)uri;
	tell(userdata, LEND_EVENT_DEFINED, domain);
}

static void on_close(virConnectPtr connection, int reason, void *userdata)
{
	(void)connection;
	(void)reason;
	tell(userdata, LEND_EVENT_CLOSED, NULL);
}

int lend_libvirt_listen(struct lend_libvirt *libvirt, lend_libvirt_event_fn *event, void *userdata,
			struct lend_libvirt_listener **ret, struct lend_error *error)
{
	_cleanup_(lend_libvirt_listener_freep) struct lend_libvirt_listener *listener = NULL;

	listener = calloc(1, sizeof(*listener));
	if (!listener)
		return lend_error_set(error, -ENOMEM, "libvirt: out of memory");
	*listener = (struct lend_libvirt_listener){ libvirt->connection, event, userdata, -1, -1 };
	listener->lifecycle = virConnectDomainEventRegisterAny(libvirt->connection, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
							       VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), listener, NULL);
	if (listener->lifecycle < 0)
		return lend_libvirt_fail(error, "libvirt", "cannot listen to its events");
	listener->metadata =
		virConnectDomainEventRegisterAny(libvirt->connection, NULL, VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
						 VIR_DOMAIN_EVENT_CALLBACK(on_metadata), listener, NULL);
	if (listener->metadata < 0)
		return lend_libvirt_fail(error, "libvirt", "cannot listen to its events");
	/* A daemon that hangs is found out; the kernel tells of one that died. */
	(void)virConnectSetKeepAlive(libvirt->connection, KEEPALIVE_SECONDS, KEEPALIVE_COUNT);
	(void)virConnectRegisterCloseCallback(libvirt->connection, on_close, listener, NULL);
	*ret = TAKE_PTR(listener);
	return 0;
}

void lend_libvirt_listener_free(struct lend_libvirt_listener *listener)
{
	if (!listener)
		return;
	(void)virConnectUnregisterCloseCallback(listener->connection, on_close);
	if (listener->lifecycle >= 0)
		(void)virConnectDomainEventDeregisterAny(listener->connection, listener->lifecycle);
	if (listener->metadata >= 0)
		(void)virConnectDomainEventDeregisterAny(listener->connection, listener->metadata);
	free(listener);
}

void lend_libvirt_listener_freep(struct lend_libvirt_listener **listener)
{
	lend_libvirt_listener_free(*listener);
}

/* Of one descriptor, for as long as the process lives. */
struct descriptor {
	void (*ready)(void *userdata, int fd);
	void *userdata;
};

static void on_readable(int watch, int fd, int events, void *userdata)
{
	const struct descriptor *descriptor = userdata;

	(void)watch;
	(void)events;
	descriptor->ready(descriptor->userdata, fd);
}

int lend_libvirt_loop_add(int fd, void (*ready)(void *userdata, int fd), void *userdata, struct lend_error *error)
{
	struct descriptor *descriptor = malloc(sizeof(*descriptor));

	if (!descriptor)
		return lend_error_set(error, -ENOMEM, "libvirt: out of memory");
	*descriptor = (struct descriptor){ ready, userdata };
	if (virEventAddHandle(fd, VIR_EVENT_HANDLE_READABLE, on_readable, descriptor, free) < 0) {
		free(descriptor);
		return lend_libvirt_fail(error, "libvirt", "its event loop takes no descriptor");
	}
	return 0;
}

static void on_time(int timer, void *userdata)
{
	(void)timer;
	(void)userdata;
}

int lend_libvirt_loop_run(unsigned ms, struct lend_error *error)
{
	/* One for good: libvirt frees a removed timer from within the loop, which makes the next wait end at once. */
	static int timer = -1;

	if (timer < 0)
		timer = virEventAddTimeout((int)ms, on_time, NULL, NULL);
	else
		virEventUpdateTimeout(timer, (int)ms);
	if (timer < 0 || virEventRunDefaultImpl() < 0)
		return lend_libvirt_fail(error, "libvirt", "its event loop failed");
	return 0;
}
