/* What ends a wait, a turn and a run: fairness, livelock and budget bounds, virtual time, deadlines, deadlock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/test/stub_carrier.h"

#define TURN_BOUND 16384 /* sched.c's: points without progress after which a task must give way */

static struct sched_plan plan;

static void begin_plan(enum sched_policy_id policy) {
  plan.policy = (uint8_t)policy;
  plan.granularity = SCHED_EVERY_ACCESS;
  plan.depth = 2;
  plan.log2_horizon = 4;
  plan.seed = 1;
  plan.constraint_count = 0;
}

static void *two_tasks(void *(*first)(void *), void *(*second)(void *)) {
  int a = sched_spawn(first, NULL), b = sched_spawn(second, NULL);
  stub_join(a);
  stub_join(b);
  return NULL;
}

/* Fairness. */

static bool flag;
static uint64_t waited;

static void *raise_flag(void *arg) {
  stub_access();
  flag = true;
  return arg;
}

static void *spin_on_flag(void *arg) {
  uint64_t before = sched_points_now();
  while (!flag)
    stub_access();
  waited = sched_points_now() - before;
  return arg;
}

static void *spin_first(void *arg) {
  (void)arg;
  return two_tasks(spin_on_flag, raise_flag);
}

static void a_spinning_task_gives_way_after_a_bound(void **state) {
  (void)state;
  for (int policy = SCHED_POLICY_BYTES; policy <= SCHED_POLICY_REPLAY; policy++)
    for (int granularity = SCHED_EVERY_ACCESS; granularity <= SCHED_SYNC_ONLY; granularity++) {
      begin_plan((enum sched_policy_id)policy);
      plan.granularity = (uint8_t)granularity;
      flag = false;
      assert_int_equal(stub_run(&plan, NULL, spin_first, NULL), SCHED_COMPLETED);
      assert_true(waited <= TURN_BOUND + 8);
      if (policy == SCHED_POLICY_BYTES && granularity == SCHED_EVERY_ACCESS)
        assert_true(waited >= TURN_BOUND);
    }
}

/* As long as a task gets things done, it may go on. */
static void *achieve(void *arg) {
  for (int i = 0; i < 3 * TURN_BOUND; i++) {
    stub_access();
    if (i % 1000 == 0)
      sched_progress();
    if (flag)
      return arg;
  }
  waited = 1;
  return arg;
}

static void *achieve_first(void *arg) {
  (void)arg;
  return two_tasks(achieve, raise_flag);
}

static void a_task_that_makes_progress_keeps_its_turn(void **state) {
  (void)state;
  begin_plan(SCHED_POLICY_BYTES);
  flag = false;
  waited = 0;
  assert_int_equal(stub_run(&plan, NULL, achieve_first, NULL), SCHED_COMPLETED);
  assert_int_equal(waited, 1);
}

static int turns[3];

static void *yield_often(void *arg) {
  for (int i = 0; i < 50; i++) {
    int other = 3 - sched.running;
    assert_true(turns[sched.running] <= turns[other] + 1 || sched.tasks[other].state == SCHED_TASK_DONE);
    turns[sched.running]++;
    stub_give_way();
  }
  return arg;
}

static void *yield_in_turn(void *arg) {
  (void)arg;
  turns[1] = turns[2] = 0;
  return two_tasks(yield_often, yield_often);
}

static void giving_way_lets_the_other_one_go_on(void **state) {
  (void)state;
  for (int policy = SCHED_POLICY_BYTES; policy <= SCHED_POLICY_REPLAY; policy++) {
    begin_plan((enum sched_policy_id)policy);
    assert_int_equal(stub_run(&plan, NULL, yield_in_turn, NULL), SCHED_COMPLETED);
    assert_int_equal(turns[1] + turns[2], 100);
  }
}

/* Livelock and budget. */

static void *spin_for_good(void *arg) {
  for (;;)
    stub_access();
  return arg;
}

static void *yield_for_good(void *arg) {
  for (;;)
    stub_give_way();
  return arg;
}

static void *spin_both(void *arg) {
  (void)arg;
  return two_tasks(spin_for_good, yield_for_good);
}

static void no_progress_within_the_bound_is_a_livelock(void **state) {
  (void)state;
  for (int policy = SCHED_POLICY_BYTES; policy <= SCHED_POLICY_REPLAY; policy++)
    for (int granularity = SCHED_EVERY_ACCESS; granularity <= SCHED_SYNC_ONLY; granularity++) {
      begin_plan((enum sched_policy_id)policy);
      plan.granularity = (uint8_t)granularity;
      struct sched_limits limits = {.livelock_bound = 100000};
      assert_int_equal(stub_run(&plan, &limits, spin_both, NULL), SCHED_LIVELOCK);
      assert_true(sched.ticks >= 100000 && sched.ticks < 100000 + (1 << 17));
      if (granularity == SCHED_EVERY_ACCESS)
        assert_true(sched.ticks == 100000);
    }
  /* Task 0 alone can do it too. */
  begin_plan(SCHED_POLICY_BYTES);
  assert_int_equal(stub_run(&plan, NULL, spin_for_good, NULL), SCHED_LIVELOCK);
  assert_true(sched.ticks == UINT64_C(1) << 20);
}

static void *progress_for_good(void *arg) {
  for (;;) {
    stub_access();
    sched_progress();
  }
  return arg;
}

static void *progress_and_spin(void *arg) {
  (void)arg;
  return two_tasks(progress_for_good, spin_for_good);
}

static void progress_for_ever_ends_with_the_budget(void **state) {
  (void)state;
  for (int policy = SCHED_POLICY_BYTES; policy <= SCHED_POLICY_REPLAY; policy++) {
    begin_plan((enum sched_policy_id)policy);
    struct sched_limits limits = {.livelock_bound = 50000, .budget = 300000};
    assert_int_equal(stub_run(&plan, &limits, progress_and_spin, NULL), SCHED_BUDGET);
    assert_true(sched.ticks == 300000);
  }
}

static void *stop_early(void *arg) {
  stub_access();
  sched_stop_soon();
  stub_access();
  flag = true;
  return arg;
}

static void a_requested_stop_comes_at_the_next_point(void **state) {
  (void)state;
  for (int granularity = SCHED_EVERY_ACCESS; granularity <= SCHED_SYNC_ONLY; granularity++) {
    begin_plan(SCHED_POLICY_BYTES);
    plan.granularity = (uint8_t)granularity;
    flag = false;
    assert_int_equal(stub_run(&plan, NULL, stop_early, NULL), SCHED_STOPPED);
    assert_false(flag);
  }
}

/* Time. */

static uint64_t woke_at[4];

static void sleep_until(uint64_t deadline_ns) {
  struct sched_place place = stub_place();
  assert_false(sched_block(SCHED_WAIT_SLEEP, 0, SCHED_NO_TASK, deadline_ns, &place));
}

static void *sleep_long(void *arg) {
  sleep_until(5000000000);
  woke_at[1] = sched_now_ns();
  return arg;
}

static void *sleep_short(void *arg) {
  sleep_until(1000000000);
  woke_at[2] = sched_now_ns();
  return arg;
}

static void *both_sleep(void *arg) {
  (void)arg;
  return two_tasks(sleep_long, sleep_short);
}

static void time_passes_at_once_where_nobody_can_run(void **state) {
  (void)state;
  for (int policy = SCHED_POLICY_BYTES; policy <= SCHED_POLICY_REPLAY; policy++) {
    begin_plan((enum sched_policy_id)policy);
    assert_int_equal(stub_run(&plan, NULL, both_sleep, NULL), SCHED_COMPLETED);
    assert_true(woke_at[1] >= 5000000000 && woke_at[1] < 5000000000 + 20 * SCHED_NS_PER_TICK);
    assert_true(woke_at[2] >= 1000000000 && woke_at[2] < 1000000000 + 20 * SCHED_NS_PER_TICK);
    assert_true(sched.points < 20);
  }
}

static void *count_points(void *arg) {
  uint64_t before = sched_now_ns();
  for (int i = 0; i < 1000; i++)
    stub_access();
  assert_true(sched_now_ns() - before == 1000 * SCHED_NS_PER_TICK);
  return arg;
}

static void a_point_takes_its_share_of_time(void **state) {
  (void)state;
  begin_plan(SCHED_POLICY_BYTES);
  assert_int_equal(stub_run(&plan, NULL, count_points, NULL), SCHED_COMPLETED);
}

static void *run_past_deadline(void *arg) {
  while (!flag)
    stub_access();
  return arg;
}

static void *sleep_a_little(void *arg) {
  sleep_until(sched_now_ns() + 500 * SCHED_NS_PER_TICK);
  woke_at[3] = sched_points_now();
  flag = true;
  return arg;
}

static void *sleep_beside_runner(void *arg) {
  (void)arg;
  return two_tasks(sleep_a_little, run_past_deadline);
}

/* A policy that would let the runner go on is not asked: it is, but the sleeper can run from its deadline on. */
static void a_deadline_passes_while_others_run(void **state) {
  (void)state;
  begin_plan(SCHED_POLICY_RANDOM);
  flag = false;
  assert_int_equal(stub_run(&plan, NULL, sleep_beside_runner, NULL), SCHED_COMPLETED);
  assert_true(woke_at[3] >= 500 && woke_at[3] < 550);
  begin_plan(SCHED_POLICY_BYTES);
  flag = false;
  assert_int_equal(stub_run(&plan, NULL, sleep_beside_runner, NULL), SCHED_COMPLETED);
  assert_true(woke_at[3] >= 500 && woke_at[3] <= 500 + TURN_BOUND);
}

static void *wait_for_good(void *arg) {
  struct sched_place place = stub_place();
  sched_block(SCHED_WAIT_COND, 7, SCHED_NO_TASK, 0, &place);
  return arg;
}

static void *wait_both(void *arg) {
  (void)arg;
  return two_tasks(wait_for_good, wait_for_good);
}

static void nobody_left_to_run_is_a_deadlock(void **state) {
  (void)state;
  for (int policy = SCHED_POLICY_BYTES; policy <= SCHED_POLICY_REPLAY; policy++) {
    begin_plan((enum sched_policy_id)policy);
    assert_int_equal(stub_run(&plan, NULL, wait_both, NULL), SCHED_DEADLOCK);
    assert_int_equal(sched.tasks[0].wait, SCHED_WAIT_JOIN);
    assert_int_equal(sched.tasks[0].waits_for, 1);
    for (int task = 1; task <= 2; task++) {
      assert_int_equal(sched.tasks[task].state, SCHED_TASK_BLOCKED);
      assert_int_equal(sched.tasks[task].wait, SCHED_WAIT_COND);
      assert_int_equal(sched.tasks[task].wait_object, 7);
      assert_non_null(sched.tasks[task].frame);
    }
  }
}

/* Room. */

static void *nothing(void *arg) { return arg; }

static void *spawn_as_many_as_there_are(void *arg) {
  int tasks[SCHED_TASKS_MAX];
  int count = 0;
  while ((tasks[count] = sched_spawn(nothing, NULL)) != SCHED_NO_TASK)
    count++;
  assert_int_equal(count, SCHED_TASKS_MAX - 1);
  for (int i = 0; i < count; i++)
    stub_join(tasks[i]);
  return arg;
}

static void tasks_beyond_the_most_are_refused(void **state) {
  (void)state;
  for (int policy = SCHED_POLICY_BYTES; policy <= SCHED_POLICY_REPLAY; policy++) {
    begin_plan((enum sched_policy_id)policy);
    assert_int_equal(stub_run(&plan, NULL, spawn_as_many_as_there_are, NULL), SCHED_COMPLETED);
  }
}

static void chances_follow_from_the_seed_alone(void **state) {
  (void)state;
  unsigned counts[5] = {0};
  for (uint32_t seed = 0; seed < 500; seed++) {
    begin_plan(SCHED_POLICY_BYTES);
    plan.seed = seed;
    uint32_t drawn[20];
    for (int again = 0; again < 2; again++) {
      sched_begin(&plan, &stub_carrier, NULL, nothing, NULL);
      for (int i = 0; i < 20; i++) {
        uint32_t chance = sched_chance(5);
        assert_true(chance < 5 && (!again || chance == drawn[i]));
        drawn[i] = chance;
        counts[chance]++;
      }
      stub_resume(0);
      sched_end();
      free(stub_tasks[0].stack);
    }
  }
  for (int i = 0; i < 5; i++)
    assert_in_range(counts[i], 3700, 4300);
}

static void everything_has_a_name(void **state) {
  (void)state;
  for (int i = 0; i < SCHED_POINT_KIND_COUNT; i++)
    assert_true(sched_point_text((enum sched_point_kind)i)[0]);
  for (int i = SCHED_WAIT_NONE; i <= SCHED_WAIT_SLEEP; i++)
    assert_true(sched_wait_text((enum sched_wait)i)[0]);
  for (int i = SCHED_RUNNING; i <= SCHED_BUDGET; i++)
    assert_true(sched_outcome_text((enum sched_outcome)i)[0]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_spinning_task_gives_way_after_a_bound),
      cmocka_unit_test(a_task_that_makes_progress_keeps_its_turn),
      cmocka_unit_test(giving_way_lets_the_other_one_go_on),
      cmocka_unit_test(no_progress_within_the_bound_is_a_livelock),
      cmocka_unit_test(progress_for_ever_ends_with_the_budget),
      cmocka_unit_test(a_requested_stop_comes_at_the_next_point),
      cmocka_unit_test(time_passes_at_once_where_nobody_can_run),
      cmocka_unit_test(a_point_takes_its_share_of_time),
      cmocka_unit_test(a_deadline_passes_while_others_run),
      cmocka_unit_test(nobody_left_to_run_is_a_deadlock),
      cmocka_unit_test(tasks_beyond_the_most_are_refused),
      cmocka_unit_test(chances_follow_from_the_seed_alone),
      cmocka_unit_test(everything_has_a_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
