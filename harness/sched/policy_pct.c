/* policy_pct.c - probabilistic concurrency testing: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized
 * scheduler with probabilistic guarantees of finding bugs", ASPLOS 2010.
 *
 * Each task gets a random priority and the highest runnable one goes on.  d-1 change points lie at random among the
 * first k points; who takes the i-th one falls to priority d-i, below every initial priority.  A bug of depth d among
 * n tasks is found with probability at least 1/(n k^(d-1)).
 *
 * Deviations: k is not the run's true length but the plan's 2^log2_horizon; a task that gives way (yield, failed
 * try-lock, long run without progress) falls below all others, as in the authors' own treatment of spinning; a task
 * that a constraint makes go on takes the place of the highest one, which gets its own: so the switch lasts. */
#include "sched/policy.h"

/* Initial priorities lie above this, change points' below, and those that gave way below those, falling. */
#define CHANGED_BASE (UINT64_C(1) << 32)
#define INITIAL_BASE (UINT64_C(1) << 33)

static uint64_t yielded; /* how many times a task gave way in this run */

static void sort_ascending(uint64_t *values, uint32_t n) {
  for (uint32_t i = 1; i < n; i++)
    for (uint32_t j = i; j > 0 && values[j - 1] > values[j]; j--) {
      uint64_t swap = values[j];
      values[j] = values[j - 1];
      values[j - 1] = swap;
    }
}

static void begin(void) {
  uint32_t depth = sched.plan->depth < 1 ? 1 : sched.plan->depth > 8 ? 8 : sched.plan->depth;
  sched.change_count = depth - 1;
  sched.next_change = 0;
  yielded = 0;
  for (uint32_t i = 0; i < sched.change_count; i++)
    sched.change_points[i] = policy_random_below(&sched.random, UINT32_C(1) << (sched.plan->log2_horizon & 31));
  sort_ascending(sched.change_points, sched.change_count);
}

static void spawned(int task) {
  sched.tasks[task].priority =
      INITIAL_BASE + (policy_random_next(&sched.random) >> 16) * SCHED_TASKS_MAX + (unsigned)task;
}

static int choose(uint64_t candidates) {
  while (sched.next_change < sched.change_count && sched.points > sched.change_points[sched.next_change]) {
    sched.tasks[sched.running].priority = CHANGED_BASE + sched.change_count - sched.next_change;
    sched.next_change++;
  }
  int best = __builtin_ctzll(candidates);
  for (uint64_t rest = candidates & (candidates - 1); rest; rest &= rest - 1) {
    int task = __builtin_ctzll(rest);
    if (sched.tasks[task].priority > sched.tasks[best].priority)
      best = task;
  }
  return best;
}

static void gave_way(int task) { sched.tasks[task].priority = CHANGED_BASE - ++yielded; }

static int64_t patience(void) {
  if (sched.next_change == sched.change_count)
    return INT64_MAX;
  uint64_t at = sched.change_points[sched.next_change];
  return at >= sched.points ? (int64_t)(at - sched.points) + 1 : 1;
}

static void forced(int task, uint64_t candidates) {
  int best = choose(candidates);
  uint64_t highest = sched.tasks[best].priority;
  sched.tasks[best].priority = sched.tasks[task].priority;
  sched.tasks[task].priority = highest;
}

const struct sched_policy policy_pct = {"pct", begin, spawned, choose, gave_way, patience, forced};
