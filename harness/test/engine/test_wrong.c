/* What goes wrong is reported in every run, not only in a process's first, and ends the run, not the process. */
#include "harness/test/engine/engine.h"

static void undefined_behaviour_is_reported_in_every_run(void **state) {
  (void)state;
  engine_expect_always(wrong_overflow, NULL, 200, "signed-integer-overflow", "overflow");
  engine_expect_always(wrong_index, NULL, 200, "out-of-bounds-index", "out of bounds");
  engine_expect_always(wrong_unreachable, NULL, 200, "unreachable-call", "unreachable");
  assert_int_equal(failure_origin(failure_at(0)->stacks[0].pcs[0]), FAILURE_UNDER_TEST);
}

static void giving_up_ends_the_run(void **state) {
  (void)state;
  engine_expect_always(wrong_abort, NULL, 200, "abort", "");
  engine_expect_always(wrong_assertion, NULL, 200, "assertion", "four == 5");
  engine_expect_always(wrong_exit, NULL, 200, "exit", "");
  engine_expect_always(wrong_in_thread, NULL, 200, "abort", "");
  assert_true(failure_at(0)->stacks[0].task >= 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(undefined_behaviour_is_reported_in_every_run),
      cmocka_unit_test(giving_up_ends_the_run),
  };
  return ENGINE_MAIN(tests);
}
