/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of the steps, rule by rule, and what every step has to have. */
#include "test.h"

#include <stdlib.h>

#include "../../../../helper/core/act/loan/engine.h"
#include "lendpci/act/steps/step.h"

static size_t place_of(const char *name)
{
	for (size_t i = 0; lend_steps[i]; i++)
		if (strcmp(lend_steps[i]->name, name) == 0)
			return i;
	fail_msg("there is no step '%s'", name);
	return 0;
}

/* Lending walks down the table, returning walks up. */
static void assert_before(const char *first, const char *second)
{
	assert_true(place_of(first) < place_of(second));
}

static void wider_scopes_come_first(void **state)
{
	(void)state;
	for (size_t i = 1; lend_steps[i]; i++)
		assert_true(lend_steps[i - 1]->scope <= lend_steps[i]->scope);
}

static void the_driver_that_lends_is_there_before_anything_is_stopped_for_it(void **state)
{
	(void)state;
	assert_before("vfio_module", "units");
}

static void units_let_go_before_the_consoles_are_taken_off(void **state)
{
	(void)state;
	assert_before("units", "console");
}

static void sessions_end_after_the_display_manager_that_would_open_another(void **state)
{
	(void)state;
	assert_before("units", "sessions");
	assert_before("sessions", "console");
}

static void the_firmwares_framebuffer_goes_after_the_text_on_it(void **state)
{
	(void)state;
	assert_before("console", "framebuffer");
	assert_before("framebuffer", "unbind");
}

static void a_desktop_lets_go_before_text_and_driver_do(void **state)
{
	(void)state;
	assert_before("sessions", "release");
	assert_before("release", "console");
}

static void the_consoles_are_off_before_the_host_driver_goes(void **state)
{
	(void)state;
	assert_before("console", "unbind");
}

static void a_function_is_awake_before_its_driver_goes(void **state)
{
	(void)state;
	assert_before("power", "unbind");
}

static void the_reset_method_is_set_before_vfio_resets_the_function(void **state)
{
	(void)state;
	assert_before("reset_method", "probe");
}

static void no_driver_has_the_function_between_unbind_and_probe(void **state)
{
	(void)state;
	assert_before("unbind", "probe");
}

static void a_bar_is_resized_while_no_driver_has_the_function(void **state)
{
	(void)state;
	assert_before("unbind", "rebar");
	assert_before("rebar", "probe");
}

static void a_disk_writes_out_its_cache_while_it_is_awake_and_has_its_driver(void **state)
{
	(void)state;
	assert_before("power", "flush");
	assert_before("flush", "unbind");
}

static void no_host_driver_probes_before_the_whole_card_is_off_vfio(void **state)
{
	(void)state;
	assert_true(lend_steps[place_of("unbind")]->flags & LEND_STEP_NEEDS_CARD);
}

static void every_step_can_be_told_of_and_what_is_undone_can_be_written_down(void **state)
{
	(void)state;
	for (size_t i = 0; lend_steps[i]; i++) {
		const struct lend_step *step = lend_steps[i];

		assert_true(i < LEND_STEPS_MAX);
		assert_true(step->state_size <= LEND_STATE_MAX);
		assert_true(strlen(step->name) < sizeof(((struct lend_record *)0)->step));
		assert_ptr_equal(lend_step_find(step->name), step);
		assert_non_null(step->deadline_ms);
		assert_non_null(step->applies);
		assert_non_null(step->read);
		assert_non_null(step->apply);
		assert_non_null(step->describe);
		/* What belongs to the host as a whole is never undone. */
		assert_true(!step->restore || step->scope != LEND_SCOPE_HOST);
		assert_int_equal(!step->restore, !step->to_json);
		assert_int_equal(!step->restore, !step->from_json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wider_scopes_come_first),
		cmocka_unit_test(the_driver_that_lends_is_there_before_anything_is_stopped_for_it),
		cmocka_unit_test(units_let_go_before_the_consoles_are_taken_off),
		cmocka_unit_test(sessions_end_after_the_display_manager_that_would_open_another),
		cmocka_unit_test(the_firmwares_framebuffer_goes_after_the_text_on_it),
		cmocka_unit_test(a_desktop_lets_go_before_text_and_driver_do),
		cmocka_unit_test(the_consoles_are_off_before_the_host_driver_goes),
		cmocka_unit_test(a_function_is_awake_before_its_driver_goes),
		cmocka_unit_test(the_reset_method_is_set_before_vfio_resets_the_function),
		cmocka_unit_test(no_driver_has_the_function_between_unbind_and_probe),
		cmocka_unit_test(a_bar_is_resized_while_no_driver_has_the_function),
		cmocka_unit_test(a_disk_writes_out_its_cache_while_it_is_awake_and_has_its_driver),
		cmocka_unit_test(no_host_driver_probes_before_the_whole_card_is_off_vfio),
		cmocka_unit_test(every_step_can_be_told_of_and_what_is_undone_can_be_written_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
