/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logind over D-Bus. */
#include "lendpci/act/logind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "lendpci/act/systemd.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"

#define SERVICE "org.freedesktop.login1"
#define OBJECT "/org/freedesktop/login1"
#define MANAGER "org.freedesktop.login1.Manager"
#define SESSION "org.freedesktop.login1.Session"
#define USER "org.freedesktop.login1.User"

static void unref_bus(sd_bus **bus)
{
	(void)sd_bus_flush_close_unref(*bus);
}

static void unref_message(sd_bus_message **message)
{
	(void)sd_bus_message_unref(*message);
}

static int fail(struct lend_error *error, int code, const char *whose, const sd_bus_error *said)
{
	return lend_error_set(error, code, "%s: cannot be ended: %s", whose,
			      said && said->message ? said->message : strerror(-code));
}

/* What has no such name any more has ended by itself. */
static bool is_gone(const sd_bus_error *said)
{
	return sd_bus_error_has_name(said, SERVICE ".NoSuchSession") ||
	       sd_bus_error_has_name(said, SERVICE ".NoSuchUser") ||
	       sd_bus_error_has_name(said, "org.freedesktop.DBus.Error.UnknownObject");
}

/* Whether it is a terminal's name as logind knows it, "tty2" or "pts/3": it was told by whoever opened the session. */
static bool is_terminal(const char *name)
{
	const size_t prefix = strncmp(name, "tty", 3) == 0 ? 3 : strncmp(name, "pts/", 4) == 0 ? 4 : 0;

	return prefix && name[prefix] && !name[prefix + strspn(name + prefix, "0123456789")];
}

/* One line to the session's terminal. Nobody waits for one that does not take it. */
static void tell(sd_bus *bus, const char *session, const char *message)
{
	_cleanup_free_ char *terminal = NULL;
	_cleanup_close_ int fd = -1;
	struct stat status;
	char path[64];

	if (sd_bus_get_property_string(bus, SERVICE, session, SESSION, "TTY", NULL, &terminal) < 0 ||
	    !is_terminal(terminal) || strlen(terminal) > 32)
		return;
	(void)snprintf(path, sizeof(path), "/dev/%s", terminal);
	fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISCHR(status.st_mode))
		(void)dprintf(fd, "\r\n%s\r\n", message);
}

static int terminate(sd_bus *bus, const char *id, struct lend_error *error)
{
	_cleanup_(sd_bus_error_free) sd_bus_error said = SD_BUS_ERROR_NULL;
	char name[80];
	int r;

	r = sd_bus_call_method(bus, SERVICE, OBJECT, MANAGER, "TerminateSession", &said, NULL, "s", id);
	if (r >= 0 || is_gone(&said))
		return 0;
	(void)snprintf(name, sizeof(name), "session %.60s", id);
	return fail(error, r, name, &said);
}

/* Asked for by its scope, which logind named. */
static int end_by_id(const char *id, const char *message, struct lend_error *error)
{
	_cleanup_(sd_bus_error_free) sd_bus_error said = SD_BUS_ERROR_NULL;
	_cleanup_(unref_message) sd_bus_message *reply = NULL;
	_cleanup_(unref_bus) sd_bus *bus = NULL;
	const char *session;
	int r;

	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = sd_bus_call_method(bus, SERVICE, OBJECT, MANAGER, "GetSession", &said, &reply, "s", id);
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &session);
	if (r < 0)
		return is_gone(&said) ? 0 : fail(error, r, "the session", &said);
	tell(bus, session, message);
	return terminate(bus, id, error);
}

int lend_logind_end_session(const struct lend_fs *fs, const char *scope, const char *message, unsigned deadline_ms,
			    struct lend_error *error)
{
	struct lend_error failure = { 0 };
	char id[64];
	int r;

	if (sscanf(scope, "session-%63[A-Za-z0-9_].scope", id) != 1)
		return lend_error_set(error, -EINVAL, "%s: is no session of logind's", scope);
	r = lend_fs_ask(fs, LEND_CHANGE_SESSION, scope, "end", error);
	if (r != 0)
		return r < 0 ? r : 0;
	if (!lend_fs_is_host(fs))
		return lend_error_set(error, -EOPNOTSUPP, "%s: sessions are ended on the running host only", scope);
	r = end_by_id(id, message, error);
	if (r < 0)
		return r;
	/* logind has asked for the scope's end; this is the same job, and waits for it. */
	r = lend_systemd_stop(fs, scope, deadline_ms, &failure);
	if (r < 0 && r != -ENOENT && error)
		*error = failure;
	return r == -ENOENT ? 0 : r;
}

/* One of a user's sessions: ended if it is at a seat. */
static int end_if_at_seat(sd_bus *bus, const char *id, const char *session, const char *message,
			  struct lend_error *error)
{
	_cleanup_(unref_message) sd_bus_message *reply = NULL;
	const char *seat, *object;

	tell(bus, session, message);
	/* One that ends just now has no properties any more. */
	if (sd_bus_get_property(bus, SERVICE, session, SESSION, "Seat", NULL, &reply, "(so)") < 0 ||
	    sd_bus_message_read(reply, "(so)", &seat, &object) < 0 || !*seat)
		return 0;
	return terminate(bus, id, error);
}

static int find_user(sd_bus *bus, uid_t uid, sd_bus_message **ret_reply, const char **ret, sd_bus_error *said)
{
	int r;

	r = sd_bus_call_method(bus, SERVICE, OBJECT, MANAGER, "GetUser", said, ret_reply, "u", (uint32_t)uid);
	return r < 0 ? r : sd_bus_message_read(*ret_reply, "o", ret);
}

int lend_logind_end_seats(const struct lend_fs *fs, uid_t uid, const char *message, struct lend_error *error)
{
	_cleanup_(sd_bus_error_free) sd_bus_error said = SD_BUS_ERROR_NULL;
	_cleanup_(unref_message) sd_bus_message *reply = NULL, *sessions = NULL;
	_cleanup_(unref_bus) sd_bus *bus = NULL;
	const char *user, *id, *session;
	char name[48];
	int r;

	(void)snprintf(name, sizeof(name), "user %u's sessions", uid);
	if (!lend_fs_is_host(fs))
		return 0;
	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = find_user(bus, uid, &reply, &user, &said);
	if (r >= 0)
		r = sd_bus_get_property(bus, SERVICE, user, USER, "Sessions", &said, &sessions, "a(so)");
	if (r >= 0)
		r = sd_bus_message_enter_container(sessions, 'a', "(so)");
	if (r < 0)
		return is_gone(&said) ? 0 : fail(error, r, name, &said);
	while ((r = sd_bus_message_read(sessions, "(so)", &id, &session)) > 0) {
		r = end_if_at_seat(bus, id, session, message, error);
		if (r < 0)
			return r;
	}
	return r < 0 ? fail(error, r, name, NULL) : 0;
}

int lend_logind_block_sleep(const char *why, struct lend_error *error)
{
	_cleanup_(sd_bus_error_free) sd_bus_error said = SD_BUS_ERROR_NULL;
	_cleanup_(unref_message) sd_bus_message *reply = NULL;
	_cleanup_(unref_bus) sd_bus *bus = NULL;
	int fd = -1, r;

	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = sd_bus_call_method(bus, SERVICE, OBJECT, MANAGER, "Inhibit", &said, &reply, "ssss", "sleep",
				       "lendpci", why, "block");
	if (r >= 0)
		r = sd_bus_message_read(reply, "h", &fd);
	/* The message's own goes with it. */
	if (r >= 0) {
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		r = fd < 0 ? -errno : 0;
	}
	if (r < 0)
		return lend_error_set(error, r, "logind: the host cannot be kept from sleeping: %s",
				      said.message ? said.message : strerror(-r));
	return fd;
}

bool lend_logind_has_user(const struct lend_fs *fs, uid_t uid)
{
	_cleanup_(unref_message) sd_bus_message *reply = NULL;
	_cleanup_(unref_bus) sd_bus *bus = NULL;
	const char *user;

	return lend_fs_is_host(fs) && sd_bus_open_system(&bus) >= 0 && find_user(bus, uid, &reply, &user, NULL) >= 0;
}
