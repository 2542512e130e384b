/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system's journal, spoken to as journald(8) hears it. */
#include "lendpci/base/system_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "lendpci/base/cleanup.h"

enum { FIELDS_MAX = 64 };

/* The value of field @name, NULL without it. */
static const char *find(const char *const fields[], size_t count, const char *name)
{
	const size_t length = strlen(name);

	for (size_t i = 0; i < count; i++)
		if (strncmp(fields[i], name, length) == 0 && fields[i][length] == '=')
			return fields[i] + length + 1;
	return NULL;
}

/* Each field and a newline: the form for values that have none. 0 or -errno. */
static int send_plain(const char *const fields[], size_t count)
{
	static const struct sockaddr_un journal = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket" };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct iovec parts[2 * FIELDS_MAX];
	struct msghdr message = {
		.msg_name = (void *)&journal,
		.msg_namelen = sizeof(journal),
		.msg_iov = parts,
		.msg_iovlen = 2 * count,
	};

	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < count; i++) {
		parts[2 * i] = (struct iovec){ (void *)fields[i], strlen(fields[i]) };
		parts[2 * i + 1] = (struct iovec){ (void *)"\n", 1 };
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void send_by_library(const char *const fields[], size_t count)
{
	struct iovec parts[FIELDS_MAX];

	for (size_t i = 0; i < count; i++)
		parts[i] = (struct iovec){ (void *)fields[i], strlen(fields[i]) };
	(void)sd_journal_sendv(parts, (int)count);
}

static void send_to_syslog(const char *const fields[], size_t count)
{
	const char *message = find(fields, count, "MESSAGE"), *priority = find(fields, count, "PRIORITY");
	const char *identifier = find(fields, count, "SYSLOG_IDENTIFIER");

	if (!message)
		return;
	openlog(identifier ? identifier : "lendpci", LOG_PID, LOG_DAEMON);
	syslog(priority ? atoi(priority) : LOG_INFO, "%s", message);
	closelog();
}

void lend_system_log(const char *const fields[], size_t count)
{
	int r = 0;

	if (count > FIELDS_MAX)
		count = FIELDS_MAX;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = strchr(fields[i], '\n') ? -EINVAL : 0;
	if (r == 0)
		r = send_plain(fields, count);
	if (r == -ENOENT || r == -ECONNREFUSED)
		send_to_syslog(fields, count);
	else if (r < 0)
		send_by_library(fields, count);
}
