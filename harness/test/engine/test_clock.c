/* Time is virtual: sleeps, clocks, yields. */
#include "harness/test/engine/engine.h"

static void sleeps_last_as_long_as_they_should(void **state) {
  (void)state;
  engine_expect_clean(clock_sleeps, NULL, ENGINE_RUNS);
  engine_expect_clean(clock_order, NULL, ENGINE_RUNS);
}

static void clocks_move_on_and_start_alike_in_every_run(void **state) {
  (void)state;
  engine_expect_clean(clock_reads, NULL, ENGINE_RUNS);
}

static void who_yields_makes_way(void **state) {
  (void)state;
  engine_expect_clean(clock_yields, NULL, ENGINE_RUNS);
  assert_true(engine_tally.points / ENGINE_RUNS < 2000);
}

static void sleeping_orders_nothing(void **state) {
  (void)state;
  engine_expect_race(clock_orders_nothing, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sleeps_last_as_long_as_they_should),
      cmocka_unit_test(clocks_move_on_and_start_alike_in_every_run),
      cmocka_unit_test(who_yields_makes_way),
      cmocka_unit_test(sleeping_orders_nothing),
  };
  return ENGINE_MAIN(tests);
}
