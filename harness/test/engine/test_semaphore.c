/* Semaphores: blocking, waking, timing out, order under TSan, misuse. */
#include "harness/test/engine/engine.h"

static int guarded;

static void a_semaphore_orders_post_and_wait(void **state) {
  (void)state;
  engine_expect_clean(semaphore_box, &guarded, ENGINE_RUNS);
}

static void without_it_there_is_a_race(void **state) {
  (void)state;
  engine_expect_race(semaphore_box, NULL);
}

static void timed_and_try_waits_fail_in_time(void **state) {
  (void)state;
  engine_expect_clean(semaphore_timed, NULL, ENGINE_RUNS);
}

static void misuse_is_reported(void **state) {
  (void)state;
  engine_expect_always(semaphore_destroy_awaited, NULL, 50, "lock-misuse",
                       "destruction of a semaphore that is waited on");
  engine_expect_always(semaphore_never_posted, NULL, 50, "deadlock", "semaphore that nobody is left to end");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_semaphore_orders_post_and_wait),
      cmocka_unit_test(without_it_there_is_a_race),
      cmocka_unit_test(timed_and_try_waits_fail_in_time),
      cmocka_unit_test(misuse_is_reported),
  };
  return ENGINE_MAIN(tests);
}
