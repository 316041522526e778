/* What would block and has no model is refused by its name, and never run. */
#include <sys/wait.h>

#include "harness/test/engine/engine.h"

static void each_is_refused_by_its_name(void **state) {
  (void)state;
  for (const struct refused *refused = refused_calls; refused->name; refused++) {
    char text[64];
    snprintf(text, sizeof text, "%s() may block and is not modelled", refused->name);
    engine_expect_always(refused->body, NULL, 20, "refused-call", text);
    assert_int_equal(failure_at(0)->stacks[0].task, 0);
    assert_true(failure_at(0)->stacks[0].depth > 0);
    assert_int_equal(failure_origin(failure_at(0)->stacks[0].pcs[0]), FAILURE_UNDER_TEST);
  }
}

static void a_refused_call_ends_the_run_of_all_threads(void **state) {
  (void)state;
  engine_expect_always(refused_in_thread, NULL, 200, "refused-call", "poll() may block");
}

/* Code outside of a run, the harness's own, may call them. */
static void outside_of_a_run_they_work(void **state) {
  (void)state;
  int status = system("exit 3");
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_is_refused_by_its_name),
      cmocka_unit_test(a_refused_call_ends_the_run_of_all_threads),
      cmocka_unit_test(outside_of_a_run_they_work),
  };
  return ENGINE_MAIN(tests);
}
