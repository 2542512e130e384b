/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds in the system journal what AppArmor or SELinux denied to the hook. */
#include "service/lsm_denials.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"

static void close_journal(sd_journal **journal)
{
	sd_journal_close(*journal);
}

/* Either the hook was denied something, or libvirtd was denied to run it. */
static bool is_about_the_hook(const char *message)
{
	return (strstr(message, "apparmor=\"DENIED\"") || strstr(message, "avc:  denied")) &&
	       (strstr(message, "hooks/qemu.d/lendpci") || strstr(message, "comm=\"lendpci\""));
}

/*
 * Which file another process has mapped may be read with CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN. The kernel tries the
 * first, which is denied and logged, and then the second, which libvirtd's profile allows.
 */
static bool is_harmless(const char *message)
{
	return strstr(message, "checkpoint_restore");
}

static int select_messages(sd_journal *journal)
{
	char boot[sizeof("_BOOT_ID=") + SD_ID128_STRING_MAX];
	sd_id128_t id;
	int r;

	r = sd_id128_get_boot(&id);
	if (r < 0)
		return r;
	(void)snprintf(boot, sizeof(boot), "_BOOT_ID=" SD_ID128_FORMAT_STR, SD_ID128_FORMAT_VAL(id));
	r = sd_journal_add_match(journal, boot, 0);
	if (r >= 0)
		r = sd_journal_add_conjunction(journal);
	if (r >= 0)
		r = sd_journal_add_match(journal, "_TRANSPORT=kernel", 0);
	if (r >= 0)
		r = sd_journal_add_match(journal, "_TRANSPORT=audit", 0);
	return r;
}

int lend_lsm_denials_find(char *ret, size_t size)
{
	_cleanup_(close_journal) sd_journal *journal = NULL;
	size_t messages = 0;
	int r;

	r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
	if (r >= 0)
		r = select_messages(journal);
	if (r < 0)
		return r;
	while ((r = sd_journal_next(journal)) > 0) {
		const char *field;
		char message[1024];
		size_t length;

		messages++;
		if (sd_journal_get_data(journal, "MESSAGE", (const void **)&field, &length) < 0)
			continue;
		(void)snprintf(message, sizeof(message), "%.*s", (int)length, field);
		if (!is_about_the_hook(message) || is_harmless(message))
			continue;
		(void)snprintf(ret, size, "%s", message + strlen("MESSAGE="));
		lend_text_make_printable(ret);
		return 1;
	}
	/* A boot without a single kernel message means that we may not read the journal. */
	return r < 0 ? r : messages ? 0 : -ENODATA;
}
