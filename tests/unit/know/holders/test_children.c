/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses a function through what was made of it: mediated devices and virtual functions, on recorded hosts. */
#include "test.h"

#include <stdio.h>

#include "holders_host.h"

#define IGPU "0000:00:02.0"
#define PF "0000:03:00.0"
#define VF0 "0000:03:10.0"
#define VF1 "0000:03:10.2"
#define UUID "5bfcd486-c5eb-43e4-a5ee-97366690106f"

/* A mediated device of @parent; a VM can have it as soon as it has a group. */
static void put_mdev(const struct host *host, const char *parent, const char *uuid, const char *type, int group)
{
	char path[512], target[512];

	(void)snprintf(path, sizeof(path), "sys/devices/pci0000:00/0000:00:01.0/%s/%s/uevent", parent, uuid);
	host_put(host, path, "DRIVER=vfio_mdev\n");
	(void)snprintf(path, sizeof(path), "sys/devices/pci0000:00/0000:00:01.0/%s/%s/mdev_type", parent, uuid);
	(void)snprintf(target, sizeof(target), "../mdev_supported_types/%s", type);
	host_link(host, path, target);
	(void)snprintf(path, sizeof(path), "sys/devices/pci0000:00/0000:00:01.0/%s/%s/iommu_group", parent, uuid);
	(void)snprintf(target, sizeof(target), "../../../../../kernel/iommu_groups/%d", group);
	host_link(host, path, target);
	(void)snprintf(path, sizeof(path), "sys/bus/mdev/devices/%s", uuid);
	(void)snprintf(target, sizeof(target), "../../../devices/pci0000:00/0000:00:01.0/%s/%s", parent, uuid);
	host_link(host, path, target);
}

static void put_virtual(const struct host *host, int number, const char *address, const char *driver, int group)
{
	char path[512], target[64];

	host_function(host, address, driver);
	host_group(host, address, group);
	(void)snprintf(path, sizeof(path), "sys/devices/pci0000:00/0000:00:01.0/" PF "/virtfn%d", number);
	(void)snprintf(target, sizeof(target), "../%s", address);
	host_link(host, path, target);
}

static void a_gpu_is_in_use_while_a_vm_has_a_part_of_it(void **state)
{
	struct host *host = *state;

	host_function(host, IGPU, "i915");
	host_group(host, IGPU, 1);
	put_mdev(host, IGPU, UUID, "i915-GVTg_V5_4", 12);
	host_process(host, 4242, "qemu-system-x86", "/machine.slice/machine-qemu\\x2d1\\x2dwin10.scope");
	host_open(host, 4242, 33, "/dev/vfio/12");
	assert_holders(host, IGPU,
		       "qemu-system-x86 (pid 4242, machine-qemu\\x2d1\\x2dwin10.scope): "
		       "/dev/vfio/12 (mdev " UUID " of type i915-GVTg_V5_4)\n");
}

/* Made for a VM that does not run now: it would be gone when that starts. Other cards' are not this one's business. */
static void a_gpu_is_in_use_while_a_part_of_it_waits_for_its_vm(void **state)
{
	struct host *host = *state;

	host_function(host, IGPU, "nvidia");
	host_function(host, "0000:00:02.1", "nvidia");
	put_mdev(host, IGPU, UUID, "nvidia-63", 12);
	put_mdev(host, "0000:00:02.1", "0e7f1a36-91a0-4a8e-8d2e-2f1d3a1f6a01", "nvidia-64", 13);
	host_process(host, 4242, "qemu-system-x86", "/");
	host_open(host, 4242, 33, "/dev/vfio/13");
	assert_holders(host, IGPU, "mdev: " UUID " of type nvidia-63\n");
}

/* With iommufd nobody opens the group: the mdev has a node of its own, like a function. */
static void a_vm_that_has_an_mdev_by_iommufd_is_named(void **state)
{
	struct host *host = *state;

	host_function(host, IGPU, "i915");
	put_mdev(host, IGPU, UUID, "i915-GVTg_V5_8", 12);
	host_put(host, "sys/devices/pci0000:00/0000:00:01.0/" IGPU "/" UUID "/vfio-dev/vfio2/dev", "240:2\n");
	host_process(host, 4242, "qemu-system-x86", "/");
	host_open(host, 4242, 33, "/dev/vfio/devices/vfio2");
	assert_holders(host, IGPU,
		       "qemu-system-x86 (pid 4242): /dev/vfio/devices/vfio2 (mdev " UUID " of type i915-GVTg_V5_8)\n");
}

static void a_nic_is_in_use_while_a_vm_has_one_of_its_virtual_functions(void **state)
{
	struct host *host = *state;

	host_function(host, PF, "igb");
	put_virtual(host, 0, VF0, "vfio-pci", 40);
	put_virtual(host, 1, VF1, "vfio-pci", 41);
	host_process(host, 900, "qemu-system-x86", "/");
	host_open(host, 900, 30, "/dev/vfio/40");
	assert_holders(host, PF,
		       "virtual function: " VF1 " on vfio-pci\n"
		       "qemu-system-x86 (pid 900): /dev/vfio/40 (virtual function " VF0 ")\n");
	assert_holders(host, VF1, "");
	assert_holders(host, VF0, "qemu-system-x86 (pid 900): /dev/vfio/40\n");
}

/* The host's own use of a virtual function ends with the physical one as well. */
static void a_nic_is_in_use_while_the_host_uses_one_of_its_virtual_functions(void **state)
{
	struct host *host = *state;

	host_function(host, PF, "igb");
	put_virtual(host, 0, VF0, "igbvf", 40);
	host_put(host, "sys/devices/pci0000:00/0000:00:01.0/" VF0 "/net/enp3s0v0/flags", "0x1003\n");
	host_link(host, "sys/class/net/enp3s0v0", "../../devices/pci0000:00/0000:00:01.0/" VF0 "/net/enp3s0v0");
	host_put(host, "proc/net/route",
		 "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
		 "enp3s0v0\t000A0A0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n");
	assert_holders(host, PF, "network: enp3s0v0 10.10.10.0/24\n");
}

static void virtual_functions_that_nobody_uses_do_not_count(void **state)
{
	struct host *host = *state;

	host_function(host, PF, "igb");
	put_virtual(host, 0, VF0, "igbvf", 40);
	put_virtual(host, 1, VF1, NULL, 41);
	assert_holders(host, PF, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_gpu_is_in_use_while_a_vm_has_a_part_of_it),
		TEST(a_gpu_is_in_use_while_a_part_of_it_waits_for_its_vm),
		TEST(a_vm_that_has_an_mdev_by_iommufd_is_named),
		TEST(a_nic_is_in_use_while_a_vm_has_one_of_its_virtual_functions),
		TEST(a_nic_is_in_use_while_the_host_uses_one_of_its_virtual_functions),
		TEST(virtual_functions_that_nobody_uses_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
