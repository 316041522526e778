/* A deadlock is reported with its circle and where each thread waits; a livelock with each thread's place. */
#include "harness/test/engine/engine.h"

static bool is_in_code_under_test(const struct failure_stack *stack) {
  return stack->depth > 0 && failure_origin(stack->pcs[0]) == FAILURE_UNDER_TEST;
}

static void a_deadlock_is_reported_with_its_circle_and_places(void **state) {
  (void)state;
  uint64_t raw = 0;
  for (unsigned i = 0; i < 500; i++) {
    struct run_result result;
    engine_run(i, standstill_ring, NULL, &result);
    if (result.outcome == SCHED_DIVERGED)
      continue;
    assert_int_equal(result.outcome, SCHED_DEADLOCK);
    const struct failure *failure = engine_find("deadlock", "waits for the mutex of");
    assert_non_null(failure);
    assert_int_equal(failure->stack_count, 3);
    unsigned seen = 0;
    for (unsigned s = 0; s < 3; s++) {
      const struct failure_stack *stack = &failure->stacks[s];
      assert_int_equal(stack->role, FAILURE_WAITING);
      assert_true(is_in_code_under_test(stack));
      /* In lock_neighbour, called by lock_two. */
      assert_true(stack->depth >= 2 && failure_origin(stack->pcs[1]) == FAILURE_UNDER_TEST);
      assert_true(stack->pcs[0] == failure->stacks[0].pcs[0] && stack->pcs[1] == failure->stacks[0].pcs[1]);
      seen |= 1u << stack->task;
    }
    assert_int_equal(seen, 0xe);
    /* Whoever waits for whom: one bug, one key. */
    assert_true(raw == 0 || raw == failure->raw);
    raw = failure->raw;
  }
}

static void the_circle_is_told_in_words(void **state) {
  (void)state;
  struct sched_plan *plan = (struct sched_plan *)(uintptr_t)engine_draw_plan(0);
  *plan = (struct sched_plan){.policy = SCHED_POLICY_BYTES};
  struct run_result result;
  run_body(plan, NULL, standstill_ring, NULL, &result);
  assert_non_null(engine_find("deadlock",
                              "T1 waits for the mutex of T2; T2 waits for the mutex of T3; T3 waits for the "
                              "mutex of T1"));
}

/* ThreadSanitizer knows that two orders may meet, in each run that has both; and forgets it with the run. */
static void two_orders_are_reported_by_tsan(void **state) {
  (void)state;
  if (HEDDLE_FLAVOUR_TSAN)
    engine_expect_always(standstill_another_time, NULL, 300, "lock-order-inversion", "");
  else
    engine_expect_clean(standstill_another_time, NULL, 300);
  engine_expect_clean(standstill_one_order, NULL, 300);
}

static void a_livelock_is_reported_with_each_thread_s_place(void **state) {
  (void)state;
  for (unsigned i = 0; i < 60; i++) {
    struct sched_limits limits = {.livelock_bound = 20000 + 20000 * (i % 2)};
    struct run_result result;
    run_body(engine_draw_plan(i), &limits, i % 3 ? standstill_politeness : standstill_spinning, NULL, &result);
    if (result.outcome == SCHED_DIVERGED)
      continue;
    assert_int_equal(result.outcome, SCHED_LIVELOCK);
    const struct failure *failure = engine_find("livelock", i % 2 ? "in 40000 points" : "in 20000 points");
    assert_non_null(failure);
    assert_int_equal(failure->stack_count, 2);
    for (unsigned s = 0; s < 2; s++) {
      assert_int_equal(failure->stacks[s].role, FAILURE_RUNNING);
      assert_int_equal(failure->stacks[s].task, s + 1);
      assert_true(is_in_code_under_test(&failure->stacks[s]));
    }
  }
}

static void busy_waiting_for_what_comes_is_none(void **state) {
  (void)state;
  engine_expect_clean(standstill_none, NULL, 300);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_deadlock_is_reported_with_its_circle_and_places),
      cmocka_unit_test(the_circle_is_told_in_words),
      cmocka_unit_test(two_orders_are_reported_by_tsan),
      cmocka_unit_test(a_livelock_is_reported_with_each_thread_s_place),
      cmocka_unit_test(busy_waiting_for_what_comes_is_none),
  };
  return ENGINE_MAIN(tests);
}
