/* Readers-writer locks: blocking, waking, timing out, preference, order under TSan, misuse. */
#include "harness/test/engine/engine.h"

static int guarded;

static void a_rwlock_orders_what_it_guards(void **state) {
  (void)state;
  engine_expect_clean(rwlock_shared, &guarded, ENGINE_RUNS);
}

static void without_it_there_is_a_race(void **state) {
  (void)state;
  engine_expect_race(rwlock_shared, NULL);
}

static void readers_share_it(void **state) {
  (void)state;
  engine_expect_clean(rwlock_readers_meet, NULL, ENGINE_RUNS);
}

static void who_finds_it_locked_waits(void **state) {
  (void)state;
  engine_expect_clean(rwlock_blocks, NULL, ENGINE_RUNS);
}

static void timed_and_try_locks_fail_in_time(void **state) {
  (void)state;
  engine_expect_clean(rwlock_timed, NULL, ENGINE_RUNS);
}

static void the_plan_says_who_goes_first(void **state) {
  (void)state;
  for (int prefer = 0; prefer <= 1; prefer++) {
    int writer_first = 0, runs = 0;
    for (unsigned i = 0; i < ENGINE_RUNS; i++) {
      struct sched_plan *plan = (struct sched_plan *)(uintptr_t)engine_draw_plan(i);
      if (plan->policy == SCHED_POLICY_REPLAY)
        continue;
      plan->prefer_writers = prefer;
      plan->constraint_count = 0;
      struct run_result result;
      run_body(plan, NULL, rwlock_preference, &writer_first, &result);
      assert_int_equal(result.outcome, SCHED_COMPLETED);
      assert_int_equal(result.failures, 0);
      runs++;
    }
    assert_int_equal(writer_first, prefer ? runs : 0);
  }
}

static void misuse_is_reported(void **state) {
  (void)state;
  engine_expect_always(rwlock_unlock_unlocked, NULL, 50, "lock-misuse", "unlock of a rwlock that is not locked");
  engine_expect_always(rwlock_unlock_of_another, NULL, 50, "lock-misuse", "that another thread holds");
  engine_expect_always(rwlock_destroy_locked, NULL, 50, "lock-misuse", "destruction of a rwlock that is in use");
  engine_expect_always(rwlock_upgrade, NULL, 50, "deadlock", "T0 waits for the rwlock (write) of T0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_rwlock_orders_what_it_guards),
      cmocka_unit_test(without_it_there_is_a_race),
      cmocka_unit_test(readers_share_it),
      cmocka_unit_test(who_finds_it_locked_waits),
      cmocka_unit_test(timed_and_try_locks_fail_in_time),
      cmocka_unit_test(the_plan_says_who_goes_first),
      cmocka_unit_test(misuse_is_reported),
  };
  return ENGINE_MAIN(tests);
}
