/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch: the service. Owns the process: the event loop, signals, systemd, and the connection, which comes and goes with
 * libvirt's daemon. What is done over a connection is the watcher's.
 *
 * Without a connection it sleeps until something appears in /run/libvirt, where the daemons' sockets are, or until a
 * time that doubles with each failure: never a busy loop.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>

#include "cli/message.h"
#include "cli/program.h"
#include "lendpci/act/journal.h"
#include "lendpci/act/log.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/base/trace.h"
#include "libvirt/connection.h"
#include "libvirt/events.h"
#include "service/sleep_block.h"
#include "service/watcher.h"
#include "verbs/table.h"

#define SOCKETS "/run/libvirt"
#define LOANS "/" LEND_STATE_DIR "/loans"

enum { BACK_OFF_MS = 1000, BACK_OFF_MAX_MS = 60 * 1000, WAKE_UP_MS = 5 * 60 * 1000 };

struct service {
	struct lend_program program;
	const char *uri;
	struct lend_libvirt *libvirt;
	struct lend_watcher *watcher;
	unsigned wake_up_ms; /* at least so often systemd's watchdog wants a word */
	bool is_over;        /* asked to end */
	bool has_news;       /* something appeared where the sockets are */
	struct lend_sleep_block sleep;
};

/* systemd's own prefix for the journal's priority; on a terminal plain sentences. */
static void note(void *userdata, enum lend_note_level level, const char *sentence)
{
	static const char *const priorities[] = {
		[LEND_NOTE_ERROR] = SD_ERR, [LEND_NOTE_WARNING] = SD_WARNING, [LEND_NOTE_INFO] = SD_INFO
	};

	(void)userdata;
	lend_message_print(stderr, isatty(STDERR_FILENO) ? "" : priorities[level], sentence);
}

/* By name and with fields; on a terminal it is a note like all others. */
static void event(void *userdata, const struct lend_log_line *line)
{
	if (isatty(STDERR_FILENO))
		note(userdata, LEND_NOTE_INFO, line->sentence);
	else
		lend_log(line);
}

static void trace(void *userdata, const char *line)
{
	(void)userdata;
	lend_message_print(stderr, isatty(STDERR_FILENO) ? "" : SD_DEBUG, line);
}

static void disconnect(struct service *service)
{
	lend_watcher_free(service->watcher);
	lend_libvirt_close(service->libvirt);
	service->watcher = NULL;
	service->libvirt = NULL;
}

static void service_clear(struct service *service)
{
	disconnect(service);
	lend_sleep_block_drop(&service->sleep);
	lend_program_close(&service->program);
}

static void on_signal(void *userdata, int fd)
{
	struct service *service = userdata;
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) == sizeof(info))
		service->is_over = true;
}

static void on_news(void *userdata, int fd)
{
	struct service *service = userdata;
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

	service->has_news = read(fd, events, sizeof(events)) > 0;
}

static int catch_signals(struct service *service, struct lend_error *error)
{
	sigset_t signals;
	int fd;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return lend_error_set(error, -errno, "watch: cannot wait for signals: %s", strerror(errno));
	return lend_libvirt_loop_add(fd, on_signal, service, error);
}

/* Best effort: without the folder the time alone decides. */
static int watch_sockets(struct service *service, struct lend_error *error)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return 0;
	if (inotify_add_watch(fd, SOCKETS, IN_CREATE | IN_MOVED_TO) < 0) {
		(void)close(fd);
		return 0;
	}
	return lend_libvirt_loop_add(fd, on_news, service, error);
}

static void on_loans(void *userdata, int fd)
{
	struct service *service = userdata;
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

	while (read(fd, events, sizeof(events)) > 0)
		;
	lend_sleep_block_update(&service->sleep, &service->program.context);
}

/* What is lent and returned, by whomever: a file each. Best effort, too. */
static int watch_loans(struct service *service, struct lend_error *error)
{
	int fd;

	(void)lend_journal_prepare(service->program.context.fs, NULL);
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0)
		return 0;
	if (inotify_add_watch(fd, LOANS, IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE) < 0) {
		(void)close(fd);
		return 0;
	}
	lend_sleep_block_update(&service->sleep, &service->program.context);
	return lend_libvirt_loop_add(fd, on_loans, service, error);
}

/* A loan may take longer to come home than systemd waits for a word; so says whoever waits for it. */
static void tell_alive(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}

static void tell_systemd(const struct service *service)
{
	if (service->watcher)
		(void)sd_notifyf(0, "WATCHDOG=1\nSTATUS=Watching %zu domains with assigned devices",
				 lend_watcher_domains(service->watcher));
	else
		(void)sd_notify(0, "WATCHDOG=1\nSTATUS=Waiting for libvirt");
}

/* Sleeps until the sockets change, a signal comes or @ms are over. */
static int wait_for_news(struct service *service, unsigned ms, struct lend_error *error)
{
	int r = 0;

	service->has_news = false;
	while (r == 0 && ms && !service->has_news && !service->is_over) {
		unsigned step = ms < service->wake_up_ms ? ms : service->wake_up_ms;

		tell_systemd(service);
		r = lend_libvirt_loop_run(step, error);
		ms -= step;
	}
	return r;
}

static int connect_and_look(struct service *service, struct lend_error *error)
{
	int r;

	r = lend_libvirt_open(service->uri, &service->libvirt, error);
	if (r == 0)
		r = lend_watcher_new(&service->program.context, service->libvirt, &service->watcher, error);
	if (r < 0)
		disconnect(service);
	return r;
}

/* Over one connection, until it breaks. */
static int watch(struct service *service, struct lend_error *error)
{
	int r = 0;

	while (r == 0 && !service->is_over && !lend_watcher_is_disconnected(service->watcher)) {
		tell_systemd(service);
		r = lend_watcher_run(service->watcher, service->wake_up_ms, error);
	}
	return r;
}

static int serve(struct service *service, struct lend_error *error)
{
	unsigned back_off = BACK_OFF_MS;
	bool was_told = false;
	int r = 0;

	while (r == 0 && !service->is_over) {
		struct lend_error failure = { 0 };

		if (connect_and_look(service, &failure) == 0) {
			note(NULL, LEND_NOTE_INFO, "watch: connected to libvirt");
			was_told = false;
			back_off = BACK_OFF_MS;
			r = watch(service, error);
			disconnect(service);
			if (r == 0 && !service->is_over)
				note(NULL, LEND_NOTE_WARNING, "watch: lost the connection to libvirt");
		} else if (!was_told) {
			note(NULL, LEND_NOTE_WARNING, failure.text);
			was_told = true;
		}
		/* Also after a connection that broke: a daemon that is being stopped should not be started again by us.
		 */
		if (r == 0 && !service->is_over)
			r = wait_for_news(service, back_off, error);
		back_off = back_off * 2 < BACK_OFF_MAX_MS ? back_off * 2 : BACK_OFF_MAX_MS;
	}
	return r;
}

int lend_verb_watch(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(service_clear) struct service service = { .wake_up_ms = WAKE_UP_MS, .sleep = LEND_SLEEP_BLOCK_NONE };
	uint64_t watchdog_us = 0;
	int r;

	r = lend_program_open(call, true, &service.program, error);
	if (r < 0)
		return r;
	service.program.context.note = note;
	service.program.context.event = event;
	if (service.program.settings.debug && !lend_trace_is_on)
		lend_trace_to(trace, NULL);
	service.uri = call->connect ? call->connect : "qemu:///system";
	if (sd_watchdog_enabled(0, &watchdog_us) > 0) {
		service.wake_up_ms = (unsigned)(watchdog_us / 1000 / 3) + 1;
		lend_clock_tick_to(tell_alive);
	}

	r = lend_libvirt_loop_prepare(error);
	if (r == 0)
		r = catch_signals(&service, error);
	if (r == 0)
		r = watch_sockets(&service, error);
	if (r == 0)
		r = watch_loans(&service, error);
	if (r < 0)
		return r;
	/* Ready before there is a connection: a boot does not wait for libvirt on our account. */
	(void)sd_notify(0, "READY=1");
	r = serve(&service, error);
	(void)sd_notify(0, "STOPPING=1");
	return r;
}
