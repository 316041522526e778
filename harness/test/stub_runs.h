/* stub_runs.h - bodies run under many plans, for the tests of the locks' model (sched/sync.h). */
#ifndef HEDDLE_TEST_STUB_RUNS_H
#define HEDDLE_TEST_STUB_RUNS_H

#include "harness/test/stub_carrier.h"

#define SEEDS 500
#define OBJECT 64

static struct sched_plan plan;
static struct sched_place here;

static enum sched_outcome run(enum sched_policy_id policy, uint32_t seed, void *(*body)(void *)) {
  plan.policy = (uint8_t)policy;
  plan.granularity = SCHED_EVERY_ACCESS;
  plan.depth = (uint8_t)(1 + seed % 5);
  plan.log2_horizon = 6;
  plan.seed = seed;
  plan.constraint_count = 0;
  return stub_run(&plan, NULL, body, NULL);
}

/* Under many interleavings: every one completes, unless the test says otherwise. */
static void run_often(void *(*body)(void *)) {
  for (uint32_t seed = 0; seed < SEEDS; seed++)
    for (int policy = SCHED_POLICY_BYTES; policy <= SCHED_POLICY_PCT; policy++)
      assert_int_equal(run((enum sched_policy_id)policy, seed, body), SCHED_COMPLETED);
}

static void *spawn_three(void *(*a)(void *), void *(*b)(void *), void *(*c)(void *)) {
  int tasks[] = {sched_spawn(a, NULL), sched_spawn(b, NULL), sched_spawn(c, NULL)};
  for (int i = 0; i < 3; i++)
    stub_join(tasks[i]);
  return NULL;
}

#endif
