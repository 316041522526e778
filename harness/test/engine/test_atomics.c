/* Atomics: points at each, in every flavour; what they order under TSan. */
#include "harness/test/engine/engine.h"

static int guarded;

static void release_and_acquire_order(void **state) {
  (void)state;
  engine_expect_clean(atomics_message, &guarded, ENGINE_RUNS);
  engine_expect_clean(atomics_locks, &guarded, ENGINE_RUNS);
}

static void relaxed_ones_do_not(void **state) {
  (void)state;
  engine_expect_race(atomics_message, NULL);
  engine_expect_race(atomics_locks, NULL);
}

static void every_size_and_operation_works(void **state) {
  (void)state;
  engine_expect_clean(atomics_operations, NULL, ENGINE_RUNS);
}

/* Also where only synchronisation counts as a point: atomics do. */
static void a_switch_may_fall_between_two_of_them(void **state) {
  (void)state;
  for (int granularity = SCHED_EVERY_ACCESS; granularity <= SCHED_SYNC_ONLY; granularity++) {
    unsigned found = 0;
    for (unsigned i = 0; i < 200; i++) {
      struct sched_plan *plan = (struct sched_plan *)(uintptr_t)engine_draw_plan(i);
      plan->policy = SCHED_POLICY_RANDOM;
      plan->granularity = (uint8_t)granularity;
      struct run_result result;
      run_body(plan, NULL, atomics_lost_update, NULL, &result);
      found += engine_find("assertion", "torn == 2") != NULL;
      assert_int_equal(result.outcome, engine_find("assertion", "torn") ? SCHED_STOPPED : SCHED_COMPLETED);
    }
    assert_in_range(found, 20, 180);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(release_and_acquire_order),
      cmocka_unit_test(relaxed_ones_do_not),
      cmocka_unit_test(every_size_and_operation_works),
      cmocka_unit_test(a_switch_may_fall_between_two_of_them),
  };
  return ENGINE_MAIN(tests);
}
