/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What steps have in common: their deadline, and an attribute of sysfs that is changed for a loan. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/steps/step.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"

unsigned lend_step_unbind_deadline(const struct lend_settings *settings)
{
	return settings->unbind_deadline_ms;
}

const struct lend_wish *lend_wish_of(const struct lend_target *target)
{
	for (size_t i = 0; i < target->facts->wish_count; i++)
		if (lend_address_equal(target->facts->wishes[i].address, target->address))
			return &target->facts->wishes[i];
	return NULL;
}

/* "" where the kernel has no such attribute. */
static int read_now(const struct lend_step_call *call, const char *attribute, char ret[static 64],
		    struct lend_error *error)
{
	int r;

	r = lend_fs_read(call->fs, lend_function_path(call->target->address, attribute).text, ret, 64, error);
	if (r == -ENOENT)
		ret[0] = '\0';
	return r == -ENOENT ? 0 : r;
}

int lend_change_read(const struct lend_step_call *call, const char *attribute, const char *want,
		     struct lend_change *ret, struct lend_error *error)
{
	struct lend_change change = { 0 };
	int r;

	r = read_now(call, attribute, change.before, error);
	if (r < 0)
		return r;
	if (!*change.before || strcmp(change.before, want) == 0) {
		*ret = (struct lend_change){ 0 };
		return 0;
	}
	(void)snprintf(change.want, sizeof(change.want), "%s", want);
	*ret = change;
	return 1;
}

static int write_verified(const struct lend_step_call *call, const char *attribute, const char *want,
			  struct lend_error *error)
{
	const struct lend_address address = call->target->address;
	char now[64];
	int r;

	r = lend_fs_write(call->fs, lend_function_path(address, attribute).text, want, error);
	if (r < 0)
		return r;
	r = read_now(call, attribute, now, error);
	if (r < 0)
		return r;
	if (strcmp(now, want) != 0)
		return lend_error_set(error, -EIO, "%s: the kernel kept %s at '%s' instead of '%s'",
				      lend_address_text(address).text, attribute, now, want);
	return 0;
}

int lend_change_apply(const struct lend_step_call *call, const char *attribute, const struct lend_change *change,
		      struct lend_error *error)
{
	char now[64];
	int r;

	if (!*change->want)
		return 0;
	r = read_now(call, attribute, now, error);
	if (r < 0 || strcmp(now, change->want) == 0)
		return r;
	return write_verified(call, attribute, change->want, error);
}

int lend_change_restore(const struct lend_step_call *call, const char *attribute, const struct lend_change *change,
			struct lend_error *error)
{
	char now[64];
	int r;

	if (!*change->want)
		return 0;
	r = read_now(call, attribute, now, error);
	if (r < 0 || !*now || strcmp(now, change->before) == 0)
		return r;
	if (strcmp(now, change->want) == 0)
		return write_verified(call, attribute, change->before, error);
	lend_progress_warn(call->progress, "%s: left %s at '%s', which somebody set while it was on loan",
			   lend_address_text(call->target->address).text, attribute, now);
	return 0;
}

json_t *lend_names_to_json(const char *key, const struct lend_names *names)
{
	return json_pack("{s:s}", key, names->text);
}

bool lend_names_from_json(const json_t *json, const char *key, struct lend_names *ret)
{
	const char *text = json_string_value(json_object_get(json, key));

	if (!text || strlen(text) >= sizeof(ret->text))
		return false;
	(void)snprintf(ret->text, sizeof(ret->text), "%s", text);
	return true;
}

json_t *lend_change_to_json(const struct lend_change *change)
{
	return json_pack("{s:s s:s}", "before", change->before, "want", change->want);
}

bool lend_change_from_json(const json_t *json, struct lend_change *ret)
{
	const char *before, *want;

	if (json_unpack((json_t *)json, "{s:s s:s}", "before", &before, "want", &want) < 0 ||
	    strlen(before) >= sizeof(ret->before) || strlen(want) >= sizeof(ret->want))
		return false;
	(void)snprintf(ret->before, sizeof(ret->before), "%s", before);
	(void)snprintf(ret->want, sizeof(ret->want), "%s", want);
	return true;
}
