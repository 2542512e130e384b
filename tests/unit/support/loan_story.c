/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loan_story.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "test.h"

static void remember(void *userdata, enum lend_note_level level, const char *sentence)
{
	struct story *story = userdata;
	const size_t length = strlen(story->notes);

	(void)level;
	(void)snprintf(story->last_note, sizeof(story->last_note), "%s", sentence);
	(void)snprintf(story->notes + length, sizeof(story->notes) - length, "%s\n", sentence);
}

struct lend_address story_address(const char *text)
{
	struct lend_address address = { 0 };

	assert_done(lend_address_parse(text, &address, error));
	return address;
}

int story_begin(void **state)
{
	struct story *story = calloc(1, sizeof(*story));

	assert_non_null(story);
	story->kernel = fake_kernel_with_gpu();
	story->settings = lend_settings_default;
	story->settings.lock_deadline_ms = 50;
	story->settings.vfio_release_deadline_ms = 100;
	story->context =
		(struct lend_context){ fake_kernel_fs(story->kernel), &story->settings, remember, story, NULL };
	story->wanted[0] = story_address(GPU);
	fake_process(story->kernel, 500, "libvirtd", NULL, NULL);
	story->request = (struct lend_request){
		.domain = "win11", .uuid = UUID, .wanted = story->wanted, .wanted_count = 1, .daemon = { 500, 5000 }
	};
	*state = story;
	return 0;
}

int story_end(void **state)
{
	struct story *story = *state;

	fake_kernel_free(story->kernel);
	free(story);
	return 0;
}

struct lend_request story_other(const struct story *story)
{
	struct lend_request request = story->request;

	request.domain = "linux";
	request.uuid = OTHER;
	return request;
}

const char *story_loan_state(const struct story *story, const char *address)
{
	struct lend_loan loan;
	int r = lend_journal_read(story->context.fs, story_address(address), &loan, NULL, NULL);

	if (r == -ENOENT)
		return "home";
	return r < 0 ? "unreadable" : lend_loan_state_name(loan.state);
}

int story_return(struct story *story, const char *address, struct lend_error *error)
{
	struct lend_address function = story_address(address);
	const struct lend_addresses functions = { &function, 1 };

	return lend_loan_return(&story->context, &functions, error);
}

const char *story_record(const struct story *story, const char *name, const char *step)
{
	static char text[1024];
	struct lend_records records = { 0 };
	struct lend_address address;
	struct lend_loan_id id = { "" };
	struct lend_loan loan;

	text[0] = '\0';
	(void)snprintf(id.text, sizeof(id.text), "%s", name);
	if (lend_address_parse(name, &address, NULL) == 0)
		(void)lend_journal_read(story->context.fs, address, &loan, &records, NULL);
	else
		(void)lend_journal_read_shared(story->context.fs, &id, &loan, &records, NULL);
	for (size_t i = 0; i < records.count; i++) {
		char *dumped = strcmp(records.items[i].step, step) == 0
				       ? json_dumps(records.items[i].state, JSON_SORT_KEYS)
				       : NULL;

		if (dumped)
			(void)snprintf(text, sizeof(text), "%s", dumped);
		free(dumped);
	}
	lend_records_clear(&records);
	return text;
}
