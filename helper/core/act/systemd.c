/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemd's units over D-Bus. sd-bus behind one door. */
#include "lendpci/act/systemd.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"

#define SERVICE "org.freedesktop.systemd1"
#define OBJECT "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"

/* So often somebody who watches over us may want a word. */
enum { TICK_US = 1000000 };

/* A job that is being waited for. */
struct job {
	const char *path;
	bool removed, done;
};

static void unref_bus(sd_bus **bus)
{
	(void)sd_bus_flush_close_unref(*bus);
}

static void unref_message(sd_bus_message **message)
{
	(void)sd_bus_message_unref(*message);
}

static void unref_slot(sd_bus_slot **slot)
{
	(void)sd_bus_slot_unref(*slot);
}

static int fail(struct lend_error *error, int code, const char *unit, const char *what, const sd_bus_error *said)
{
	return lend_error_set(error, code, "%s: cannot be %s: %s", unit, what,
			      said && said->message ? said->message : strerror(-code));
}

static int on_job_removed(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	const char *path, *unit, *result;
	struct job *job = userdata;
	uint32_t id;

	(void)ret_error;
	if (!job->path || sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) < 0 ||
	    strcmp(path, job->path) != 0)
		return 0;
	job->removed = true;
	job->done = strcmp(result, "done") == 0;
	return 0;
}

static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int wait_for(sd_bus *bus, const char *unit, struct job *job, unsigned deadline_ms, struct lend_error *error)
{
	uint64_t end = now_us() + (uint64_t)deadline_ms * 1000;
	int r;

	while (!job->removed) {
		uint64_t now = now_us();

		lend_clock_tick();
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = now >= end ? -ETIMEDOUT : sd_bus_wait(bus, end - now < TICK_US ? end - now : TICK_US);
		if (r < 0)
			return fail(error, r, unit, "stopped", NULL);
	}
	return job->done ? 0 : lend_error_set(error, -EIO, "%s: did not stop", unit);
}

int lend_systemd_stop(const struct lend_fs *fs, const char *unit, unsigned deadline_ms, struct lend_error *error)
{
	_cleanup_(unref_bus) sd_bus *bus = NULL;
	_cleanup_(unref_slot) sd_bus_slot *slot = NULL;
	_cleanup_(unref_message) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error said = SD_BUS_ERROR_NULL;
	struct job job = { 0 };
	int r;

	r = lend_fs_ask(fs, LEND_CHANGE_UNIT, unit, "stop", error);
	if (r != 0)
		return r < 0 ? r : 0;
	if (!lend_fs_is_host(fs))
		return lend_error_set(error, -EOPNOTSUPP, "%s: units are stopped on the running host only", unit);

	r = sd_bus_open_system(&bus);
	/* Before the job is made: its end could be missed otherwise. */
	if (r >= 0)
		r = sd_bus_match_signal(bus, &slot, SERVICE, OBJECT, MANAGER, "JobRemoved", on_job_removed, &job);
	if (r >= 0)
		r = sd_bus_call_method(bus, SERVICE, OBJECT, MANAGER, "Subscribe", NULL, NULL, "");
	if (r >= 0)
		r = sd_bus_call_method(bus, SERVICE, OBJECT, MANAGER, "StopUnit", &said, &reply, "ss", unit, "replace");
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &job.path);
	if (r < 0)
		return fail(error, r, unit, "stopped", &said);
	return wait_for(bus, unit, &job, deadline_ms, error);
}

int lend_systemd_start(const struct lend_fs *fs, const char *unit, struct lend_error *error)
{
	_cleanup_(sd_bus_error_free) sd_bus_error said = SD_BUS_ERROR_NULL;
	_cleanup_(unref_bus) sd_bus *bus = NULL;
	int r;

	r = lend_fs_ask(fs, LEND_CHANGE_UNIT, unit, "start", error);
	if (r != 0)
		return r < 0 ? r : 0;
	if (!lend_fs_is_host(fs))
		return lend_error_set(error, -EOPNOTSUPP, "%s: units are started on the running host only", unit);

	r = sd_bus_open_system(&bus);
	if (r < 0)
		return fail(error, r, unit, "started", NULL);
	/* A display manager that was stopped often, or died with its screen, is over its limit of starts (systemd
	 * counts them), and would stay down. Nothing to reset is no failure. */
	(void)sd_bus_call_method(bus, SERVICE, OBJECT, MANAGER, "ResetFailedUnit", NULL, NULL, "s", unit);
	r = sd_bus_call_method(bus, SERVICE, OBJECT, MANAGER, "StartUnit", &said, NULL, "ss", unit, "replace");
	return r < 0 ? fail(error, r, unit, "started", &said) : 0;
}
