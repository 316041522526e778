/* Barriers and pthread_once: waiting for all, waiting for one, order under TSan, misuse. */
#include "harness/test/engine/engine.h"

static int guarded;

static void a_barrier_orders_its_rounds(void **state) {
  (void)state;
  engine_expect_clean(barrier_rounds, &guarded, ENGINE_RUNS);
  engine_expect_clean(barrier_blocks, NULL, ENGINE_RUNS);
}

static void once_orders_what_it_initialises(void **state) {
  (void)state;
  engine_expect_clean(once_table, &guarded, ENGINE_RUNS);
}

static void without_them_there_is_a_race(void **state) {
  (void)state;
  engine_expect_race(barrier_rounds, NULL);
  engine_expect_race(once_table, NULL);
}

static void misuse_is_reported(void **state) {
  (void)state;
  engine_expect_always(barrier_wait_destroyed, NULL, 50, "lock-misuse", "wait at a barrier that is not initialised");
  engine_expect_always(barrier_destroy_awaited, NULL, 50, "lock-misuse", "destruction of a barrier that is waited on");
  engine_expect_always(barrier_too_few, NULL, 50, "deadlock", "T1 waits for a barrier that nobody is left to end");
  engine_expect_always(once_circular, NULL, 50, "deadlock", "T0 waits for the once of T0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_barrier_orders_its_rounds),
      cmocka_unit_test(once_orders_what_it_initialises),
      cmocka_unit_test(without_them_there_is_a_race),
      cmocka_unit_test(misuse_is_reported),
  };
  return ENGINE_MAIN(tests);
}
