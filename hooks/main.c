/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lendpci, the qemu hook: /etc/libvirt/hooks/qemu.d/lendpci NAME OPERATION SUBOPERATION EXTRA, domain XML on stdin.
 *
 * libvirt shows this program's stderr to the user when it fails, drops it when it succeeds, and takes its stdout as the
 * domain's new XML at restore and migrate. So: one sentence and one hint on stderr on failure, everything else to the
 * system journal, nothing on stdout.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "lendpci/act/log.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/late.h"
#include "lendpci/base/settings.h"
#include "lendpci/base/standard_streams.h"
#include "lendpci/base/text.h"
#include "lendpci/base/trace.h"
#include "operation.h"

/* More than libvirt accepts for a domain itself. */
enum { XML_MAX = 16 * 1024 * 1024 };

static void tell_log(int priority, const char *sentence, const struct lend_hook_call *call)
{
	lend_log(&(struct lend_log_line){
		.priority = priority, .sentence = sentence, .domain = call->domain, .operation = call->operation });
}

/* Of a hook that fails, or would: the domain was not let start, or a device is not home. */
static void log_failure(const struct lend_hook_call *call, int code, const struct lend_error *error)
{
	lend_log(&(struct lend_log_line){ .priority = LOG_ERR,
					  .kind = lend_hook_may_fail(call->operation) ? LEND_EVENT_REFUSED
										      : LEND_EVENT_UNRETURNED,
					  .sentence = error->text,
					  .domain = call->domain,
					  .operation = call->operation,
					  .reason = lend_log_reason(code),
					  .hint = error->hint });
}

static void event(void *userdata, const struct lend_log_line *line)
{
	const struct lend_hook_call *call = userdata;
	struct lend_log_line ours = *line;

	ours.domain = call->domain;
	ours.operation = call->operation;
	lend_log(&ours);
}

static void note(void *userdata, enum lend_note_level level, const char *sentence)
{
	static const int priorities[] = {
		[LEND_NOTE_ERROR] = LOG_ERR, [LEND_NOTE_WARNING] = LOG_WARNING, [LEND_NOTE_INFO] = LOG_INFO
	};
	const struct lend_hook_call *call = userdata;
	char line[1024];

	(void)snprintf(line, sizeof(line), "%s", sentence);
	lend_text_make_printable(line);
	tell_log(priorities[level], line, call);
}

/* For a hook that is run by hand: libvirt gives its hooks an environment of its own, without LENDPCI_DEBUG. */
static void trace_to_stderr(void *userdata, const char *line)
{
	(void)userdata;
	fprintf(stderr, "debug: %s\n", line);
}

static void trace_to_journal(void *userdata, const char *line)
{
	const struct lend_hook_call *call = userdata;

	tell_log(LOG_DEBUG, line, call);
}

/* Before the settings are read, only the environment can ask for it. */
static void trace_if_asked(struct lend_hook_call *call, const struct lend_settings *settings)
{
	const char *wish = getenv("LENDPCI_DEBUG");

	if (wish && *wish && strcmp(wish, "0") != 0)
		lend_trace_to(trace_to_stderr, NULL);
	else if (settings && settings->debug)
		lend_trace_to(trace_to_journal, call);
}

static int read_stdin(char **ret, size_t *ret_size, struct lend_error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t have = 0, room = 0;

	for (;;) {
		ssize_t n;

		if (have == room) {
			char *bigger = realloc(text, (room = room ? room * 2 : 64 * 1024) + 1);

			if (!bigger)
				return lend_error_set(error, -ENOMEM, "out of memory for the domain's XML");
			text = bigger;
		}
		n = read(STDIN_FILENO, text + have, room - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return lend_error_set(error, -errno, "cannot read the domain's XML: %s", strerror(errno));
		if (n == 0)
			break;
		have += (size_t)n;
		if (have > XML_MAX)
			return lend_error_set(error, -EFBIG, "the domain's XML is larger than %d MiB", XML_MAX >> 20);
	}
	text[have] = '\0';
	*ret = TAKE_PTR(text);
	*ret_size = have;
	return 0;
}

static int run(struct lend_hook_call *call, struct lend_error *error)
{
	_cleanup_(lend_fs_freep) struct lend_fs *fs = NULL;
	struct lend_settings settings;
	struct lend_context context = { .settings = &settings, .note = note, .event = event, .userdata = call };
	_cleanup_free_ char *xml = NULL;
	int r;

	r = read_stdin(&xml, &call->xml_size, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", call->domain);
	call->xml = xml;
	r = lend_fs_new("/", &fs, error);
	if (r < 0)
		return r;
	if (!lend_hook_concerns(fs, call)) {
		lend_trace("%s: %s: nothing in its XML is ours", call->domain, call->operation);
		return 0;
	}
	context.fs = fs;
	r = lend_settings_load(fs, &settings, error);
	if (r < 0) {
		if (lend_hook_needs_settings(call->operation))
			return lend_error_wrap(error, r, "%s", call->domain);
		tell_log(LOG_WARNING, error->text, call);
		settings = lend_settings_default;
	}
	trace_if_asked(call, &settings);
	(void)lend_process_read(fs, getppid(), &call->daemon, NULL);
	lend_trace("%s: %s: called by process %d, XML of %zu bytes, hook of version %s", call->domain, call->operation,
		   (int)call->daemon.pid, call->xml_size, LENDPCI_VERSION);
	return lend_hook_run(&context, call, error);
}

/* The call of this process, for who ends it from anywhere. */
static struct lend_hook_call this_call;

static int failure_status(void)
{
	return lend_hook_may_fail(this_call.operation) ? 1 : 0;
}

static void end_at_once(const struct lend_error *error)
{
	(void)error;
	_exit(failure_status());
}

/* First where libvirt looks: the journal is told by a library that may be missing, too. Returns the exit status. */
static int fail(int code, const struct lend_error *error)
{
	fprintf(stderr, "%s\n", error->text);
	if (*error->hint)
		fprintf(stderr, "hint: %s\n", error->hint);
	lend_late_end_with(end_at_once);
	log_failure(&this_call, code, error);
	return failure_status();
}

static void end_without_library(const struct lend_error *error)
{
	struct lend_error told = *error;

	lend_error_wrap(&told, 0, "%s", this_call.domain);
	_exit(fail(-ELIBACC, &told));
}

int main(int argc, char **argv)
{
	struct lend_error error = { 0 };
	int r;

	lend_standard_streams_fill();
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("lendpci hook " LENDPCI_VERSION);
		return 0;
	}
	if (argc < 3) {
		fputs("usage: lendpci DOMAIN OPERATION SUBOPERATION EXTRA < DOMAIN.XML\n"
		      "hint: libvirt calls this program; to use lendpci, run 'lendpci' (see lendpci(1))\n",
		      stderr);
		return 2;
	}
	this_call = (struct lend_hook_call){ .domain = argv[1], .operation = argv[2] };

	/* Under qemu:///session the hook runs as the user, who can lend nothing. */
	if (geteuid() != 0 || !lend_hook_knows(this_call.operation))
		return 0;
	lend_late_end_with(end_without_library);
	trace_if_asked(&this_call, NULL);
	r = run(&this_call, &error);
	return r == 0 ? 0 : fail(r, &error);
}
