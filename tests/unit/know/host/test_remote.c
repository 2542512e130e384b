/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which network card a command came in on. */
#include "lendpci/know/host/remote.h"

#include <stdio.h>

#include "holders_host.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/know/pci/function.h"
#include "test.h"

#define NIC "0000:03:00.0"
#define NETS "sys/devices/pci0000:00/0000:00:01.0/" NIC "/net"

/* Process @pid of @parent with @environment, a list that ends each word with '|'. */
static void put_process(const struct host *host, int pid, int parent, const char *environment)
{
	char path[128], text[256];

	(void)snprintf(path, sizeof(path), "proc/%d/stat", pid);
	host_put(host, path, "%d (a) shell) S %d 1 1 0 -1 0\n", pid, parent);
	(void)snprintf(path, sizeof(path), "%s/proc/%d/environ", host->root, pid);
	(void)snprintf(text, sizeof(text), "%s", environment);
	for (char *at = text; *at; at++)
		*at = (char)(*at == '|' ? '\0' : *at);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(environment), file), strlen(environment));
	assert_int_equal(fclose(file), 0);
}

static void the_address_is_in_the_environment_of_a_process_above(void **state)
{
	char address[INET6_ADDRSTRLEN] = "";
	struct host *host = *state;

	put_process(host, 300, 200, "HOME=/root|SHELL=/bin/sh|"); /* under sudo */
	put_process(host, 200, 100, "XSSH_CONNECTION=no|SSH_CONNECTION=198.51.100.1 50022 192.0.2.7 22|");
	put_process(host, 100, 1, "");
	assert_int_equal(lend_remote_address(host->fs, 300, address), 1);
	assert_string_equal(address, "192.0.2.7");
}

static void a_command_at_the_console_came_in_by_none(void **state)
{
	char address[INET6_ADDRSTRLEN] = "";
	struct host *host = *state;

	put_process(host, 300, 1, "TERM=linux|");
	assert_int_equal(lend_remote_address(host->fs, 300, address), 0);
	put_process(host, 300, 300, "TERM=linux|"); /* no process is its own parent, but it ends */
	assert_int_equal(lend_remote_address(host->fs, 300, address), 0);
	put_process(host, 300, 1, "SSH_CONNECTION=nonsense|");
	assert_int_equal(lend_remote_address(host->fs, 300, address), 0);
}

static void assert_carriers(const struct host *host, const char *name, const char *function)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses carriers = { 0 };

	assert_done(lend_interface_functions(host->fs, name, &carriers, error));
	assert_int_equal(carriers.count, function ? 1 : 0);
	if (function)
		assert_string_equal(lend_address_text(carriers.items[0]).text, function);
}

static void a_bridge_leads_to_the_card_below(void **state)
{
	struct host *host = *state;

	host_function(host, NIC, "igb");
	host_put(host, NETS "/eth1/flags", "0x1103\n");
	host_link(host, NETS "/eth1/device", "../../../" NIC);
	host_link(host, "sys/class/net/eth1", "../../devices/pci0000:00/0000:00:01.0/" NIC "/net/eth1");
	host_put(host, "sys/devices/virtual/net/vlan5/flags", "0x1003\n");
	host_put(host, "sys/devices/virtual/net/br0/flags", "0x1003\n");
	host_link(host, "sys/devices/virtual/net/br0/lower_vlan5", "../vlan5");
	host_link(host, "sys/devices/virtual/net/vlan5/lower_eth1", "../../../pci0000:00");
	host_link(host, "sys/class/net/br0", "../../devices/virtual/net/br0");
	host_link(host, "sys/class/net/vlan5", "../../devices/virtual/net/vlan5");
	assert_carriers(host, "eth1", NIC);
	assert_carriers(host, "br0", NIC);
	assert_carriers(host, "lo", NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_address_is_in_the_environment_of_a_process_above),
		TEST(a_command_at_the_console_came_in_by_none),
		TEST(a_bridge_leads_to_the_card_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
