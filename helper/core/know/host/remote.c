/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which network card the command came in on: who lends that one locks themselves out. */
#include "lendpci/know/host/remote.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/function.h"

/* A shell in a shell in a terminal multiplexer; a VLAN on a bond on a bridge. */
enum { ANCESTORS_MAX = 16, LOWER_MAX = 8, ENVIRONMENT_MAX = 4 * 1024 * 1024 };

/* The value of SSH_CONNECTION in NUL-separated @text; NULL for none. */
static const char *find_connection(const char *text, size_t size)
{
	static const char name[] = "SSH_CONNECTION=";

	for (const char *at = text; at < text + size; at += strlen(at) + 1)
		if (strncmp(at, name, sizeof(name) - 1) == 0)
			return at + sizeof(name) - 1;
	return NULL;
}

/* Field 4 of /proc/PID/stat, behind the last ')' of the command; 0 when it cannot be read. */
static pid_t parent_of(const struct lend_fs *fs, pid_t pid)
{
	char path[64], text[1024];
	const char *end;
	int parent;

	(void)snprintf(path, sizeof(path), "proc/%d/stat", pid);
	if (lend_fs_read(fs, path, text, sizeof(text), NULL) < 0)
		return 0;
	end = strrchr(text, ')');
	return end && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0;
}

int lend_remote_address(const struct lend_fs *fs, pid_t pid, char ret[static INET6_ADDRSTRLEN])
{
	for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++, pid = parent_of(fs, pid)) {
		_cleanup_free_ char *text = NULL;
		const char *connection;
		char path[64], address[INET6_ADDRSTRLEN + 1];
		size_t size;

		(void)snprintf(path, sizeof(path), "proc/%d/environ", pid);
		if (lend_fs_read_all(fs, path, ENVIRONMENT_MAX, &text, &size, NULL) < 0)
			continue;
		connection = find_connection(text, size);
		if (!connection)
			continue;
		/* "192.0.2.1 50022 192.0.2.7 22" */
		if (sscanf(connection, "%*s %*s %46s", address) != 1 || strlen(address) >= INET6_ADDRSTRLEN)
			return 0;
		memcpy(ret, address, strlen(address) + 1);
		return 1;
	}
	return 0;
}

static int add_below(const struct lend_fs *fs, const char *name, unsigned depth, struct lend_addresses *ret)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	struct lend_address address;
	char path[PATH_MAX], device[64];
	int r = 0;

	(void)snprintf(path, sizeof(path), "sys/class/net/%s/device", name);
	if (lend_fs_link_name(fs, path, device, sizeof(device), NULL) == 0 &&
	    lend_address_parse(device, &address, NULL) == 0 && !lend_addresses_contain(ret, address))
		r = lend_addresses_add(ret, address);
	(void)snprintf(path, sizeof(path), "sys/class/net/%s", name);
	if (r < 0 || depth == LOWER_MAX || lend_fs_list(fs, path, &names, NULL, NULL) < 0)
		return r;
	for (char **lower = names; r == 0 && *lower; lower++)
		if (strncmp(*lower, "lower_", strlen("lower_")) == 0)
			r = add_below(fs, *lower + strlen("lower_"), depth + 1, ret);
	return r;
}

int lend_interface_functions(const struct lend_fs *fs, const char *name, struct lend_addresses *ret,
			     struct lend_error *error)
{
	return add_below(fs, name, 0, ret) < 0 ? lend_error_set(error, -ENOMEM, "%s: out of memory", name) : 0;
}

static bool is_address(const struct sockaddr *address, const char *text)
{
	char now[INET6_ADDRSTRLEN];

	if (!address)
		return false;
	if (address->sa_family == AF_INET)
		return inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, now,
				 sizeof(now)) &&
		       strcmp(now, text) == 0;
	return address->sa_family == AF_INET6 &&
	       inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, now,
			 sizeof(now)) &&
	       strcmp(now, text) == 0;
}

int lend_remote_functions(const struct lend_fs *fs, struct lend_addresses *ret, struct lend_error *error)
{
	char address[INET6_ADDRSTRLEN];
	struct ifaddrs *list;
	int r = 0;

	if (!lend_fs_is_host(fs) || !lend_remote_address(fs, getpid(), address))
		return 0;
	/* A link-local address comes with its interface: "fe80::1%eth0". */
	address[strcspn(address, "%")] = '\0';
	if (getifaddrs(&list) < 0)
		return 0;
	for (const struct ifaddrs *one = list; r == 0 && one; one = one->ifa_next) {
		char name[IFNAMSIZ];

		if (!is_address(one->ifa_addr, address))
			continue;
		/* An old alias "eth0:1" is eth0. */
		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(one->ifa_name, ":"), one->ifa_name);
		r = lend_interface_functions(fs, name, ret, error);
	}
	freeifaddrs(list);
	return r;
}
