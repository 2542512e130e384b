/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What uses a card inside the kernel, without a process to be found. */
#include "lendpci/know/holders/kernel_users.h"

#include <stdio.h>

#include "holders_host.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "test.h"

#define GPU "0000:01:00.0"
#define AUDIO "0000:01:00.1"
#define OTHER "0000:02:00.0"
#define PARAMETERS "sys/module/nvidia_drm/parameters/"

static void put_cards(const struct host *host)
{
	host_function(host, GPU, "nvidia");
	host_function(host, AUDIO, "snd_hda_intel");
	host_function(host, OTHER, "nouveau");
}

/* Asserts what is told of the three functions: "ADDRESS: sentence", one in a line. */
static void assert_users(const struct host *host, const char *lines)
{
	_cleanup_(lend_kernel_users_clear) struct lend_kernel_users users = { 0 };
	struct lend_address functions[3];
	char found[2048] = "";

	assert_int_equal(lend_address_parse(GPU, &functions[0], NULL), 0);
	assert_int_equal(lend_address_parse(AUDIO, &functions[1], NULL), 0);
	assert_int_equal(lend_address_parse(OTHER, &functions[2], NULL), 0);
	assert_done(lend_kernel_users_find(host->fs, functions, 3, &users, error));
	for (size_t i = 0; i < users.count; i++) {
		size_t length = strlen(found);

		(void)snprintf(found + length, sizeof(found) - length, "%s: %s\n",
			       lend_address_text(users.items[i].function).text, users.items[i].text);
		assert_string_not_equal(users.items[i].hint, "");
	}
	assert_string_equal(found, lines);
}

static void a_card_that_nvidia_drm_drives_is_told(void **state)
{
	struct host *host = *state;

	put_cards(host);
	host_put(host, PARAMETERS "modeset", "Y\n");
	assert_users(host, GPU ": nvidia_drm has it open inside the kernel (modeset=Y): "
			       "unbinding its driver nvidia may wait for that without end\n");
	host_put(host, PARAMETERS "fbdev", "Y\n");
	assert_users(host, GPU ": nvidia_drm has it open inside the kernel (modeset=Y, fbdev=Y, so the text console "
			       "too): unbinding its driver nvidia may wait for that without end\n");
}

/* Who may not read the parameter is told what may be: newer packages have it on. */
static void a_switch_that_cannot_be_read_counts_as_on(void **state)
{
	struct host *host = *state;

	put_cards(host);
	host_put(host, "sys/module/nvidia_drm/refcnt", "0\n");
	assert_users(host, GPU ": nvidia_drm has it open inside the kernel (modeset=Y): "
			       "unbinding its driver nvidia may wait for that without end\n");
}

static void nvidia_drm_without_modeset_or_not_loaded_keeps_nothing(void **state)
{
	struct host *host = *state;

	put_cards(host);
	assert_users(host, "");
	host_put(host, PARAMETERS "modeset", "N\n");
	host_put(host, PARAMETERS "fbdev", "Y\n");
	assert_users(host, "");
}

/* The daemon is a process with the card open, and is found as one. */
static void nvidia_persistenced_is_a_holder(void **state)
{
	struct host *host = *state;

	put_cards(host);
	host_put(host, "proc/driver/nvidia/gpus/" GPU "/information", "Device Minor: \t 0\n");
	host_process(host, 901, "nvidia-persiste", "/system.slice/nvidia-persistenced.service");
	host_open(host, 901, 4, "/dev/nvidia0");
	assert_holders(host, GPU, "nvidia-persiste (pid 901, nvidia-persistenced.service): /dev/nvidia0\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_card_that_nvidia_drm_drives_is_told),
		TEST(a_switch_that_cannot_be_read_counts_as_on),
		TEST(nvidia_drm_without_modeset_or_not_loaded_keeps_nothing),
		TEST(nvidia_persistenced_is_a_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
