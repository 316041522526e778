/* Each policy decides as its file says: bytes runs to completion, random is uniform, PCT keeps to its priorities and
 * d-1 change points, replay takes its list strictly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/test/stub_carrier.h"

#define WORKERS 4

static struct sched_plan plan;
static int workers, accesses; /* of the program below */

/* Who ran, access by access. */
static int history[4096];
static int history_length;

static void *worker(void *arg) {
  (void)arg;
  for (int i = 0; i < accesses; i++) {
    stub_access();
    history[history_length++] = sched.running;
  }
  return NULL;
}

static void *spawn_and_join(void *arg) {
  (void)arg;
  int tasks[WORKERS] = {0};
  for (int i = 0; i < workers; i++)
    tasks[i] = sched_spawn(worker, NULL);
  for (int i = 0; i < workers; i++)
    stub_join(tasks[i]);
  return NULL;
}

static enum sched_outcome run(int worker_count, int access_count) {
  workers = worker_count;
  accesses = access_count;
  history_length = 0;
  return stub_run(&plan, NULL, spawn_and_join, NULL);
}

static void begin_plan(enum sched_policy_id policy, uint32_t seed) {
  plan.policy = (uint8_t)policy;
  plan.granularity = SCHED_EVERY_ACCESS;
  plan.seed = seed;
  plan.depth = 1;
  plan.log2_horizon = 8;
  plan.constraint_count = 0;
}

static void bytes_runs_each_task_to_completion(void **state) {
  (void)state;
  begin_plan(SCHED_POLICY_BYTES, 1);
  assert_int_equal(run(4, 100), SCHED_COMPLETED);
  assert_int_equal(history_length, 400);
  for (int i = 0; i < history_length; i++)
    assert_int_equal(history[i], 1 + i / 100);
  /* Into each of the workers and back out to the one that joins them. */
  assert_int_equal(sched.switches, 5);
}

/* For each number of runnable tasks: how often the one at each rank was chosen. */
static unsigned chosen[WORKERS + 2][WORKERS + 2];
static unsigned stayed[WORKERS + 2];

static void count_choice(void *context, const struct sched_step *step) {
  (void)context;
  if (step->blocked)
    return;
  int runnable = __builtin_popcountll(sched.runnable);
  chosen[runnable][__builtin_popcountll(sched.runnable & ((UINT64_C(1) << step->next) - 1))]++;
  stayed[runnable] += step->next == step->task;
}

static void random_chooses_every_runnable_task_alike(void **state) {
  (void)state;
  sched_set_trace(count_choice, NULL);
  for (uint32_t seed = 0; seed < 2000; seed++) {
    begin_plan(SCHED_POLICY_RANDOM, seed);
    assert_int_equal(run(4, 25), SCHED_COMPLETED);
  }
  sched_set_trace(NULL, NULL);
  /* Chi-square above these values: one in 100,000, for 1 to 4 degrees of freedom. */
  static const double bounds[] = {[2] = 19.5, [3] = 23.0, [4] = 25.9};
  for (int runnable = 2; runnable <= 4; runnable++) {
    double sum = 0, square = 0;
    for (int rank = 0; rank < runnable; rank++)
      sum += chosen[runnable][rank];
    double expected = sum / runnable;
    assert_true(expected > 1000);
    for (int rank = 0; rank < runnable; rank++)
      square += (chosen[runnable][rank] - expected) * (chosen[runnable][rank] - expected) / expected;
    assert_true(square < bounds[runnable]);
    /* The running task is nobody special. */
    assert_true(stayed[runnable] > 0.95 * expected && stayed[runnable] < 1.05 * expected);
  }
}

static void other_seeds_give_other_interleavings(void **state) {
  (void)state;
  static const uint8_t policies[] = {SCHED_POLICY_RANDOM, SCHED_POLICY_PCT};
  for (int p = 0; p < 2; p++) {
    uint64_t digests[64];
    int distinct = 0;
    for (uint32_t seed = 0; seed < 64; seed++) {
      begin_plan(policies[p], seed);
      plan.depth = 3;
      plan.log2_horizon = 6;
      run(4, 25);
      digests[seed] = sched.digest;
      run(4, 25);
      assert_true(sched.digest == digests[seed]);
      bool seen = false;
      for (uint32_t i = 0; i < seed; i++)
        seen |= digests[i] == digests[seed];
      distinct += !seen;
    }
    assert_true(distinct > 55);
  }
}

static unsigned preemptions;
static uint64_t preempted_at[8];

static void check_priorities(void *context, const struct sched_step *step) {
  (void)context;
  for (uint64_t rest = sched.runnable; rest; rest &= rest - 1)
    assert_true(sched.tasks[__builtin_ctzll(rest)].priority <= sched.tasks[step->next].priority);
  if (step->next == step->task || step->blocked || step->task == 0)
    return;
  assert_true(preemptions < 8);
  preempted_at[preemptions++] = step->point;
}

/* With nobody blocking or giving way, a task is only preempted at a change point. */
static void pct_keeps_priorities_between_its_change_points(void **state) {
  (void)state;
  unsigned seen[9] = {0};
  sched_set_trace(check_priorities, NULL);
  for (uint32_t seed = 0; seed < 1000; seed++) {
    begin_plan(SCHED_POLICY_PCT, seed);
    plan.depth = (uint8_t)(1 + seed % 8);
    preemptions = 0;
    assert_int_equal(run(3, 60), SCHED_COMPLETED);
    assert_int_equal(sched.change_count, plan.depth - 1);
    assert_true(preemptions <= sched.change_count);
    for (unsigned i = 0; i < preemptions; i++) {
      bool planned = false;
      for (uint32_t c = 0; c < sched.change_count; c++)
        planned |= sched.change_points[c] == preempted_at[i];
      assert_true(planned);
    }
    seen[plan.depth] += preemptions;
  }
  sched_set_trace(NULL, NULL);
  assert_int_equal(seen[1], 0);
  for (int depth = 2; depth <= 8; depth++)
    assert_true(seen[depth] > seen[depth - 1]);
}

static void pct_change_points_lie_within_the_horizon(void **state) {
  (void)state;
  for (uint8_t log2_horizon = 4; log2_horizon <= 19; log2_horizon++) {
    uint64_t sum = 0, horizon = UINT64_C(1) << log2_horizon;
    for (uint32_t seed = 0; seed < 200; seed++) {
      begin_plan(SCHED_POLICY_PCT, seed);
      plan.depth = 8;
      plan.log2_horizon = log2_horizon;
      run(2, 5);
      for (uint32_t i = 0; i < 7; i++) {
        assert_true(sched.change_points[i] < horizon);
        assert_true(i == 0 || sched.change_points[i - 1] <= sched.change_points[i]);
        sum += sched.change_points[i];
      }
    }
    double mean = (double)sum / (200 * 7) / (double)horizon;
    assert_true(mean > 0.44 && mean < 0.53);
  }
}

/* The paper's promise: among n tasks and k points a bug of depth d is found with probability 1/(n k^(d-1)) at least.
 * Here the first task must stand still right between two of its accesses while the others run: d = 2. */
static bool split;
static int last_seen;

static void *splittable(void *arg) {
  for (int i = 0; i < 20; i++) {
    stub_access();
    if (arg && i == 11 && last_seen != 0)
      split = true;
    last_seen = arg ? 0 : 1;
  }
  return NULL;
}

static void *splittable_main(void *arg) {
  int a = sched_spawn(splittable, arg), b = sched_spawn(splittable, NULL);
  stub_join(a);
  stub_join(b);
  return NULL;
}

static void pct_finds_a_bug_of_depth_two_as_often_as_promised(void **state) {
  (void)state;
  static int marked;
  unsigned found = 0;
  for (uint32_t seed = 0; seed < 6400; seed++) {
    begin_plan(SCHED_POLICY_PCT, seed);
    plan.depth = 2;
    plan.log2_horizon = 6;
    split = false;
    assert_int_equal(stub_run(&plan, NULL, splittable_main, &marked), SCHED_COMPLETED);
    found += split;
  }
  /* n = 3, k = 64: 33 of 6,400 at least. */
  assert_true(found >= 33);
}

static void *unfinished(void *arg) {
  (void)arg;
  int a = sched_spawn(worker, NULL), b = sched_spawn(worker, NULL);
  stub_join(b);
  stub_join(a);
  return NULL;
}

static void replay_refuses_what_it_cannot_take(void **state) {
  (void)state;
  accesses = 10;
  /* Task 2 runs first, to its end; a switch to it after that is impossible. */
  static const struct sched_constraint list[] = {{.kind = SCHED_SWITCH, .task = 2, .at = 0},
                                                 {.kind = SCHED_SWITCH, .task = 2, .at = 15}};
  begin_plan(SCHED_POLICY_REPLAY, 1);
  memcpy(plan.constraints, list, sizeof list);
  for (plan.constraint_count = 0; plan.constraint_count < 2; plan.constraint_count++) {
    history_length = 0;
    assert_int_equal(stub_run(&plan, NULL, unfinished, NULL), SCHED_COMPLETED);
    assert_int_equal(history_length, 20);
  }
  history_length = 0;
  assert_int_equal(stub_run(&plan, NULL, unfinished, NULL), SCHED_DIVERGED);
  assert_true(history_length < 20);
  assert_true(sched.points == 16);

  plan.policy = SCHED_POLICY_BYTES;
  history_length = 0;
  assert_int_equal(stub_run(&plan, NULL, unfinished, NULL), SCHED_COMPLETED);
  assert_int_equal(history_length, 20);

  /* A task that was never there. */
  plan.policy = SCHED_POLICY_REPLAY;
  plan.constraints[0].task = 40;
  assert_int_equal(stub_run(&plan, NULL, unfinished, NULL), SCHED_DIVERGED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_runs_each_task_to_completion),
      cmocka_unit_test(random_chooses_every_runnable_task_alike),
      cmocka_unit_test(other_seeds_give_other_interleavings),
      cmocka_unit_test(pct_keeps_priorities_between_its_change_points),
      cmocka_unit_test(pct_change_points_lie_within_the_horizon),
      cmocka_unit_test(pct_finds_a_bug_of_depth_two_as_often_as_promised),
      cmocka_unit_test(replay_refuses_what_it_cannot_take),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
