/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Step "sessions": ends the sessions of users whose processes use the functions, where the host's configuration allows
 * that (stop_sessions). Nobody is logged in again after the loan: that is up to the display manager, which the step
 * "units" starts.
 *
 * A compositor is found either in its session's scope, or among the units of its user's own manager, user@UID.service,
 * with pipewire and all that outlives a session: logind stops that manager UserStopDelaySec= after the user's last
 * session, or never while somebody of that name is logged in by ssh. So then the sessions at a seat end, and the
 * manager is stopped; it runs again after the loan for a user who is still there.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/logind.h"
#include "lendpci/act/steps/step.h"
#include "lendpci/act/systemd.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"
#include "lendpci/base/text.h"

static bool is_manager(const char *name, uid_t *ret_uid)
{
	unsigned uid;
	int end = 0;

	if (sscanf(name, "user@%u.service%n", &uid, &end) != 1 || !end || name[end])
		return false;
	*ret_uid = uid;
	return true;
}

static bool sessions_applies(const struct lend_target *target)
{
	return target->facts->sessions && *target->facts->sessions;
}

/* Adds to what an earlier loan ended. */
static int sessions_read(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct lend_names *sessions = state;

	if (lend_text_add_words(sessions->text, sizeof(sessions->text), call->target->facts->sessions) < 0)
		return lend_error_set(error, -E2BIG, "%s: too many sessions use it",
				      lend_address_text(call->target->address).text);
	return *sessions->text != '\0';
}

static int end(const struct lend_step_call *call, const char *name, struct lend_error *error)
{
	const unsigned deadline_ms = call->settings->unbind_deadline_ms;
	char message[160];
	uid_t uid;
	int r;

	(void)snprintf(message, sizeof(message),
		       "lendpci: a virtual machine takes %s: sessions and services that use it end now",
		       lend_address_text(call->target->address).text);
	if (!is_manager(name, &uid))
		return lend_logind_end_session(call->fs, name, message, deadline_ms, error);
	r = lend_logind_end_seats(call->fs, uid, message, error);
	return r < 0 ? r : lend_systemd_stop(call->fs, name, deadline_ms, error);
}

static int sessions_apply(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct lend_names sessions = *(const struct lend_names *)state;
	char *save = NULL;

	for (char *name = strtok_r(sessions.text, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		int r = end(call, name, error);

		/* It has ended with the display manager. */
		if (r < 0 && r != -ENOENT)
			return lend_error_wrap(error, r, "%s", lend_address_text(call->target->address).text);
	}
	lend_progress_note(call->progress, "%s: ended %.160s, which used it",
			   lend_address_text(call->target->address).text, ((const struct lend_names *)state)->text);
	return 0;
}

/* Goes on after a failure and reports the first one. */
static int sessions_restore(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct lend_names sessions = *(const struct lend_names *)state;
	char *save = NULL;
	int first = 0;

	for (char *name = strtok_r(sessions.text, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		struct lend_error failure = { 0 };
		uid_t uid;
		int r;

		if (!is_manager(name, &uid) || (lend_fs_is_host(call->fs) && !lend_logind_has_user(call->fs, uid)))
			continue;
		r = lend_systemd_start(call->fs, name, &failure);
		if (r < 0 && first == 0) {
			first = r;
			*error = failure;
		}
	}
	return first;
}

static json_t *sessions_to_json(const void *state)
{
	return lend_names_to_json("sessions", state);
}

static bool sessions_from_json(const json_t *json, void *state)
{
	return lend_names_from_json(json, "sessions", state);
}

static void sessions_describe(const void *state, enum lend_direction direction, char *ret, size_t size)
{
	const struct lend_names *sessions = state;

	if (direction == LEND_DOWN)
		(void)snprintf(ret, size, "have logind end %.140s", sessions->text);
	else
		(void)snprintf(ret, size, "let those log in again whose sessions were ended");
}

const struct lend_step lend_step_sessions = {
	.name = "sessions",
	.scope = LEND_SCOPE_LOAN,
	.flags = LEND_STEP_IN_PARENT | LEND_STEP_TOLERANT | LEND_STEP_ADDS | LEND_STEP_EARLY,
	.state_size = sizeof(struct lend_names),
	.deadline_ms = lend_step_unbind_deadline,
	.applies = sessions_applies,
	.read = sessions_read,
	.apply = sessions_apply,
	.restore = sessions_restore,
	.to_json = sessions_to_json,
	.from_json = sessions_from_json,
	.describe = sessions_describe,
};
