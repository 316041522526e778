/* Condition variables: waiting, signal, broadcast, timing out, spurious wake-ups, order under TSan, misuse. */
#include "harness/test/engine/engine.h"

static int guarded;

static void its_mutex_orders_what_it_guards(void **state) {
  (void)state;
  engine_expect_clean(cond_buffer, &guarded, ENGINE_RUNS);
}

static void without_them_there_is_a_race(void **state) {
  (void)state;
  engine_expect_race(cond_buffer, NULL);
}

static void a_broadcast_wakes_all(void **state) {
  (void)state;
  engine_expect_clean(cond_broadcast, NULL, ENGINE_RUNS);
}

static void a_timed_wait_is_signalled_in_time(void **state) {
  (void)state;
  engine_expect_clean(cond_in_time, NULL, ENGINE_RUNS);
}

/* A quarter of all waits, where the input has spurious wake-ups at all. */
static void waits_time_out_or_end_spuriously_as_the_plan_says(void **state) {
  (void)state;
  for (int on = 0; on <= 1; on++) {
    int ended_early = 0, runs = 0;
    for (unsigned i = 0; i < ENGINE_RUNS; i++) {
      struct sched_plan *plan = (struct sched_plan *)(uintptr_t)engine_draw_plan(i);
      if (plan->policy == SCHED_POLICY_REPLAY)
        continue;
      plan->spurious = on;
      struct run_result result;
      run_body(plan, NULL, cond_timed, &ended_early, &result);
      assert_int_equal(result.outcome, SCHED_COMPLETED);
      assert_int_equal(result.failures, 0);
      runs++;
    }
    assert_in_range(ended_early, on ? runs * 3 / 5 : 0, on ? runs * 3 / 3 : 0);
  }
}

static void misuse_is_reported(void **state) {
  (void)state;
  engine_expect_always(cond_wait_without_mutex, NULL, 50, "lock-misuse", "without holding its mutex");
}

/* A waiter that just woke up spuriously does not wait. */
static void destruction_under_a_waiter_is_reported(void **state) {
  (void)state;
  unsigned misuse = 0;
  for (unsigned i = 0; i < 200; i++) {
    struct run_result result;
    struct sched_plan *plan = (struct sched_plan *)(uintptr_t)engine_draw_plan(i);
    plan->spurious = false;
    run_body(plan, NULL, cond_destroy_awaited, NULL, &result);
    misuse += engine_find("lock-misuse", "destruction of a condition variable that is waited on") != NULL;
    assert_int_equal(result.failures, result.outcome != SCHED_DIVERGED);
  }
  assert_true(misuse > 190);
}

static void a_wait_without_a_signal_is_a_deadlock(void **state) {
  (void)state;
  for (unsigned i = 0; i < 200; i++) {
    struct run_result result;
    struct sched_plan *plan = (struct sched_plan *)(uintptr_t)engine_draw_plan(i);
    plan->spurious = false;
    plan->policy = (uint8_t)(plan->policy % SCHED_POLICY_REPLAY);
    run_body(plan, NULL, cond_never_signalled, NULL, &result);
    assert_int_equal(result.outcome, SCHED_DEADLOCK);
    const struct failure *failure = engine_find("deadlock", "T1 waits for a condition variable that nobody is left");
    assert_non_null(failure);
    assert_int_equal(failure->stack_count, 2);
    assert_int_equal(failure->stacks[1].task, 2);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(its_mutex_orders_what_it_guards),
      cmocka_unit_test(without_them_there_is_a_race),
      cmocka_unit_test(a_broadcast_wakes_all),
      cmocka_unit_test(a_timed_wait_is_signalled_in_time),
      cmocka_unit_test(waits_time_out_or_end_spuriously_as_the_plan_says),
      cmocka_unit_test(misuse_is_reported),
      cmocka_unit_test(destruction_under_a_waiter_is_reported),
      cmocka_unit_test(a_wait_without_a_signal_is_a_deadlock),
  };
  return ENGINE_MAIN(tests);
}
