/* A plan's constraints take effect at exactly the points they name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/test/stub_carrier.h"

#define WORKERS 3
#define ACCESSES 12

static struct sched_plan plan;

/* The accesses in the order in which they were carried out. */
static struct executed {
  int task;
  uint64_t own;   /* the access's own point: index among its task's */
  uint64_t point; /* ... and index in the run */
} history[1024];
static int history_length;

static void *worker(void *arg) {
  (void)arg;
  for (int i = 0; i < ACCESSES; i++) {
    uint64_t own = stub_own_points(), point = sched_points_now();
    stub_access();
    history[history_length++] = (struct executed){sched.running, own, point};
  }
  return NULL;
}

static void *spawn_and_join(void *arg) {
  int tasks[WORKERS];
  for (int i = 0; i < WORKERS; i++)
    tasks[i] = sched_spawn(worker, arg);
  for (int i = 0; i < WORKERS; i++)
    stub_join(tasks[i]);
  return NULL;
}

static void run(void) {
  history_length = 0;
  assert_int_equal(stub_run(&plan, NULL, spawn_and_join, NULL), SCHED_COMPLETED);
  assert_int_equal(history_length, WORKERS * ACCESSES);
}

static void begin_plan(enum sched_policy_id policy, uint32_t seed) {
  plan.policy = (uint8_t)policy;
  plan.granularity = SCHED_EVERY_ACCESS;
  plan.depth = 3;
  plan.log2_horizon = 6;
  plan.seed = seed;
  plan.constraint_count = 0;
}

static void add_switch(uint32_t at, uint8_t task) {
  plan.constraints[plan.constraint_count++] = (struct sched_constraint){.kind = SCHED_SWITCH, .task = task, .at = at};
}

static void add_order(uint8_t task, uint32_t at, uint8_t other, uint32_t other_at) {
  plan.constraints[plan.constraint_count++] =
      (struct sched_constraint){.kind = SCHED_ORDER, .task = task, .other = other, .at = at, .other_at = other_at};
}

/* Under `bytes`, main's join is point 0 and the accesses of worker 1 are points 1 and up. */
static void a_switch_falls_right_before_its_point(void **state) {
  (void)state;
  for (uint32_t at = 1; at < 1 + ACCESSES; at++)
    for (uint8_t task = 2; task <= WORKERS; task++) {
      begin_plan(SCHED_POLICY_BYTES, 0);
      add_switch(at, task);
      run();
      int before = (int)at - 1; /* accesses that were carried out by then */
      for (int i = 0; i < before; i++)
        assert_int_equal(history[i].task, 1);
      for (int i = before; i < before + ACCESSES; i++)
        assert_int_equal(history[i].task, task);
      assert_int_equal(history[before].own, 0);
    }
}

static void switches_need_no_order_in_the_plan(void **state) {
  (void)state;
  static const uint32_t at[] = {2, 5, 9, 14, 20};
  static const uint8_t tasks[] = {2, 1, 3, 2, 1};
  begin_plan(SCHED_POLICY_BYTES, 0);
  for (int i = 0; i < 5; i++)
    add_switch(at[i], tasks[i]);
  run();
  uint64_t digest = sched.digest;
  assert_true(sched.switches >= 5);
  for (int shuffle = 1; shuffle < 5; shuffle++) {
    plan.constraint_count = 0;
    for (int i = 0; i < 5; i++)
      add_switch(at[(i * 2 + shuffle) % 5], tasks[(i * 2 + shuffle) % 5]);
    run();
    assert_true(sched.digest == digest);
  }
}

/* Two switches at one point: the second is taken one point later. */
static void a_second_switch_at_one_point_follows_at_the_next(void **state) {
  (void)state;
  begin_plan(SCHED_POLICY_BYTES, 0);
  add_switch(3, 2);
  add_switch(3, 3);
  run();
  /* Worker 1 stands before its third access; worker 2 starts, and hands over before its first one. */
  assert_int_equal(history[1].task, 1);
  for (int i = 2; i < 2 + ACCESSES; i++)
    assert_int_equal(history[i].task, 3);
}

static void a_switch_that_cannot_be_taken_changes_nothing(void **state) {
  (void)state;
  begin_plan(SCHED_POLICY_BYTES, 0);
  run();
  uint64_t digest = sched.digest;
  add_switch(3, 0);                 /* waits in its join */
  add_switch(6, 1);                 /* runs already */
  add_switch(7, 63);                /* does not exist */
  add_switch(8, 200);               /* cannot exist */
  add_switch(2 + 2 * ACCESSES, 1);  /* has ended */
  add_switch(SCHED_PLAN_AT_MAX, 1); /* after the run's end */
  run();
  assert_true(sched.digest == digest);
}

static int when(int task, uint64_t own) {
  for (int i = 0; i < history_length; i++)
    if (history[i].task == task && history[i].own == own)
      return i;
  return -1;
}

/* Under every policy, and whichever task goes first: `task` carries out its access `at` only after `other` has carried
 * out its access `other_at`. */
static void an_order_holds_under_every_policy(void **state) {
  (void)state;
  unsigned against = 0; /* how often it would have been the other way round */
  for (int policy = SCHED_POLICY_BYTES; policy <= SCHED_POLICY_PCT; policy++)
    for (uint32_t at = 0; at < ACCESSES; at += 1)
      for (uint32_t other_at = 0; other_at < ACCESSES; other_at++)
        for (uint8_t task = 1; task <= WORKERS; task++) {
          uint8_t other = (uint8_t)(1 + task % WORKERS);
          begin_plan((enum sched_policy_id)policy, at * 131 + other_at);
          run();
          against += when(task, at) < when(other, other_at);
          add_order(task, at, other, other_at);
          run();
          assert_true(when(task, at) > when(other, other_at));
        }
  assert_true(against > 300);
}

/* Nothing else than the named access is held back: with the other one later in the order of numbers, worker 1 runs up
 * to its access, and worker 2 exactly until it has carried out the one that is waited for. */
static void an_order_holds_nothing_else_back(void **state) {
  (void)state;
  for (uint32_t at = 0; at < ACCESSES; at++)
    for (uint32_t other_at = 0; other_at + 1 < ACCESSES; other_at++) {
      begin_plan(SCHED_POLICY_BYTES, 0);
      add_order(1, at, 2, other_at);
      add_switch(0, 1);
      run();
      for (int i = 0; i < (int)at; i++)
        assert_int_equal(history[i].task, 1);
      assert_int_equal(history[at].task, 2);
      assert_int_equal(history[at].own, 0);
    }
}

static void orders_that_cannot_be_met_are_given_up(void **state) {
  (void)state;
  for (int policy = SCHED_POLICY_BYTES; policy <= SCHED_POLICY_PCT; policy++)
    for (uint32_t at = 0; at < ACCESSES; at++) {
      begin_plan((enum sched_policy_id)policy, at);
      add_order(1, at, 2, 4); /* in a circle */
      add_order(2, 4, 3, 7);
      add_order(3, 7, 1, at);
      run();
      plan.constraint_count = 0;
      add_order(1, at, 2, 500); /* it ends before it gets there */
      add_order(2, at, 50, 3);  /* nobody */
      add_order(50, at, 2, 3);
      add_order(3, at, 0, 400); /* main waits in its join */
      run();
    }
}

/* The one that is waited for waits itself, going round in circles: it will never get to its point. */
static bool raised;

static void *raise(void *arg) {
  stub_access();
  raised = true;
  return arg;
}

static void *spin_until_raised(void *arg) {
  while (!raised)
    stub_access();
  return arg;
}

static void *yield_until_raised(void *arg) {
  while (!raised)
    stub_give_way();
  return arg;
}

static void *raise_and_await(void *spins) {
  int tasks[] = {sched_spawn(raise, NULL), sched_spawn(spins ? spin_until_raised : yield_until_raised, NULL)};
  stub_join(tasks[0]);
  stub_join(tasks[1]);
  return NULL;
}

static void an_order_that_starves_the_others_is_given_up(void **state) {
  (void)state;
  static int spins;
  for (int policy = SCHED_POLICY_BYTES; policy <= SCHED_POLICY_PCT; policy++)
    for (int i = 0; i < 2; i++) {
      begin_plan((enum sched_policy_id)policy, 1);
      add_order(1, 0, 2, SCHED_PLAN_AT_MAX);
      raised = false;
      assert_int_equal(stub_run(&plan, NULL, raise_and_await, i ? &spins : NULL), SCHED_COMPLETED);
      assert_true(sched.points < 40000);
    }
}

static void many_orders_hold_together(void **state) {
  (void)state;
  for (uint32_t seed = 0; seed < 300; seed++) {
    begin_plan(SCHED_POLICY_RANDOM, seed);
    /* One task's accesses each wait for the next task's: only one interleaving is left of these. */
    for (uint32_t i = 0; i < ACCESSES; i++) {
      add_order(1, i, 2, i);
      if (i + 1 < ACCESSES)
        add_order(2, i + 1, 1, i);
    }
    run();
    for (uint64_t i = 0; i < ACCESSES; i++) {
      assert_true(when(1, i) > when(2, i));
      assert_true(i + 1 == ACCESSES || when(2, i + 1) > when(1, i));
    }
  }
}

static void constraints_past_what_is_kept_are_ignored(void **state) {
  (void)state;
  begin_plan(SCHED_POLICY_RANDOM, 7);
  for (int i = 0; i < SCHED_PLAN_CONSTRAINTS_MAX; i++)
    add_order((uint8_t)(1 + i % 3), (uint32_t)i % ACCESSES, (uint8_t)(1 + (i + 1) % 3), (uint32_t)i / 3 % ACCESSES);
  run();
  begin_plan(SCHED_POLICY_RANDOM, 7);
  uint64_t random = 1;
  for (int i = 0; i < SCHED_PLAN_CONSTRAINTS_MAX; i++)
    add_switch(stub_below(&random, 200), (uint8_t)stub_below(&random, 5));
  run();
}

static void trace_changes_nothing(void *context, const struct sched_step *step) {
  (void)step;
  ++*(uint64_t *)context;
}

/* Points are counted down in stretches, and one at a time while somebody looks on: both must decide alike. */
static void a_trace_sees_every_point_and_changes_none(void **state) {
  (void)state;
  uint64_t random = 2, steps = 0;
  for (uint32_t seed = 0; seed < 500; seed++) {
    begin_plan((enum sched_policy_id)(seed % 3), seed);
    for (uint32_t i = seed % 7; i > 0; i--)
      add_switch(stub_below(&random, 50), (uint8_t)stub_below(&random, 4));
    for (uint32_t i = seed % 5; i > 0; i--)
      add_order((uint8_t)(1 + stub_below(&random, 3)), stub_below(&random, 14), (uint8_t)(1 + stub_below(&random, 3)),
                stub_below(&random, 14));
    run();
    uint64_t digest = sched.digest, switches = sched.switches;
    steps = 0;
    sched_set_trace(trace_changes_nothing, &steps);
    run();
    sched_set_trace(NULL, NULL);
    assert_true(sched.digest == digest);
    assert_true(sched.switches == switches);
    /* The last point is the end of the run, after which nobody goes on. */
    assert_true(steps == sched.points - 1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_switch_falls_right_before_its_point),
      cmocka_unit_test(switches_need_no_order_in_the_plan),
      cmocka_unit_test(a_second_switch_at_one_point_follows_at_the_next),
      cmocka_unit_test(a_switch_that_cannot_be_taken_changes_nothing),
      cmocka_unit_test(an_order_holds_under_every_policy),
      cmocka_unit_test(an_order_holds_nothing_else_back),
      cmocka_unit_test(orders_that_cannot_be_met_are_given_up),
      cmocka_unit_test(an_order_that_starves_the_others_is_given_up),
      cmocka_unit_test(many_orders_hold_together),
      cmocka_unit_test(constraints_past_what_is_kept_are_ignored),
      cmocka_unit_test(a_trace_sees_every_point_and_changes_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
