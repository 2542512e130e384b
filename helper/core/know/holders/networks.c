/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which network interfaces of a function are in use: up, and with an address, the default route or another interface
 * (a bridge, a bond, a VLAN, a guest's macvtap) on top.
 *
 * Relies on flags and upper_NAME in sys/class/net/NAME, on getifaddrs(3), and on /proc/net/route and ipv6_route. A
 * recorded machine knows no IPv4 addresses; there the networks that it is connected to stand for them. An interface in
 * another network namespace is invisible to sysfs.
 */
#include "networks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <limits.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/holders/list.h"
#include "node_list.h"

/* Adds interface @name with what it carries. Returns 1, so that a search can count, or -ENOMEM. */
static int add_holder(const struct lend_interface *interface, const char *what, struct lend_holders *holders)
{
	_cleanup_free_ char *text = NULL;

	if (asprintf(&text, "%s %s", interface->name, what) < 0 ||
	    lend_holders_add(holders, &(struct lend_holder){ .function = interface->function,
							     .command = (char *)"network",
							     .node = text }) < 0)
		return -ENOMEM;
	return 1;
}

/* The length of a network's prefix is the number of ones in its mask. */
static unsigned count_ones(const void *mask, size_t size)
{
	const unsigned char *bytes = mask;
	unsigned ones = 0;

	for (size_t i = 0; i < size; i++)
		ones += (unsigned)__builtin_popcount(bytes[i]);
	return ones;
}

static int add_address(const struct lend_interface *interface, int family, const void *address, unsigned prefix,
		       struct lend_holders *holders)
{
	char text[INET6_ADDRSTRLEN], what[INET6_ADDRSTRLEN + 16];

	/* The kernel gives every interface that is up a link-local address: nobody asked for it. */
	if (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)address))
		return 0;
	if (!inet_ntop(family, address, text, sizeof(text)))
		return 0;
	(void)snprintf(what, sizeof(what), "%s/%u", text, prefix);
	return add_holder(interface, what, holders);
}

static int add_host_address(const struct lend_interface *interface, const struct ifaddrs *entry,
			    struct lend_holders *holders)
{
	/* An old alias "eth0:1" is an address of eth0. */
	const size_t length = strcspn(entry->ifa_name, ":");

	if (!entry->ifa_addr || !entry->ifa_netmask || strncmp(entry->ifa_name, interface->name, length) != 0 ||
	    interface->name[length])
		return 0;
	if (entry->ifa_addr->sa_family == AF_INET) {
		const struct sockaddr_in *address = (const void *)entry->ifa_addr,
					 *mask = (const void *)entry->ifa_netmask;

		return add_address(interface, AF_INET, &address->sin_addr,
				   count_ones(&mask->sin_addr, sizeof(mask->sin_addr)), holders);
	}
	if (entry->ifa_addr->sa_family == AF_INET6) {
		const struct sockaddr_in6 *address = (const void *)entry->ifa_addr,
					  *mask = (const void *)entry->ifa_netmask;

		return add_address(interface, AF_INET6, &address->sin6_addr,
				   count_ones(&mask->sin6_addr, sizeof(mask->sin6_addr)), holders);
	}
	return 0;
}

/* Opens a table of the kernel's; NULL where it has none, as without IPv6. */
static FILE *open_table(const struct lend_fs *fs, const char *path)
{
	int fd = lend_fs_open(fs, path, O_RDONLY, NULL);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !file)
		(void)close(fd);
	return file;
}

/* A line of /proc/net/route, whose numbers are in network order as they lie in memory. */
struct route {
	char interface[64];
	uint32_t destination, gateway, flags, mask;
};

static bool parse_route(const char *line, struct route *ret)
{
	return sscanf(line, "%63s %" SCNx32 " %" SCNx32 " %" SCNx32 " %*s %*s %*s %" SCNx32, ret->interface,
		      &ret->destination, &ret->gateway, &ret->flags, &ret->mask) == 5 &&
	       !(ret->flags & RTF_REJECT);
}

static int add_recorded_networks(const struct lend_fs *fs, const struct lend_interface *interface,
				 struct lend_holders *holders)
{
	_cleanup_fclose_ FILE *table = open_table(fs, "proc/net/route");
	_cleanup_free_ char *line = NULL;
	int found = 0, r = 0;
	struct route route;
	size_t size = 0;

	while (table && r >= 0 && getline(&line, &size, table) >= 0) {
		if (!parse_route(line, &route) || route.gateway || !route.mask ||
		    strcmp(route.interface, interface->name) != 0)
			continue;
		r = add_address(interface, AF_INET, &route.destination, count_ones(&route.mask, sizeof(route.mask)),
				holders);
		found += r > 0;
	}
	return r < 0 ? r : found;
}

/* "20010db8000000000000000000000007 02 40 00 80     eth1": address, index, length of the prefix, scope, flags, name. */
static int add_recorded_addresses(const struct lend_fs *fs, const struct lend_interface *interface,
				  struct lend_holders *holders)
{
	_cleanup_fclose_ FILE *table = open_table(fs, "proc/net/if_inet6");
	_cleanup_free_ char *line = NULL;
	int found = 0, r = 0;
	size_t size = 0;

	while (table && r >= 0 && getline(&line, &size, table) >= 0) {
		struct in6_addr address;
		char digits[33], name[64];
		unsigned prefix;

		if (sscanf(line, "%32s %*s %x %*s %*s %63s", digits, &prefix, name) != 3 ||
		    strlen(digits) != sizeof(digits) - 1 || strcmp(name, interface->name) != 0)
			continue;
		for (size_t i = 0; i < sizeof(address); i++)
			if (sscanf(digits + 2 * i, "%2hhx", &address.s6_addr[i]) != 1)
				address.s6_addr[i] = 0;
		r = add_address(interface, AF_INET6, &address, prefix, holders);
		found += r > 0;
	}
	return r < 0 ? r : found;
}

static bool has_default_route(const struct lend_fs *fs, const char *interface)
{
	_cleanup_fclose_ FILE *table = open_table(fs, "proc/net/route");
	_cleanup_fclose_ FILE *table6 = open_table(fs, "proc/net/ipv6_route");
	_cleanup_free_ char *line = NULL;
	struct route route;
	size_t size = 0;

	while (table && getline(&line, &size, table) >= 0)
		if (parse_route(line, &route) && !route.destination && !route.mask &&
		    strcmp(route.interface, interface) == 0)
			return true;
	/* Destination, length of its prefix, source, its length, next hop, metric, two counts, flags, name. */
	while (table6 && getline(&line, &size, table6) >= 0) {
		unsigned prefix, flags;
		char name[64];

		if (sscanf(line, "%*s %x %*s %*s %*s %*s %*s %*s %x %63s", &prefix, &flags, name) == 3 && !prefix &&
		    !(flags & RTF_REJECT) && strcmp(name, interface) == 0)
			return true;
	}
	return false;
}

static bool is_up(const struct lend_fs *fs, const char *name)
{
	char path[PATH_MAX], text[32];
	uint32_t flags;

	(void)snprintf(path, sizeof(path), "sys/class/net/%s/flags", name);
	return lend_fs_read(fs, path, text, sizeof(text), NULL) == 0 && lend_text_to_u32(text, 0, &flags) == 0 &&
	       (flags & IFF_UP);
}

static int add_uppers(const struct lend_fs *fs, const struct lend_interface *interface, struct lend_holders *holders)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	char path[PATH_MAX];
	int found = 0;

	(void)snprintf(path, sizeof(path), "sys/class/net/%s", interface->name);
	if (lend_fs_list(fs, path, &names, NULL, NULL) < 0)
		return 0;
	for (char **name = names; *name; name++) {
		char what[NAME_MAX + 48];

		if (strncmp(*name, "upper_", strlen("upper_")) != 0)
			continue;
		(void)snprintf(what, sizeof(what), "carries %s%s", *name + strlen("upper_"),
			       has_default_route(fs, *name + strlen("upper_")) ? " with the default route" : "");
		if (add_holder(interface, what, holders) < 0)
			return -ENOMEM;
		found++;
	}
	return found;
}

static int add_addresses(const struct lend_fs *fs, const struct lend_interface *interface,
			 const struct ifaddrs *addresses, struct lend_holders *holders)
{
	int found = 0, r = 0;

	if (!lend_fs_is_host(fs)) {
		found = add_recorded_networks(fs, interface, holders);
		if (found >= 0)
			r = add_recorded_addresses(fs, interface, holders);
		return found < 0 ? found : r < 0 ? r : found + r;
	}
	for (const struct ifaddrs *entry = addresses; r >= 0 && entry; entry = entry->ifa_next) {
		r = add_host_address(interface, entry, holders);
		found += r > 0;
	}
	return r < 0 ? r : found;
}

static int find_network(const struct lend_fs *fs, const struct lend_interface *interface,
			const struct ifaddrs *addresses, struct lend_holders *holders)
{
	int uppers, found;

	if (!is_up(fs, interface->name))
		return 0;
	uppers = add_uppers(fs, interface, holders);
	if (uppers < 0)
		return uppers;
	found = add_addresses(fs, interface, addresses, holders);
	if (found < 0 || !has_default_route(fs, interface->name))
		return found < 0 ? found : 0;
	return add_holder(interface, "carries the default route", holders);
}

static void free_addresses(struct ifaddrs **addresses)
{
	if (*addresses)
		freeifaddrs(*addresses);
}

int lend_networks_find(const struct lend_fs *fs, const struct lend_nodes *nodes, struct lend_holders *holders,
		       struct lend_error *error)
{
	_cleanup_(free_addresses) struct ifaddrs *addresses = NULL;

	if (lend_fs_is_host(fs) && getifaddrs(&addresses) < 0)
		return lend_error_set(error, -errno, "cannot list the host's network addresses: %s", strerror(errno));
	for (size_t i = 0; i < nodes->interface_count; i++)
		if (find_network(fs, &nodes->interfaces[i], addresses, holders) < 0)
			return lend_error_set(error, -ENOMEM, "%s: out of memory", nodes->interfaces[i].name);
	return 0;
}
