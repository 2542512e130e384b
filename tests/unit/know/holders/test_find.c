/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes use a function: on recorded hosts, and on the one that runs the test. */
#include "test.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "holders_host.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/holders/find.h"

#define GPU "0000:01:00.0"
#define AUDIO "0000:01:00.1"

/* A Radeon on amdgpu with its audio function. */
static void put_card(const struct host *host)
{
	host_function(host, GPU, "amdgpu");
	host_device(host, GPU, "drm/card0", "226:0", "dri/card0", NULL);
	host_device(host, GPU, "drm/renderD128", "226:128", "dri/renderD128", NULL);
	host_device(host, GPU, "graphics/fb0", "29:0", "fb0", NULL);
	host_device(host, GPU, "i2c-3/i2c-dev/i2c-3", "89:3", "i2c-3", NULL);
	host_function(host, AUDIO, "snd_hda_intel");
	host_device(host, AUDIO, "sound/card0/controlC0", "116:0", "snd/controlC0", NULL);
	host_device(host, AUDIO, "sound/card0/pcmC0D3p", "116:2", "snd/pcmC0D3p", NULL);
}

static void a_card_that_nobody_uses_has_no_holders(void **state)
{
	struct host *host = *state;

	put_card(host);
	host_process(host, 812, "Xorg", "/system.slice/display-manager.service");
	host_open(host, 812, 5, "/dev/dri/card1");
	host_open(host, 812, 6, "/dev/dri/card01");
	host_open(host, 812, 7, "socket:[1234]");
	host_open(host, 812, 8, "/home/me/dev/dri/card0");
	assert_holders(host, GPU " " AUDIO, "");
}

static void every_user_of_the_card_is_named_with_pid_unit_and_node(void **state)
{
	struct host *host = *state;

	put_card(host);
	host_process(host, 812, "Xorg", "/system.slice/display-manager.service");
	host_open(host, 812, 5, "/dev/dri/card0");
	host_open(host, 812, 6, "/dev/dri/card0");
	host_process(host, 99, "cat", "/");
	host_open(host, 99, 3, "/dev/snd/pcmC0D3p");
	host_process(host, 1500, "ddcutil", "/user.slice/user-1000.slice/session-2.scope");
	host_open(host, 1500, 3, "/dev/i2c-3");
	host_process(host, 1501, "rocm", "/machine.slice/libpod-77.scope/container/system.slice/inner.service");
	host_open(host, 1501, 3, "/dev/kfd");
	assert_holders(host, GPU " " AUDIO,
		       "Xorg (pid 812, display-manager.service): /dev/dri/card0\n"
		       "ddcutil (pid 1500, session-2.scope): /dev/i2c-3\n"
		       "rocm (pid 1501, libpod-77.scope): /dev/kfd\n"
		       "cat (pid 99): /dev/snd/pcmC0D3p\n");
	assert_holders(host, AUDIO, "cat (pid 99): /dev/snd/pcmC0D3p\n");
}

/* An open control node alone makes snd_card_free() wait, and sound servers keep one open for every card. */
static void a_sound_server_that_plays_nothing_holds_the_card_all_the_same(void **state)
{
	struct host *host = *state;

	put_card(host);
	host_process(host, 2001, "wireplumber",
		     "/user.slice/user-1000.slice/user@1000.service/session.slice/wireplumber.service");
	host_open(host, 2001, 20, "/dev/snd/controlC0");
	assert_holders(host, AUDIO, "wireplumber (pid 2001, wireplumber.service): /dev/snd/controlC0\n");
}

/* A user may call his own service as he likes; whoever stops units by name has to know that it is none of the system.
 */
static void a_users_own_service_is_not_taken_for_the_systems(void **state)
{
	static const struct {
		const char *group, *unit;
		bool is_user_unit;
	} cases[] = {
		{ "/system.slice/display-manager.service", "display-manager.service", false },
		{ "/user.slice/user-7.slice/user@7.service/app.slice/display-manager.service",
		  "display-manager.service", true },
		{ "/user.slice/user-7.slice/user@7.service/init.scope", "init.scope", true },
		{ "/user.slice/user-7.slice/user@7.service", "user@7.service", false },
		{ "/user.slice/user-7.slice/session-2.scope", "session-2.scope", false },
		{ "/system.slice/docker-77.scope/user@7.service/inner.service", "docker-77.scope", false },
		{ "/.service/-.slice", NULL, false },
	};
	struct host *host = *state;

	put_card(host);
	for (int i = 0; i < (int)LEND_ARRAY_SIZE(cases); i++) {
		host_process(host, 10 + i, "player", cases[i].group);
		host_open(host, 10 + i, 3, "/dev/snd/pcmC0D3p");
	}
	for (int i = 0; i < (int)LEND_ARRAY_SIZE(cases); i++) {
		_cleanup_(lend_holders_clear) struct lend_holders holders = { 0 };
		const struct lend_address audio = { .bus = 1, .function = 1 };

		assert_done(lend_holders_find(host->fs, &audio, 1, &holders, error));
		assert_int_equal(holders.count, LEND_ARRAY_SIZE(cases));
		assert_int_equal(holders.items[i].is_user_unit, cases[i].is_user_unit);
		if (cases[i].unit)
			assert_string_equal(holders.items[i].unit, cases[i].unit);
		else
			assert_null(holders.items[i].unit);
	}
}

static void a_mapping_outlives_its_descriptor(void **state)
{
	struct host *host = *state;

	put_card(host);
	host_process(host, 700, "compositor", "/");
	host_put(host, "proc/700/maps",
		 "55d0c8a00000-55d0c8a02000 r--p 00000000 fd:01 99     /dev/dri\n"
		 "7f12c0000000-7f12c0001000 rw-s 10000000 00:05 123    /dev/dri/renderD128 (deleted)\n"
		 "7f12c0001000-7f12c0002000 rw-p 00000000 00:00 0      [anon:x/dev/dri/card0]\n"
		 "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0      [stack]\n");
	assert_holders(host, GPU, "compositor (pid 700): /dev/dri/renderD128\n");
}

static void a_node_that_udev_has_removed_is_still_held(void **state)
{
	struct host *host = *state;

	put_card(host);
	host_process(host, 700, "game", "/");
	host_open(host, 700, 9, "/dev/dri/card0 (deleted)");
	assert_holders(host, GPU, "game (pid 700): /dev/dri/card0\n");
}

/* With a second card on the same driver, nodes that both share prove nothing about the first. */
static void shared_nodes_count_when_no_other_card_is_left_to_use_them(void **state)
{
	struct host *host = *state;

	host_function(host, GPU, "nvidia");
	host_put(host, "proc/driver/nvidia/gpus/" GPU "/information",
		 "Model: \t\t Some Card\nIRQ:   \t\t 150\nDevice Minor: \t 1\nGPU Excluded:\t No\n");
	host_process(host, 300, "Xorg", "/");
	host_open(host, 300, 3, "/dev/nvidia1");
	host_open(host, 300, 4, "/dev/nvidiactl");
	host_open(host, 300, 5, "/dev/nvidia0");
	host_open(host, 300, 6, "/dev/nvidia-uvm");
	assert_holders(host, GPU,
		       "Xorg (pid 300): /dev/nvidia-uvm\n"
		       "Xorg (pid 300): /dev/nvidia1\n"
		       "Xorg (pid 300): /dev/nvidiactl\n");
	host_function(host, "0000:01:01.0", "nvidia");
	assert_holders(host, GPU, "Xorg (pid 300): /dev/nvidia1\n");
}

/* Everything that hangs on a USB controller goes with it. logind only listens for the power button. */
static void what_hangs_on_a_usb_controller_counts(void **state)
{
	struct host *host = *state;

	host_function(host, "0000:01:00.2", "xhci_hcd");
	host_device(host, "0000:01:00.2", "usb3/3-1", "189:257", "bus/usb/003/002", "usb_device");
	host_device(host, "0000:01:00.2", "usb3/3-1/3-1.4/3-1.4:1.0/0003:046D:C52B.0001/input/input9/event9", "13:73",
		    "input/event9", NULL);
	host_device(host, "0000:01:00.2", "usb3/3-1/3-1.4/3-1.4:1.0/0003:046D:C52B.0001/hidraw/hidraw0", "241:0",
		    "hidraw0", NULL);
	host_device(host, "0000:01:00.2", "usb3/3-2/3-2:1.0/host6/target6:0:0/6:0:0:0/block/sdb", "8:16", "sdb",
		    "disk");
	host_process(host, 640, "systemd-logind", "/system.slice/systemd-logind.service");
	host_open(host, 640, 30, "/dev/input/event9");
	host_process(host, 642, "Xorg", "/user.slice/user-1000.slice/session-2.scope");
	host_open(host, 642, 20, "/dev/input/event9");
	/* One that only calls itself so. */
	host_process(host, 643, "systemd-logind", "/system.slice/other.service");
	host_open(host, 643, 30, "/dev/input/event9");
	host_process(host, 641, "dd", "/");
	host_open(host, 641, 1, "/dev/sdb");
	host_mounts(host, 641, "mnt:[1]", "60 29 8:16 / /media/stick rw - vfat /dev/sdb rw\n");
	assert_holders(host, "0000:01:00.2",
		       "mount: /dev/sdb on /media/stick\n"
		       "dd (pid 641): /dev/sdb\n"
		       "Xorg (pid 642, session-2.scope): /dev/input/event9\n"
		       "systemd-logind (pid 643, other.service): /dev/input/event9\n");
}

/* A name that a stranger chose must not drive the administrator's terminal or break the JSON. */
static void a_hostile_process_name_is_made_harmless(void **state)
{
	struct host *host = *state;

	put_card(host);
	host_process(host, 666, "a\033[2J\nb\t\x7f\xff\xc3\x28\xe2\x80\xae\xc2\x9b\xc3\xa9", "/evil\033.service");
	host_open(host, 666, 3, "/dev/dri/card0");
	assert_holders(host, GPU,
		       "a?[2J?b???"
		       "?(??\xc3\xa9 (pid 666, evil?.service): /dev/dri/card0\n");
}

static void bytes_that_are_no_utf8_become_question_marks(void **state)
{
	static const struct {
		const char *text, *printable;
	} cases[] = {
		{ "", "" },
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xc0\xaf", "??" },                     /* overlong slash */
		{ "\xed\xa0\x80", "???" },                /* surrogate */
		{ "\xf4\x90\x80\x80", "????" },           /* beyond Unicode */
		{ "\xe2\x82", "??" },                     /* cut off */
		{ "a\xe2\x81\xa6z\xe2\x80\xa8", "a?z?" }, /* turns the direction, separates lines */
	};

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(cases); i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "%s", cases[i].text);
		lend_text_make_printable(text);
		assert_string_equal(text, cases[i].printable);
	}
}

/* Between two reads anything may be gone: the name, the link's directory, the whole process. */
static void a_process_that_vanishes_is_passed_over(void **state)
{
	struct host *host = *state;
	char path[PATH_MAX];

	put_card(host);
	host_open(host, 400, 3, "/dev/dri/card0");
	host_put(host, "proc/401/comm", "gone\n");
	host_put(host, "proc/402/fd/3", "no link\n");
	host_put(host, "proc/4294967296/comm", "no pid\n");
	host_process(host, 403, "stays", "/");
	host_open(host, 403, 3, "/dev/dri/card0");
	(void)snprintf(path, sizeof(path), "%s/proc/403/cgroup", host->root);
	assert_int_equal(remove(path), 0);
	assert_holders(host, GPU, "stays (pid 403): /dev/dri/card0\n");
}

static void a_function_on_vfio_or_without_a_driver_that_nobody_holds_is_free(void **state)
{
	struct host *host = *state;

	host_function(host, GPU, "vfio-pci");
	host_device(host, GPU, "vfio-dev/vfio0", "240:0", "vfio/devices/vfio0", NULL);
	host_group(host, GPU, 12);
	host_function(host, AUDIO, NULL);
	host_process(host, 900, "qemu-system-x86", "/");
	host_open(host, 900, 30, "/dev/vfio/devices/vfio1");
	host_open(host, 900, 31, "/dev/vfio/13");
	host_open(host, 900, 32, "/dev/vfio/vfio");
	assert_holders(host, GPU " " AUDIO " 0000:7f:00.0", "");
}

/* A QEMU that libvirt does not know, and that we have lent nothing to. */
static void somebody_elses_vm_is_named(void **state)
{
	struct host *host = *state;

	host_function(host, GPU, "vfio-pci");
	host_group(host, GPU, 31);
	host_function(host, AUDIO, NULL);
	host_group(host, AUDIO, 31);
	host_process(host, 4242, "kvm", "/qemu.slice/100.scope");
	host_open(host, 4242, 30, "/dev/vfio/31");
	/* The audio function without a driver goes with the group that the VM has. */
	assert_holders(host, GPU " " AUDIO,
		       "kvm (pid 4242, 100.scope): /dev/vfio/31\n"
		       "kvm (pid 4242, 100.scope): /dev/vfio/31\n");
}

/* vfio-user servers and newer QEMUs open the function itself; a variant driver is bound for a VM that migrates. */
static void a_program_on_the_iommufd_node_of_a_variant_driver_is_named(void **state)
{
	struct host *host = *state;

	host_function(host, GPU, "mlx5_vfio_pci");
	host_group(host, GPU, 31);
	host_device(host, GPU, "vfio-dev/vfio3", "240:3", "vfio/devices/vfio3", NULL);
	host_process(host, 77, "nvmf_tgt", "/system.slice/spdk.service");
	host_open(host, 77, 9, "/dev/vfio/devices/vfio3");
	assert_holders(host, GPU, "nvmf_tgt (pid 77, spdk.service): /dev/vfio/devices/vfio3\n");
}

/* A recorded machine without /proc is a machine without processes. */
static void a_machine_without_processes_has_none(void **state)
{
	struct host *host = *state;
	char path[PATH_MAX];

	put_card(host);
	(void)snprintf(path, sizeof(path), "%s/proc/version", host->root);
	assert_int_equal(remove(path), 0);
	(void)snprintf(path, sizeof(path), "%s/proc", host->root);
	assert_int_equal(remove(path), 0);
	assert_holders(host, GPU, "");
}

/* Behind a bridge are functions of their own; below Intel VMD's function lie those that go where it goes. */
static void a_bridge_does_not_answer_for_what_is_behind_it(void **state)
{
	struct host *host = *state;

	host_function(host, GPU, "pcieport");
	host_device(host, GPU, "0000:02:00.0/nvme/nvme0", "240:0", "nvme0", NULL);
	host_function(host, AUDIO, "vmd");
	host_device(host, AUDIO, "pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme1", "240:1", "nvme1", NULL);
	host_process(host, 50, "smartd", "/");
	host_open(host, 50, 3, "/dev/nvme0");
	host_open(host, 50, 4, "/dev/nvme1");
	assert_holders(host, GPU, "");
	assert_holders(host, AUDIO, "smartd (pid 50): /dev/nvme1\n");
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* The scan runs in the hook, at every start of a VM. A pass over 2,000 processes that took seconds would be felt.
 * Counted in CPU time. */
static void two_thousand_processes_take_no_time_to_speak_of(void **state)
{
	struct host *host = *state;
	struct timespec start;
	double took;

	put_card(host);
	for (int pid = 1000; pid < 3000; pid++) {
		host_process(host, pid, "worker", "/system.slice/worker.service");
		for (int fd = 0; fd < 4; fd++)
			host_open(host, pid, fd, fd < 3 ? "/dev/null" : "socket:[1]");
	}
	host_open(host, 2999, 4, "/dev/dri/card0");
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	assert_holders(host, GPU, "worker (pid 2999, worker.service): /dev/dri/card0\n");
	took = seconds_since(&start);
	print_message("2000 processes: %.0f ms\n", took * 1000);
	assert_true(took < 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_card_that_nobody_uses_has_no_holders),
		TEST(every_user_of_the_card_is_named_with_pid_unit_and_node),
		TEST(a_sound_server_that_plays_nothing_holds_the_card_all_the_same),
		TEST(a_users_own_service_is_not_taken_for_the_systems),
		TEST(a_mapping_outlives_its_descriptor),
		TEST(a_node_that_udev_has_removed_is_still_held),
		TEST(shared_nodes_count_when_no_other_card_is_left_to_use_them),
		TEST(what_hangs_on_a_usb_controller_counts),
		TEST(a_hostile_process_name_is_made_harmless),
		TEST(bytes_that_are_no_utf8_become_question_marks),
		TEST(a_process_that_vanishes_is_passed_over),
		TEST(a_function_on_vfio_or_without_a_driver_that_nobody_holds_is_free),
		TEST(somebody_elses_vm_is_named),
		TEST(a_program_on_the_iommufd_node_of_a_variant_driver_is_named),
		TEST(a_machine_without_processes_has_none),
		TEST(a_bridge_does_not_answer_for_what_is_behind_it),
		TEST(two_thousand_processes_take_no_time_to_speak_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
